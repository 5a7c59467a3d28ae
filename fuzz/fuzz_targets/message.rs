//! libFuzzer's way into [`ikewhy_fuzz::message`].
#![no_main]

ikewhy_fuzz::target!(message);
