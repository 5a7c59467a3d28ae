//! A negotiation in a row of a table, and a packet as an arrow of a flow: what a host's own windows show, before they are drawn.

use std::fmt::Write as _;

use super::ladder::{self, Row};
use super::words;
use crate::diagnosis::{Case, Pass};
use crate::negotiation::intake::{FrameKind, FrameRecord, Tracker};
use crate::rules::seconds;
use crate::verdict::{Judgement, Story};

/// The most rows of the table in text.
const MAX_ROWS: u32 = 2000;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// [`Cell::Number`].
    Number,
    /// [`Cell::Text`].
    Text,
    /// [`Cell::Seconds`].
    Seconds,
}

/// A column of the table of negotiations.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// What stands in it.
    pub kind: ColumnType,
}

/// The columns, from left to right. The last one selects the negotiation's packets: it is there to be copied.
pub static COLUMNS: [Column; 8] = {
    const fn column(title: &'static str, kind: ColumnType) -> Column {
        Column { title, kind }
    }
    [
        column("Negotiation", ColumnType::Number),
        column("Peers", ColumnType::Text),
        column("Verdict", ColumnType::Text),
        column("Confidence (%)", ColumnType::Number),
        column("Step", ColumnType::Text),
        column("Start", ColumnType::Text),
        column("Duration (s)", ColumnType::Seconds),
        column("Display filter", ColumnType::Text),
    ]
};

/// What stands in a row at one of [`COLUMNS`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number.
    Number(u32),
    /// Text.
    Text(String),
    /// Seconds.
    Seconds(f64),
}

/// A packet in a flow graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Index of its negotiation.
    pub stream: u32,
    /// What stands above the arrow: the step, and at the deciding packet the verdict in words.
    pub label: String,
    /// What stands beside it.
    pub comment: String,
}

/// A negotiation's row.
pub(crate) fn row(tracker: &Tracker, story: &Story<'_>) -> [Cell; COLUMNS.len()] {
    let case = &story.case;
    let n = case.n;
    let verdict = story.judgement.verdict(case);
    let (first, last) = (n.first(), n.last);
    let step = tracker.frame(verdict.frame);
    [
        Cell::Number(n.stream),
        Cell::Text(format!("{} -> {}", n.initiator.address, n.responder.address)),
        Cell::Text(verdict.rule.title.to_owned()),
        // Between 0 and 100.
        Cell::Number((verdict.confidence * 100.0).round() as u32),
        Cell::Text(step.map_or_else(String::new, |record| words::place(case, record))),
        Cell::Text(case.moment(first.time).to_string()),
        Cell::Seconds(seconds(last.time.saturating_sub(first.time))),
        Cell::Text(format!("ikewhy.stream == {}", n.stream)),
    ]
}

impl Cell {
    /// As a table in text shows it.
    fn shown(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Seconds(seconds) => format!("{seconds:.3}"),
        }
    }
}

