//! A peer's file, a byte of zero, and a capture as in [`crate::capture`]: all outputs with redaction, and once more of the same input
//! with other names.

use crate::capture::{Capture, Record, frames, read};
use crate::sound;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Options, Session};

/// Names that stand in the captures and files of the lab, and others of the same length and order.
const NAMES: [[&str; 2]; 2] = [
    ["client.example", "jrwtxc.hwwxktq"],
    ["server.example", "kqpvzr.dzvlhqj"],
];

/// The bytes with each such name replaced; `back`: the other way round.
fn renamed(bytes: &[u8], back: bool) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for names in NAMES {
        let [from, to] = if back { [names[1], names[0]] } else { names };
        let mut at = 0;
        while let Some(found) = out[at..].windows(from.len()).position(|w| w == from.as_bytes()) {
            at += found;
            out[at..at + from.len()].copy_from_slice(to.as_bytes());
        }
    }
    out
}

/// A name stands in it in another spelling, or in pieces: two names that are equal may differ once only one of them is replaced.
fn is_spelled_otherwise(bytes: &[u8]) -> bool {
    let packed = bytes
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || **byte == b'.');
    let packed: Vec<u8> = packed.map(u8::to_ascii_lowercase).collect();
    let count = |bytes: &[u8], name: &str| {
        bytes
            .windows(name.len())
            .filter(|w| *w == name.as_bytes())
            .count()
    };
    NAMES
        .as_flattened()
        .iter()
        .any(|name| count(&packed, name) != count(bytes, name))
        || NAMES.iter().any(|[_, other]| count(bytes, other) > 0)
}

/// A session that was told all of it.
fn told(text: &[u8], capture: &Capture, change: impl Fn(&[u8]) -> Vec<u8>) -> Session {
    let mut session = Session::new(Options::default());
    session.import("peer.conf", &String::from_utf8_lossy(&change(text)), None);
    let records = capture.records.iter().map(|record| Record {
        data: change(&record.data),
        ..*record
    });
    let records: Vec<Record> = records.collect();
    for (number, (record, derived)) in (1..).zip(frames(&records)) {
        session.push(&record.packet(number, capture.link_type, capture.claims, &derived));
    }
    session
}

/// Redacted outputs are sound and hold none of the names, and if all that the other names change of the plain ones is the names, they
/// change nothing of the redacted ones.
pub fn check(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let (text, file) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let Some(capture) = read(file) else {
        return;
    };
    let wishes = |redact| {
        let all = [Form::Text, Form::Markdown, Form::Html, Form::Json].map(|form| {
            [(None, false), (None, true), (Some(0), false)].map(|(stream, short)| Wanted {
                form,
                stream,
                redact,
                window: short,
            })
        });
        all.concat()
    };
    let outputs = |session: &mut Session, redact| -> Vec<String> {
        wishes(redact)
            .iter()
            .map(|wanted| session.write(wanted))
            .collect()
    };
    let mut own = told(text, &capture, <[u8]>::to_vec);
    let redacted = outputs(&mut own, true);
    for output in &redacted {
        sound::lines(output);
        for [name, _] in NAMES {
            assert!(!output.contains(name), "{name} is shown: {output}");
        }
    }
    if is_spelled_otherwise(data) {
        return;
    }
    let mut other = told(text, &capture, |bytes| renamed(bytes, false));
    let plain = outputs(&mut own, false);
    let renamed_back = outputs(&mut other, false);
    let same = plain
        .iter()
        .zip(renamed_back)
        .all(|(plain, other)| plain.as_bytes() == renamed(other.as_bytes(), true));
    if same {
        for (own, other) in redacted.iter().zip(outputs(&mut other, true)) {
            assert_eq!(*own, other);
        }
    }
}
