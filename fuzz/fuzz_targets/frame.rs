//! libFuzzer's way into [`ikewhy_fuzz::frame`].
#![no_main]

ikewhy_fuzz::target!(frame);