/// The table as text, for a window: of so many negotiations, each by its index.
pub(crate) fn drawn(count: u32, mut row: impl FnMut(u32) -> Option<[Cell; COLUMNS.len()]>) -> String {
    let mut lines: Vec<[String; COLUMNS.len()]> = vec![COLUMNS.each_ref().map(|c| c.title.to_owned())];
    lines.extend((0..count.min(MAX_ROWS)).filter_map(|stream| Some(row(stream)?.map(|cell| cell.shown()))));
    let mut widths = [0; COLUMNS.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut out = String::new();
    for line in &lines {
        let mut shown = String::new();
        for ((cell, width), column) in line.iter().zip(widths).zip(&COLUMNS) {
            // Writing to a String cannot fail.
            let _ = match column.kind {
                ColumnType::Text => write!(shown, "{cell:width$}  "),
                ColumnType::Number | ColumnType::Seconds => write!(shown, "{cell:>width$}  "),
            };
        }
        out.push_str(shown.trim_end());
        out.push('\n');
    }
    if count == 0 {
        "No IKE negotiation in this capture.\n".clone_into(&mut out);
    }
    if let Some(more @ 1..) = count.checked_sub(MAX_ROWS) {
        let _ = writeln!(out, "... and {more} more negotiations");
    }
    out
}

/// The arrow of a frame; none for what would only repeat itself: encrypted data after its first packet, keepalives, copies.
pub(crate) fn arrow(
    case: &Case<'_>,
    record: &FrameRecord,
    judgement: &Judgement,
    pass: Pass,
) -> Option<Arrow> {
    let verdict = judgement.sayable(case, pass);
    let decides = verdict.filter(|v| v.frame == record.frame);
    let first = case.n.event(record.event).map(|event| event.frame);
    let drawn = match record.kind {
        FrameKind::Esp => case.n.esp().iter().any(|flow| flow.first().frame == record.frame),
        FrameKind::Fragment => first == Some(record.frame),
        FrameKind::Keepalive | FrameKind::Stranger | FrameKind::Duplicate => false,
        FrameKind::Message | FrameKind::Retransmission | FrameKind::Icmp | FrameKind::L2tp => true,
    };
    if !drawn && decides.is_none() {
        return None;
    }
    let rows = ladder::rows(case);
    let of = |frame| rows.iter().find(|row: &&Row| row.frame == frame);
    let again = record.kind == FrameKind::Retransmission;
    let (what, details) = match (of(record.frame), first.filter(|_| again).and_then(of)) {
        (Some(row), _) => (row.what.clone(), row.details.clone()),
        (None, Some(row)) => (
            format!("{} (again)", row.what),
            format!("retransmission of frame {}", row.frame),
        ),
        (None, None) => (words::place(case, record), String::new()),
    };
    let label = match &decides {
        Some(v) => format!("{what} [{}]", v.rule.title),
        None => what,
    };
    let comment = [decides.map_or("", |v| v.rule.title), &details];
    let comment: Vec<&str> = comment.into_iter().filter(|part| !part.is_empty()).collect();
    Some(Arrow {
        stream: record.stream,
        label,
        comment: match comment.as_slice() {
            [] => format!("Neg. {}", record.stream),
            _ => format!("Neg. {}: {}", record.stream, comment.join("; ")),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::{Made, NO_PROPOSAL_CHOSEN, PSK};

    #[test]
    fn the_table_has_a_row_for_each_negotiation() {
        let mut made = Made::new();
        made.refused(0, PSK, NO_PROPOSAL_CHOSEN);
        made.refused(4000, PSK, NO_PROPOSAL_CHOSEN);
        let table = made.session().table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        assert!(lines[0].starts_with("Negotiation  Peers"), "{table}");
        assert!(lines[0].ends_with("Display filter"), "{table}");
        for (line, stream) in lines[1..].iter().zip(0..) {
            assert!(line.contains("192.0.2.10 -> 198.51.100.20  "), "{table}");
            assert!(line.ends_with(&format!("ikewhy.stream == {stream}")), "{table}");
        }
        assert!(lines[2].contains("2026-01-01 00:00:04 UTC"), "{table}");
        assert_eq!(
            Made::new().session().table(),
            "No IKE negotiation in this capture.\n"
        );
    }

    #[test]
    fn a_long_table_says_what_is_left_out() {
        let mut made = Made::new();
        for client in 0..MAX_ROWS + 3 {
            made.asked_by((0x0A00_0001 + client).into(), i64::from(client));
        }
        let table = made.session().table();
        assert_eq!(table.lines().count(), 1 + MAX_ROWS as usize + 1);
        assert!(
            table.ends_with("... and 3 more negotiations\n"),
            "{}",
            &table[table.len() - 200..]
        );
    }

    #[test]
    fn the_flow_says_the_verdict_where_it_is_decided_and_data_once() {
        let mut made = Made::new();
        made.refused(0, PSK, NO_PROPOSAL_CHOSEN);
        let arrows: Vec<_> = (1..=2)
            .filter_map(|frame| made.session().arrow(frame, Pass::Again))
            .collect();
        assert_eq!(arrows.len(), 2, "{arrows:?}");
        assert!(!arrows[0].label.contains('['), "{arrows:?}");
        assert!(
            arrows[1].label.contains("NO-PROPOSAL-CHOSEN") || arrows[1].label.contains("NO_PROPOSAL_CHOSEN"),
            "{arrows:?}"
        );
        assert!(arrows[1].label.ends_with(']'), "{arrows:?}");

        let mut made = Made::up((64, 62));
        for repeat in 0..6 {
            made.esp(200 + 1000 * i64::from(repeat), true, repeat + 1, 132);
        }
        let last = made.session().tracker().last_frame();
        let labels: Vec<_> = (1..=last)
            .filter_map(|frame| Some(made.session().arrow(frame, Pass::Again)?.label))
            .collect();
        assert_eq!(
            labels
                .iter()
                .filter(|label| label.starts_with("ESP begins"))
                .count(),
            1,
            "{labels:?}"
        );
        assert!(labels.len() + 3 < last as usize, "{labels:?}");
    }
}
