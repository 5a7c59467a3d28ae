//! libFuzzer's way into [`ikewhy_fuzz::store`].
#![no_main]

ikewhy_fuzz::target!(store);
