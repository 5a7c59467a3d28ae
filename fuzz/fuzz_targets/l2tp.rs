//! libFuzzer's way into [`ikewhy_fuzz::l2tp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::l2tp::check(data));
