//! libFuzzer's way into [`ikewhy_fuzz::message`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::message::check(data));
