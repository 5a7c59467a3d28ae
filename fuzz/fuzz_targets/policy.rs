//! libFuzzer's way into [`ikewhy_fuzz::policy`].
#![no_main]

ikewhy_fuzz::target!(policy);
