//! libFuzzer's way into [`ikewhy_fuzz::capture`], with mutations that know what a capture is.
#![no_main]

use ikewhy_fuzz::capture;
use libfuzzer_sys::{fuzz_mutator, fuzzer_mutate};

ikewhy_fuzz::target!(capture);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let changed = capture::mutate(&data[..size], seed, |bytes, length, room| {
        fuzzer_mutate(bytes, length, room)
    });
    match changed {
        Some(changed) if changed.len() <= max_size => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
});
