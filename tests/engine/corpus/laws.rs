//! Laws of a session, on every capture: what is said does not depend on how the packets came in; a capture that is cut
//! is survived, and nothing wrong is said about what is left.

use ikewhy::report::field::FieldId;
use ikewhy::report::item::{Item, Value};
use ikewhy::rules::{Finding, RULES, Stage};
use ikewhy::session::{Options, Packet, Pass, Session};
use ikewhy::verdict::Judgement;
use ikewhy_tests::cases::{Case, is_failure};
use ikewhy_tests::pcap::{self, Frame};

/// Everything a session says at the end: each frame's tree, its words for the packet list, the report, the document.
#[derive(Debug, PartialEq)]
struct Answer {
    trees: Vec<(Vec<Item>, Option<String>)>,
    report: String,
    json: String,
}

/// How much of a frame is handed over.
#[derive(Clone, Copy)]
enum Given {
    /// All, with the datagram that it completes.
    Whole,
    /// The frame: the datagram's other fragments may be missing.
    Alone,
    /// Its first bytes.
    Cut(usize),
}

fn push(session: &mut Session, number: u32, frame: &Frame, given: Given) -> bool {
    let derived = match given {
        Given::Whole => frame.derived(),
        Given::Alone | Given::Cut(_) => None,
    };
    let length = match given {
        Given::Cut(snaplen) => snaplen.min(frame.data.len()),
        Given::Whole | Given::Alone => frame.data.len(),
    };
    session.push(&Packet {
        data: &frame.data[..length],
        derived: derived.as_slice(),
        ..frame.packet(number)
    })
}

fn numbered(frames: &[Frame]) -> impl Iterator<Item = (u32, &Frame)> {
    (1..).zip(frames)
}

fn answer(session: &mut Session, frames: &[Frame]) -> Answer {
    let mut trees = Vec::new();
    for (number, _) in numbered(frames) {
        trees.push((
            session.items(number, Pass::Again),
            session.info(number, Pass::Again),
        ));
    }
    Answer {
        trees,
        report: session.report(),
        json: session.json(),
    }
}

/// What a tree says that has to stay; what a verdict rests on may become more.
fn said(items: &[Item]) -> impl Iterator<Item = (FieldId, String)> {
    const STAYS: [FieldId; 6] = [
        FieldId::Finding,
        FieldId::Outcome,
        FieldId::Verdict,
        FieldId::VerdictStage,
        FieldId::VerdictBlame,
        FieldId::VerdictAttribute,
    ];
    items.iter().filter_map(|item| match &item.value {
        Value::Text(text) if STAYS.contains(&item.field) => Some((item.field, text.clone())),
        _ => None,
    })
}

fn at_once(frames: &[Frame], given: Given) -> Answer {
    let mut session = Session::new(Options::default());
    for (number, frame) in numbered(frames) {
        push(&mut session, number, frame, given);
    }
    answer(&mut session, frames)
}

/// What a law complains about in a capture.
type Law = fn(&Case, &[Frame]) -> Vec<String>;

/// All of them, with their names.
const LAWS: [(&str, Law); 8] = [
    ("how packets come in does not matter", how_packets_come_in),
    ("expert items are what the tree raises", expert_items),
    ("bytes to highlight lie inside their frame", highlights),
    ("a capture may end at any packet", ends),
    ("a capture may begin at any packet", begins),
    ("packets may be cut", cuts),
    ("silence changes nothing but texts", silence),
    ("nothing is said of the keys of a refused tunnel", refused_keys),
];

/// What breaks a law, each with the law's name in front.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    let frames = pcap::read(&case.path);
    let broken = LAWS.iter().flat_map(|(name, law)| {
        let complaints = law(case, &frames).into_iter();
        complaints.map(move |complaint| format!("{name}: {complaint}"))
    });
    broken.collect()
}

