//! libFuzzer's way into [`ikewhy_fuzz::frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::frame::check(data));
