//! The engine in this process, as every host without Wireshark asks it: captures, tables of keys and peers' files by the reader.

use crate::pcap::Frame;
use ikewhy::keys::{Decryptor, Keys};
use ikewhy::session::{Options, Packet, Session};
use ikewhy_sources::{Capture, feed_decrypted, read_key_tables, read_peer_files_beside};
use std::path::{Path, PathBuf};

/// A session that has read a capture, as far as it is whole, with tables of keys and peers' files. A row that is not understood is a
/// failure.
#[must_use]
pub fn session(capture: &Path, tables: &[PathBuf], files: &[PathBuf]) -> Session {
    let mut session = Session::new(Options::default());
    read_peer_files_beside(&mut session, &list(files), capture.parent());
    let mut keys = Keys::default();
    for table in tables {
        let unused = read_key_tables(&mut keys, table);
        assert!(unused.is_empty(), "{unused:?}");
    }
    let path = capture.display();
    let mut capture = Capture::open(capture).unwrap_or_else(|error| panic!("{path} {error}"));
    feed_decrypted(&mut capture, &mut Decryptor::new(keys), &mut session);
    session
}

/// Peers' files as the preference and the reader take them.
#[must_use]
pub fn list(files: &[PathBuf]) -> String {
    let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    files.join(";")
}

/// A session that has read these frames, its clock at the last of them.
fn read(frames: &[Frame]) -> Session {
    let mut session = Session::new(Options::default());
    for (number, frame) in (1..).zip(frames) {
        session.push(&Packet {
            derived: frame.derived().as_slice(),
            ..frame.packet(number)
        });
        session.clock(frame.time);
    }
    session
}

/// To which negotiation each frame belongs.
#[must_use]
pub fn streams(frames: &[Frame]) -> Vec<Option<u32>> {
    let session = read(frames);
    let numbers = 1..=frames.len() as u32;
    numbers
        .map(|number| session.whereabouts(number).map(|place| place.stream))
        .collect()
}

/// What is said of the negotiation of a frame (from 1) once these frames were read: the verdict, and its confidence in thousandths.
/// Empty if the frame belongs to no negotiation.
#[must_use]
pub fn say(frames: &[Frame], of: u32) -> (String, u32) {
    let mut session = read(frames);
    let Some(stream) = session.whereabouts(of).map(|place| place.stream) else {
        return (String::new(), 0);
    };
    let judgement = session.outcome(stream).expect("a judgement");
    let case = session.case(stream).expect("a negotiation");
    let verdict = judgement.verdict(&case);
    let confidence = (verdict.confidence * 1000.0).round() as u32;
    (verdict.rule.id.name().to_owned(), confidence)
}
