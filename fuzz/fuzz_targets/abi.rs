//! libFuzzer's way into [`ikewhy_fuzz::abi`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::abi::check(data));
