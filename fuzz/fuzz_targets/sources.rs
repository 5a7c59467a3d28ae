//! libFuzzer's way into [`ikewhy_fuzz::sources`].
#![no_main]

ikewhy_fuzz::target!(sources);