fn how_packets_come_in(_: &Case, frames: &[Frame]) -> Vec<String> {
    let mut complaints = Vec::new();
    let expected = at_once(frames, Given::Whole);

    // As Wireshark does it: each frame is drawn when it comes, then the whole again, in any order.
    let mut session = Session::new(Options::default());
    let mut early = Vec::new();
    for (number, frame) in numbered(frames) {
        let ours = push(&mut session, number, frame, Given::Whole);
        let items = session.items(number, Pass::First);
        if !ours && !items.is_empty() {
            complaints.push(format!("frame {number} has a tree and is not ours"));
        }
        early.extend(said(&items).map(|(field, text)| (number, field, text)));
        let known = items.iter().any(|item| item.field == FieldId::Outcome);
        let provisional = items.iter().any(|item| item.field == FieldId::SoFar);
        if !items.is_empty() && known == provisional {
            complaints.push(format!(
                "frame {number}: provisional or decided, not both, not neither"
            ));
        }
    }
    for (number, _) in numbered(frames).collect::<Vec<_>>().into_iter().rev() {
        session.items(number, Pass::Again);
    }
    if answer(&mut session, frames) != expected {
        complaints.push("drawing on the way changes the answer".into());
    }

    // Every packet twice; and all of them again.
    let mut session = Session::new(Options::default());
    for (number, frame) in numbered(frames) {
        push(&mut session, number, frame, Given::Whole);
        push(&mut session, number, frame, Given::Whole);
    }
    for (number, frame) in numbered(frames) {
        push(&mut session, number, frame, Given::Whole);
    }
    if answer(&mut session, frames) != expected {
        complaints.push("a packet that comes again changes the answer".into());
    }

    // What was said of a prefix of the capture stays true of the whole: a verdict with what differs and who has to change
    // something, on its own frame and on the others, and the notes. Only a tunnel that came up may fail later.
    let mut up = false;
    for (number, field, text) in early {
        let (items, _) = &expected.trees[number as usize - 1];
        // The fields of one frame come in order: those of a verdict behind its id.
        if matches!(field, FieldId::Verdict | FieldId::Outcome | FieldId::Finding) {
            up = text == "established";
        }
        if !up && !said(items).any(|later| later == (field, text.clone())) {
            complaints.push(format!("{field:?} {text} at frame {number} is withdrawn"));
        }
    }
    complaints
}

/// A host that shows no tree asks for what raises expert entries alone, which is found out in a shorter way.
fn expert_items(_: &Case, frames: &[Frame]) -> Vec<String> {
    let raised = |items: &[Item]| {
        let entries = items.iter().filter_map(|item| Some((item.field, item.expert?)));
        entries.collect::<Vec<_>>()
    };
    let mut complaints = Vec::new();
    // Whole, and without its beginning.
    for first in [0, 1, 2, 3, 5] {
        let (mut shown, mut counted) = (Session::new(Options::default()), Session::new(Options::default()));
        for (number, frame) in numbered(frames).skip(first) {
            push(&mut shown, number, frame, Given::Whole);
            push(&mut counted, number, frame, Given::Whole);
            let (tree, expert) = (
                shown.items(number, Pass::First),
                counted.expert_items(number, Pass::First),
            );
            let (tree, expert) = (raised(&tree), raised(&expert));
            if tree != expert {
                complaints.push(format!(
                    "frame {number}, from {first} on: {tree:?}, but {expert:?}"
                ));
            }
            if shown.info(number, Pass::First) != counted.info(number, Pass::First) {
                complaints.push(format!("frame {number}: other words for the packet list"));
            }
        }
        // Also where the question comes late, when others were read.
        for (number, _) in numbered(frames).skip(first) {
            let (tree, expert) = (
                shown.items(number, Pass::First),
                counted.expert_items(number, Pass::First),
            );
            let (tree, expert) = (raised(&tree), raised(&expert));
            if tree != expert {
                complaints.push(format!("frame {number}, asked late: {tree:?}, but {expert:?}"));
            }
        }
    }
    complaints
}

fn highlights(_: &Case, frames: &[Frame]) -> Vec<String> {
    let answer = at_once(frames, Given::Whole);
    let mut complaints = Vec::new();
    for ((number, frame), (items, _)) in numbered(frames).zip(&answer.trees) {
        for item in items {
            let Some(span) = item.span else { continue };
            if span.offset.saturating_add(span.len) > frame.original_length {
                complaints.push(format!("frame {number}: {:?} points outside", item.field));
            }
        }
    }
    complaints
}

