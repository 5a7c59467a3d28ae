//! libFuzzer's way into [`ikewhy_fuzz::dialect`].
#![no_main]

ikewhy_fuzz::target!(dialect);
