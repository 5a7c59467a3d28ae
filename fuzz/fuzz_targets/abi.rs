//! libFuzzer's way into [`ikewhy_fuzz::abi`].
#![no_main]

ikewhy_fuzz::target!(abi);
