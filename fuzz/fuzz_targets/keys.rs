//! libFuzzer's way into [`ikewhy_fuzz::keys`].
#![no_main]

ikewhy_fuzz::target!(keys);
