//! libFuzzer's way into [`ikewhy_fuzz::sources`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::sources::check(data));
