//! The ladder of an exchange: everything that tells the story in order, each with its time and direction, repetitions
//! folded into the first copy. One list of rows; a line of text, a drawing in text and (in `html`) one of lines are made of it.

use super::words;
use crate::negotiation::{Event, Repeat, Role};
use crate::rules::{Case, seconds};

/// The shortest arrow between the two sides, in characters, and the longest one.
const NARROW: usize = 30;
const WIDE: usize = 56;

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stroke {
    /// A message that can be read.
    Clear,
    /// An encrypted one.
    Encrypted,
    /// An ICMP error, of the other side or of a router.
    Error,
}

/// What strokes mean, as they are drawn: clear, encrypted and an error. None where all can be read.
pub(crate) fn legend(rows: &[Row], drawn: [&str; 3]) -> Option<String> {
    let strokes = [
        (Stroke::Clear, "can be read"),
        (Stroke::Encrypted, "encrypted"),
        (Stroke::Error, "ICMP error"),
    ];
    let has = |stroke| rows.iter().any(|row| row.stroke == stroke);
    let meanings = strokes
        .into_iter()
        .zip(drawn)
        .filter(|((stroke, _), _)| has(*stroke));
    let meanings: Vec<_> = meanings
        .map(|((_, means), drawn)| format!("{drawn} {means}"))
        .collect();
    (has(Stroke::Encrypted) || has(Stroke::Error)).then(|| meanings.join(", "))
}

/// The strokes of the drawing in text.
pub(crate) const IN_TEXT: [&str; 3] = ["-->", "==>", "..>"];

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its frame.
    pub(crate) frame: u32,
    /// Seconds since the negotiation began.
    pub(crate) at: f64,
    /// Who sent it.
    pub(crate) from: Role,
    /// What it is.
    pub(crate) what: String,
    /// Its size, copies and the like.
    pub(crate) details: String,
    /// How it is drawn.
    pub(crate) stroke: Stroke,
}

impl Row {
    /// One line: time, direction, what it is, its details.
    pub(crate) fn line(&self) -> String {
        let arrow = if self.from == Role::Initiator {
            "I -> R"
        } else {
            "I <- R"
        };
        format!(
            "{:9.3} s  {arrow}  {} ({}, frame {})",
            self.at, self.what, self.details, self.frame
        )
    }
}

/// Everything that tells the story, in order of frames: IKE messages, ICMP errors, where ESP begins, L2TP outside it.
pub(crate) fn rows(case: &Case<'_>) -> Vec<Row> {
    let n = case.n;
    let since = |time: i64| seconds(time.saturating_sub(n.first().time));
    let row = |at: Repeat, from: Role, what: String, details: String, stroke| Row {
        frame: at.frame,
        at: since(at.time),
        from,
        what,
        details,
        stroke,
    };
    let mut rows: Vec<Row> = n.events().map(|e| message(case, e)).collect();
    rows.extend(n.esp().iter().map(|f| {
        let what = if f.is_ah() { "AH begins" } else { "ESP begins" };
        let lengths = match (f.shortest, f.longest) {
            (shortest, longest) if shortest == longest => format!("{longest} bytes"),
            (shortest, longest) => format!("{shortest} to {longest} bytes"),
        };
        let details = match f.packets {
            1 => format!("1 packet of {lengths}"),
            many => format!("{many} packets of {lengths}, until {:.3} s", since(f.last.time)),
        };
        row(f.first(), f.from, what.to_owned(), details, Stroke::Encrypted)
    }));
    rows.extend(n.icmp.iter().map(|x| {
        let at = Repeat {
            frame: x.frame,
            time: x.time,
        };
        let what = format!("ICMP error from {}", x.sender);
        row(at, x.about.other(), what, words::icmp(x), Stroke::Error)
    }));
    rows.extend(n.l2tp.iter().map(|l| {
        let reason = words::l2tp_reason(l).map_or_else(String::new, |r| format!("{r}, "));
        let inside = if l.decrypted { "out of ESP" } else { "in clear" };
        let copies = if l.copies > 1 {
            format!(", {} packets", l.copies)
        } else {
            String::new()
        };
        let what = format!("L2TP {}", words::l2tp(l.kind));
        row(
            l.first,
            l.from,
            what,
            format!("{reason}{inside}{copies}"),
            Stroke::Clear,
        )
    }));
    rows.sort_by_key(|r| r.frame);
    rows
}

fn message(case: &Case<'_>, e: &Event) -> Row {
    let n = case.n;
    let since = |time: i64| seconds(time.saturating_sub(n.first().time));
    let number = n.number(e);
    let notices: Vec<String> = n
        .notices
        .iter()
        .filter(|x| x.event == number)
        .map(|x| words::notify(n, x.kind))
        .collect();
    let mut what = words::step(n, e.exchange, e.position);
    if !notices.is_empty() {
        what = format!("{what}: {}", words::list(&notices));
    }
    let mut details = format!("{} bytes", e.length);
    if e.encrypted {
        details.push_str(", encrypted");
    }
    if e.repeat_count() > 0 {
        let until = since(e.last_time());
        details.push_str(&format!(
            ", sent {}, last at {until:.3} s",
            words::times(e.copies())
        ));
    }
    if e.incomplete() {
        details.push_str(", only its beginning captured");
    }
    Row {
        frame: e.frame,
        at: since(e.time),
        from: e.from,
        what,
        details,
        stroke: if e.encrypted {
            Stroke::Encrypted
        } else {
            Stroke::Clear
        },
    }
}

/// The drawing in text: a line with both sides, then one for each row.
pub(crate) fn drawn(case: &Case<'_>, rows: &[Row]) -> (String, Vec<String>) {
    let width = rows
        .iter()
        .map(|r| r.what.chars().count() + 6)
        .max()
        .unwrap_or(0)
        .clamp(NARROW, WIDE);
    let (left, right) = (
        case.n.initiator.address.to_string(),
        case.n.responder.address.to_string(),
    );
    let head = format!(
        "{:11}{left}{right:>gap$}",
        "",
        gap = (width + 2)
            .saturating_sub(left.chars().count())
            .max(right.chars().count() + 2)
    );
    let lines = rows.iter().map(|r| {
        format!(
            "{:9.3} s|{}|  frame {}, {}",
            r.at,
            arrow(r, width),
            r.frame,
            r.details
        )
    });
    (head, lines.collect())
}

/// `-- Main Mode 1 of 6 ---->`, `=` where encrypted, `.` for an ICMP error.
fn arrow(r: &Row, width: usize) -> String {
    let stroke = match r.stroke {
        Stroke::Clear => '-',
        Stroke::Encrypted => '=',
        Stroke::Error => '.',
    };
    let mut what: String = r.what.chars().take(width.saturating_sub(6)).collect();
    if what.len() < r.what.len() {
        what = format!(
            "{}...",
            what.chars().take(width.saturating_sub(9)).collect::<String>()
        );
    }
    let rest = stroke
        .to_string()
        .repeat(width.saturating_sub(what.chars().count() + 5));
    match r.from {
        Role::Initiator => format!("{stroke}{stroke} {what} {rest}>"),
        Role::Responder => format!("<{rest} {what} {stroke}{stroke}"),
    }
}
