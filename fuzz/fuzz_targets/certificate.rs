//! libFuzzer's way into [`ikewhy_fuzz::certificate`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::certificate::check(data));
