//! libFuzzer's way into [`ikewhy_fuzz::policy`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ikewhy_fuzz::policy::check(data));