/// Verdicts given as certain on what is left of a capture that would be wrong for the whole of it or, of a healthy one,
/// are failures. That its beginning or its end is missing is true of a part.
fn wrong(case: &Case, answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    let items = answer.trees.iter().flat_map(|(items, _)| items);
    let mut verdict = "";
    for item in items {
        match (item.field, &item.value) {
            (FieldId::Verdict, Value::Text(text)) => verdict = text,
            (FieldId::VerdictConfidence, Value::Double(confidence)) if *confidence >= CERTAIN => {
                let open = ["start-not-captured", "in-progress"].contains(&verdict);
                let never = !open && case.expect.never.iter().any(|never| never == verdict);
                if never || case.healthy && is_failure(verdict) {
                    wrong.push(format!("{verdict} ({confidence})"));
                }
            }
            _ => {}
        }
    }
    wrong
}

/// Nine in ten are right: what is said with less confidence may be wrong on a part of a capture.
const CERTAIN: f64 = 0.9;

/// What is left of a capture may well be a negotiation to which nobody answered, or one that was up so far.
fn may_end_so(verdict: &str) -> bool {
    let id = verdict.split(' ').next().unwrap_or_default();
    let stage = RULES
        .iter()
        .find(|rule| rule.id.name() == id)
        .map(|rule| rule.stage);
    matches!(stage, Some(Stage::Contact | Stage::Up))
}

fn ends(case: &Case, frames: &[Frame]) -> Vec<String> {
    let mut complaints = Vec::new();
    for length in 0..frames.len() {
        let answer = at_once(&frames[..length], Given::Whole);
        for verdict in wrong(case, &answer).iter().filter(|verdict| !may_end_so(verdict)) {
            complaints.push(format!("{verdict} after {length} of {} packets", frames.len()));
        }
    }
    complaints
}

fn begins(case: &Case, frames: &[Frame]) -> Vec<String> {
    let mut complaints = Vec::new();
    for start in 1..frames.len() {
        let answer = at_once(&frames[start..], Given::Alone);
        for verdict in wrong(case, &answer) {
            complaints.push(format!("{verdict} from packet {} on", start + 1));
        }
    }
    complaints
}

fn cuts(case: &Case, frames: &[Frame]) -> Vec<String> {
    let mut complaints = Vec::new();
    for snaplen in [0, 14, 34, 42, 64, 70, 96, 128, 200] {
        let answer = at_once(frames, Given::Cut(snaplen));
        for verdict in wrong(case, &answer) {
            complaints.push(format!("{verdict} with snaplen {snaplen}"));
        }
    }
    complaints
}

fn findings(judgement: &Judgement) -> String {
    let all: Vec<_> = judgement
        .decided
        .iter()
        .chain(&judgement.notes)
        .map(Finding::without_words)
        .collect();
    format!("{all:?}")
}

/// A host that reads no texts is told the same.
fn silence(_: &Case, frames: &[Frame]) -> Vec<String> {
    let (mut silent, mut worded) = (Session::new(Options::default()), Session::new(Options::default()));
    let mut complaints = Vec::new();
    for (number, frame) in numbered(frames) {
        if !push(&mut silent, number, frame, Given::Whole) {
            push(&mut worded, number, frame, Given::Whole);
            continue;
        }
        push(&mut worded, number, frame, Given::Whole);
        let stream = silent.tracker().frame(number).map_or(0, |record| record.stream);
        let (said, meant) = (worded.judgement(stream), silent.outcome(stream));
        if said.as_deref().map(findings) != meant.as_deref().map(findings) {
            complaints.push(format!("frame {number}: {said:?}, in silence {meant:?}"));
        }
    }
    complaints
}

/// What was refused before it was up has no keys that could be renewed.
fn refused_keys(_: &Case, frames: &[Frame]) -> Vec<String> {
    let mut session = Session::new(Options::default());
    for (number, frame) in numbered(frames) {
        push(&mut session, number, frame, Given::Whole);
    }
    let mut complaints = Vec::new();
    for stream in 0..session.tracker().negotiations().len() as u32 {
        let judgement = session.judgement(stream).expect("a negotiation");
        let refused = judgement.decided.as_ref().filter(|verdict| {
            matches!(verdict.rule.stage, Stage::IkeSa | Stage::Auth | Stage::ChildSa)
                && is_failure(verdict.rule.id.name())
                // Agreed to, but not done.
                && verdict.rule.id.name() != "responder-failure"
        });
        if let Some(verdict) = refused
            && judgement
                .notes
                .iter()
                .any(|note| note.rule.id.name() == "pfs-untested")
        {
            complaints.push(format!("negotiation {stream}: {}", verdict.rule.id.name()));
        }
    }
    complaints
}
