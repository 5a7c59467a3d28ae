//! libFuzzer's way into [`ikewhy_fuzz::redaction`].
#![no_main]

ikewhy_fuzz::target!(redaction);
