//! libFuzzer's way into [`ikewhy_fuzz::keys`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::keys::check(data));
