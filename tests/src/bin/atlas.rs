//! The atlas, to be looked at: `atlas` says what is said of every cell, `atlas TEXT` of those with this text in their names,
//! `atlas CELL FILE.pcap` writes a cell as a capture.

use ikewhy_tests::atlas::expected::{Expectations, Mark};
use ikewhy_tests::atlas::{Cell, cells};
use ikewhy_tests::pcap;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let expectations = Expectations::committed();
    let all = cells(&expectations);
    let show = |cells: &[Cell]| {
        for cell in cells {
            let (verdict, confidence) = cell.said();
            let mark = match expectations.mark(cell, &verdict) {
                Mark::Allowed => "",
                Mark::Missed => "missed",
                Mark::Forbidden => "FORBIDDEN",
            };
            println!("{cell}\t{verdict}\t{:.2}\t{mark}", f64::from(confidence) / 1000.0);
        }
    };
    match arguments.as_slice() {
        [] => show(&all),
        [text] => {
            let named = all.iter().filter(|cell| cell.to_string().contains(text));
            show(&named.cloned().collect::<Vec<_>>());
        }
        [name, file, ..] => {
            let cell = all.iter().find(|cell| cell.to_string() == *name);
            let cell = cell.unwrap_or_else(|| panic!("{name}: no such cell"));
            let frames = cell.frames().0;
            let start = frames[0].time;
            let at = |time: i64| u64::try_from((time - start) / 1_000_000).unwrap_or_default();
            pcap::write_at(
                Path::new(file),
                frames.into_iter().map(|frame| (at(frame.time), frame.data)),
            );
        }
    }
}
