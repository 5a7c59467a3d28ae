//! libFuzzer's way into [`ikewhy_fuzz::l2tp`].
#![no_main]

ikewhy_fuzz::target!(l2tp);
