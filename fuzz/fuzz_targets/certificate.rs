//! libFuzzer's way into [`ikewhy_fuzz::certificate`].
#![no_main]

ikewhy_fuzz::target!(certificate);
