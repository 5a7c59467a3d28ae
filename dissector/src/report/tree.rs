//! The tree of one frame. What is seen at once is the answer: the cause in one line, what to change, and how to confirm it. The rest is
//! folded: the verdict with its reasons, comparison, peers and timeline on the deciding frame, and what this packet is on each.

use super::comparison::{self, Known};
use super::field::FieldId as F;
use super::item::{Item, Look, Value};
use super::ladder;
use super::words;
use crate::diagnosis::Pass;
use crate::diagnosis::{Case, Finding, Rule, Security, Step};
use crate::negotiation::intake::{FrameKind, FrameRecord, Tracker};
use crate::negotiation::{Event, Role};
use crate::rules::RULES;
use crate::verdict::{Judgement, imported};
use crate::wire::message::DefectKind;

/// The most events of a timeline, and rows of a comparison, that are drawn.
const MAX_ROWS: usize = 64;

/// The most words that are seen at once, without what is typed or chosen.
const SCREEN: usize = 90;

/// Characters of a line of running text: Wireshark cuts labels after 240 bytes.
const LINE: usize = 130;

/// Index of a rule in the registry, for its expert item.
fn expert(rule: &'static Rule) -> Option<u16> {
    RULES
        .iter()
        .position(|r| std::ptr::eq(*r, rule))
        .and_then(|i| u16::try_from(i).ok())
}

/// Items in drawing order.
struct Tree(Vec<Item>);

impl Tree {
    fn add(&mut self, depth: u8, field: F, value: Value) -> &mut Item {
        self.0.push_mut(Item {
            depth,
            field,
            value,
            label: None,
            look: Look::Added,
            span: None,
            expert: None,
        })
    }

    fn text(&mut self, depth: u8, field: F, text: impl Into<String>) -> &mut Item {
        self.add(depth, field, Value::Text(text.into()))
    }

    /// Text that may be longer than a label: the field holds all of it, and lines below the first one show the rest.
    fn long(&mut self, depth: u8, field: F, text: &str) {
        self.labelled(depth, field, text, text);
    }

    /// A value, and a text of any length that is shown for it.
    fn labelled(&mut self, depth: u8, field: F, value: &str, shown: &str) {
        let name = field.field().map_or("", |f| f.name);
        let mut lines = words::wrap(shown, LINE).into_iter();
        let first = lines.next().unwrap_or_default();
        let item = self.text(depth, field, value);
        item.label = Some(format!("{name}: {first}"));
        item.look = Look::Running;
        for line in lines {
            let item = self.add(depth, F::Line, Value::None);
            item.label = Some(format!("        {line}"));
            item.look = Look::Running;
        }
    }

    /// Lines that are seen with the item above them.
    fn lines(&mut self, depth: u8, text: &str) {
        let wrapped = words::wrap(text, LINE).into_iter();
        for line in wrapped.filter(|line| !line.is_empty()) {
            let item = self.add(depth, F::Line, Value::None);
            item.label = Some(format!("        {line}"));
            item.look = Look::Running;
        }
    }

    /// Of so many rows, those that are not drawn.
    fn more(&mut self, depth: u8, rows: usize) {
        if let Some(more @ 1..) = rows.checked_sub(MAX_ROWS) {
            self.add(depth, F::Line, Value::None).label = Some(format!("... and {more} more"));
        }
    }

    fn frame(&mut self, depth: u8, field: F, frame: u32) -> &mut Item {
        self.add(depth, field, Value::Uint(frame))
    }
}

/// Draws a frame with what may be said of its negotiation in this pass.
pub(crate) fn draw(
    tracker: &Tracker,
    case: &Case<'_>,
    record: &FrameRecord,
    judgement: &Judgement,
    pass: Pass,
) -> Vec<Item> {
    let n = case.n;
    let mut t = Tree(Vec::with_capacity(24));
    let event = record.kind.is_message().then(|| n.event(record.event)).flatten();
    let step = words::place(case, record);
    let verdict_known = judgement.sayable(case, pass);
    // While a capture is read, or runs, and nothing is decided: how it stands, marked as such.
    let so_far = verdict_known.is_none().then(|| words::so_far(case, event));
    let headline = match (verdict_known.as_deref(), &so_far) {
        (Some(v), _) => words::headline(v),
        (None, Some(stands)) => format!("{step} (so far: {stands})"),
        (None, None) => step.clone(),
    };
    t.add(0, F::Root, Value::None).label = Some(format!("IKE diagnosis: {headline}"));
    let decides = verdict_known.as_deref().filter(|v| v.frame == record.frame);
    if let Some(v) = decides {
        answer(&mut t, v, &headline);
        verdict(&mut t, v, &headline);
        comparison(&mut t, case, record.frame);
        peers(&mut t, case);
        files(&mut t, case);
        timeline(&mut t, case);
        left_out(&mut t, tracker, case);
    } else if let Some(v) = &verdict_known {
        if let (Some(step), Some(fix)) = (v.steps.first(), v.fixes().next()) {
            first_step(&mut t, step, fix);
        }
        t.frame(1, F::VerdictIn, v.frame);
    }
    if let Some(stands) = so_far {
        t.text(1, F::SoFar, stands);
    }
    // What this packet is.
    t.text(1, F::Step, step).span = event.filter(|e| e.frame == record.frame).map(Event::span);
    t.text(2, F::Role, record.from.name());
    if let Some(e) = event {
        links(&mut t, case, record, e);
    }
    t.add(2, F::Stream, Value::Uint(n.stream));
    if let Some(renewed) = case.continues() {
        t.add(2, F::Continues, Value::Uint(renewed));
    }
    if let Some(v) = &verdict_known {
        outcome(&mut t, v, decides.is_some());
    }
    if let Some(e) = event
        && let Some(line) = imported::line_at(case, e, record.frame)
    {
        t.text(2, F::PeerLog, line);
    }
    if let Some(v) = &verdict_known
        && let Some(line) = imported::line_inside(case, v, record.frame)
    {
        t.text(2, F::PeerLog, line);
    }
    for damage in tracker.damage(record.frame) {
        t.text(2, F::Damage, defect(damage.defect.kind)).span = Some(damage.defect.at);
    }
    for note in judgement
        .notes
        .iter()
        .filter(|f| f.frame == record.frame && f.sayable(pass))
    {
        let item = t.text(2, F::Note, note.summary.as_str());
        item.expert = expert(note.rule);
        item.span = note
            .evidence
            .iter()
            .find(|p| p.frame == record.frame)
            .and_then(|p| p.span);
        t.text(3, F::Finding, note.rule.id.name());
    }
    t.0
}

/// On the deciding frame: what to change, and how to confirm it. Steps for which there is no room are folded.
fn answer(t: &mut Tree, v: &Finding, headline: &str) {
    let count = |text: &str| text.split_whitespace().count();
    let (confirm, more, line) = words::confirm(&v.next_evidence);
    let label = |field: F| field.field().map_or(0, |field| count(field.name));
    let mut room = SCREEN
        .saturating_sub(label(F::Root) + count(headline))
        .saturating_sub(label(F::VerdictNextEvidence) + count(&confirm));
    let mut left = v.steps.iter().zip(1..);
    for (step, number) in left.by_ref() {
        let number = (v.steps.len() > 1).then_some(number);
        change(t, 1, step, number);
        let next = number.and_then(|number| v.steps.get(number));
        let words = |step: &Step| CHANGE_WORDS + count(&step.parted().0);
        room = room.saturating_sub(words(step));
        if next.is_none_or(|next| words(next) > room) {
            break;
        }
    }
    let folded: Vec<_> = left.collect();
    if !folded.is_empty() {
        let item = t.add(1, F::Line, Value::None);
        let (number, plural) = (folded.len(), if folded.len() == 1 { "" } else { "s" });
        item.label = Some(format!("{CHANGE}: {number} more step{plural}"));
        item.look = Look::Running;
        for (step, number) in folded {
            change(t, 2, step, Some(number));
        }
    }
    if confirm.is_empty() {
        return;
    }
    let name = F::VerdictNextEvidence.field().map_or("", |field| field.name);
    let mut lines = words::wrap(&confirm, LINE).into_iter();
    let item = t.text(1, F::VerdictNextEvidence, v.ways());
    item.label = Some(format!("{name}: {}", lines.next().unwrap_or_default()));
    item.look = Look::Running;
    // What else to look at is folded.
    t.lines(2, &more);
    t.lines(1, &lines.collect::<Vec<_>>().join(" "));
    if let Some(line) = line {
        typed(t, 1, &line);
    }
}

/// On the other frames: what to change first.
fn first_step(t: &mut Tree, step: &Step, fix: &str) {
    let (sentence, example) = step.parted();
    let mut lines = words::wrap(&sentence, LINE).into_iter();
    let item = t.text(1, F::OutcomeFix, fix);
    item.label = Some(format!("{CHANGE}: {}", lines.next().unwrap_or_default()));
    item.look = Look::Running;
    t.lines(1, &lines.collect::<Vec<_>>().join(" "));
    t.lines(1, example.unwrap_or_default());
}

/// What became of the negotiation. Its title and the first step stand elsewhere.
fn outcome(t: &mut Tree, v: &Finding, decides: bool) {
    let (id, title) = (v.rule.id.name(), v.rule.title);
    let name = F::Outcome.field().map_or("", |field| field.name);
    t.text(2, F::Outcome, id).label = Some(format!("{name}: {title} ({id})"));
    t.text(2, F::OutcomeTitle, title).look = Look::Hidden;
    if let Some(fix) = v.fixes().next().filter(|_| decides) {
        t.text(2, F::OutcomeFix, fix).look = Look::Hidden;
    }
    t.text(2, F::State, v.rule.class.state());
}

/// The root of a frame's tree and the items that raise an expert entry, bare.
pub(crate) fn expert_items(
    case: &Case<'_>,
    record: &FrameRecord,
    judgement: &Judgement,
    pass: Pass,
) -> Vec<Item> {
    let mut t = Tree(Vec::new());
    let verdict = judgement.sayable(case, pass);
    let notes = judgement.notes.iter().map(|note| (F::Note, note));
    let raised = (verdict
        .as_deref()
        .map(|v| (F::Verdict, v))
        .into_iter()
        .chain(notes))
    .filter(|(_, f)| f.frame == record.frame && f.sayable(pass));
    for (field, finding) in raised {
        t.text(0, field, finding.rule.id.name()).expert = expert(finding.rule);
    }
    t.0
}

fn links(t: &mut Tree, case: &Case<'_>, record: &FrameRecord, e: &Event) {
    if matches!(record.kind, FrameKind::Retransmission | FrameKind::Duplicate) && e.frame != record.frame {
        let item = t.frame(2, F::RetransmissionOf, e.frame);
        if record.kind == FrameKind::Duplicate {
            item.label = Some(format!("The same packet as frame {}, captured twice", e.frame));
        }
        return;
    }
    if let Some(request) = case.n.answered_by(e) {
        t.frame(2, F::RequestIn, request.frame);
        if let Some(time) = words::response_time(case, e) {
            t.add(2, F::ResponseTime, Value::Duration(time));
        }
    }
    if let Some(answer) = case.n.answer_to(e) {
        t.frame(2, F::ResponseIn, answer.frame);
    }
}

fn verdict(t: &mut Tree, f: &Finding, headline: &str) {
    let here = f
        .evidence
        .iter()
        .find(|p| p.frame == f.frame)
        .and_then(|p| p.span);
    let (id, title) = (f.rule.id.name(), f.rule.title);
    let item = t.text(1, F::Verdict, id);
    item.label = Some(format!("Verdict: {title} ({id})"));
    item.expert = expert(f.rule);
    item.span = here;
    t.text(2, F::VerdictTitle, title).look = Look::Hidden;
    if headline == f.summary {
        t.text(2, F::VerdictSummary, headline).look = Look::Hidden;
    } else {
        t.long(2, F::VerdictSummary, &f.summary);
    }
    for attribute in &f.attributes {
        t.text(2, F::VerdictAttribute, *attribute);
    }
    for step in &f.steps {
        t.text(2, F::VerdictFix, step.text.as_str()).look = Look::Hidden;
    }
    t.text(2, F::VerdictBlame, f.blame.name());
    t.long(2, F::VerdictExplanation, &f.explanation);
    t.add(2, F::VerdictConfidence, Value::Double(f.confidence)).label =
        Some(format!("Confidence: {}", words::confidence(f.confidence)));
    t.text(2, F::VerdictBasis, f.basis.name()).label = Some(format!("Based on: {}", words::basis(f.basis)));
    for &alternative in &f.alternatives {
        t.labelled(
            2,
            F::VerdictAlternative,
            alternative.name(),
            &words::alternative(alternative),
        );
    }
    if !f.settled {
        t.text(
            2,
            F::SoFar,
            "rests on what the capture shows up to its end: packets that follow may change it",
        );
    }
    t.text(2, F::Reference, words::reference(f.rule.id));
    for place in f.evidence.iter().take(MAX_ROWS) {
        t.frame(2, F::VerdictEvidence, place.frame).span = place.span.filter(|_| place.frame == f.frame);
    }
    t.more(2, f.evidence.len());
    t.text(2, F::VerdictStage, f.stage.name());
    t.text(2, F::Finding, id).look = Look::Hidden;
}

/// What stands before a step, and how many words that is with its number.
const CHANGE: &str = "What to change";
const CHANGE_WORDS: usize = 4;

/// What is typed or chosen, in a line of its own.
fn typed(t: &mut Tree, depth: u8, line: &str) {
    let item = t.add(depth, F::Line, Value::None);
    item.label = Some(format!("        To type or choose: {line}"));
    item.look = Look::Running;
}

/// One step, with its number among several: its words, what to type, and below it what it is made of.
fn change(t: &mut Tree, depth: u8, step: &Step, number: Option<usize>) {
    let (sentence, example) = step.parted();
    let mut lines = words::wrap(&sentence, LINE).into_iter();
    let number = number.map_or_else(String::new, |number| format!("{number}. "));
    let item = t.text(depth, F::Change, step.text.as_str());
    item.label = Some(format!("{CHANGE}: {number}{}", lines.next().unwrap_or_default()));
    item.look = Look::Running;
    t.text(depth + 1, F::ChangeSide, step.side.name());
    let texts = [
        (F::ChangeProduct, step.product),
        (F::ChangeFile, step.file.as_deref()),
        (F::ChangeSetting, step.setting.as_deref()),
        (F::ChangeTo, step.to.as_deref()),
        (F::ChangeSecurity, step.security.map(Security::name)),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            t.text(depth + 1, field, text);
        }
    }
    if let Some(line) = step.line {
        t.add(depth + 1, F::ChangeLine, Value::Uint(line));
    }
    t.lines(depth, &lines.collect::<Vec<_>>().join(" "));
    let example = example.unwrap_or_default();
    t.lines(depth, example);
    for line in step.lines.iter().filter(|line| !example.contains(line.as_str())) {
        typed(t, depth, line);
    }
}

/// Offers beside what the other side chose or is known to accept, nearest miss first.
fn comparison(t: &mut Tree, case: &Case<'_>, frame: u32) {
    let n = case.n;
    if n.offers().is_empty() {
        return;
    }
    t.add(1, F::Comparison, Value::None).label = Some(format!(
        "Comparison of both sides: what {} offered, and what is known of {}",
        n.initiator.address, n.responder.address
    ));
    let Known {
        suites: known,
        origin,
        misses,
    } = comparison::known(case);
    if misses.is_empty() {
        for o in n.offers().iter().take(MAX_ROWS) {
            let item = t.text(2, F::Offer, o.line());
            item.span = o
                .span
                .filter(|_| n.offer_place().is_some_and(|place| place.frame == frame));
        }
        t.more(2, n.offers().len());
        t.text(
            2,
            F::Known,
            "refused or silent: its own list is not in the capture",
        );
        return;
    }
    for miss in misses.iter().take(MAX_ROWS) {
        let (Some(o), Some(k)) = (n.offers().get(miss.offered), known.get(miss.acceptable)) else {
            continue;
        };
        let names: Vec<&str> = miss.differs.iter().map(|a| a.name()).collect();
        let mark = if names.is_empty() {
            "matches".to_owned()
        } else {
            format!("differs in {}", words::list(&names))
        };
        let item = t.text(2, F::Offer, o.line());
        item.label = Some(format!("Offered: {}   [{mark}]", o.line()));
        t.text(3, F::Known, k.line()).label = Some(format!("Other side: {} ({origin})", k.line()));
        for name in names {
            t.text(3, F::Differs, name);
        }
    }
    t.more(2, misses.len());
}

fn peers(t: &mut Tree, case: &Case<'_>) {
    t.add(1, F::Peers, Value::None).label = Some("Peers".to_owned());
    for role in [Role::Initiator, Role::Responder] {
        t.text(2, F::Peer, words::peer_line(case, role)).label = Some(words::peer_line(case, role));
    }
}

/// The files of the peers: whose they are, and what was not understood of them.
fn files(t: &mut Tree, case: &Case<'_>) {
    for (whose, notes) in words::files(case, true) {
        t.text(1, F::PeerFile, whose);
        for line in notes {
            t.add(2, F::Line, Value::None).label = Some(line);
        }
    }
}

fn timeline(t: &mut Tree, case: &Case<'_>) {
    let n = case.n;
    t.add(1, F::Timeline, Value::None).label = Some(format!("Timeline ({} messages)", n.event_count()));
    let mut rows = ladder::rows(case);
    let count = rows.len();
    rows.truncate(MAX_ROWS);
    let (head, lines) = ladder::drawn(case, &rows);
    let item = t.add(2, F::Line, Value::None);
    item.label = Some(head);
    item.look = Look::Running;
    for (row, line) in rows.iter().zip(lines) {
        // A row is a link to its frame.
        let item = t.frame(2, F::EventFrame, row.frame);
        item.label = Some(line);
        item.look = Look::Running;
        t.text(3, F::Event, row.line()).look = Look::Hidden;
    }
    t.more(2, count);
    if let Some(legend) = ladder::legend(&rows, ladder::IN_TEXT) {
        let item = t.add(2, F::Line, Value::None);
        item.label = Some(legend);
        item.look = Look::Running;
    }
}

/// What bounds left out, of the negotiation and of the whole capture.
fn left_out(t: &mut Tree, tracker: &Tracker, case: &Case<'_>) {
    for (what, count) in case.n.omitted().iter() {
        t.text(1, F::LeftOut, format!("{} ({count})", what.words()));
    }
    for (what, count) in tracker.omitted().iter() {
        t.text(
            1,
            F::LeftOut,
            format!("of the whole capture: {} ({count})", what.words()),
        );
    }
}

/// What is wrong with a message.
fn defect(kind: DefectKind) -> &'static str {
    match kind {
        DefectKind::CutByCapture => "the capture holds only the beginning of this message",
        DefectKind::HeaderLength => "the length in the IKE header does not fit the message",
        DefectKind::TrailingBytes => "bytes follow the message",
        DefectKind::PayloadLength => "a payload's length does not fit the message",
        DefectKind::PayloadTooShort => "a payload is too short for its own fields",
        DefectKind::InnerLength => "a length inside a payload does not fit it",
        DefectKind::CountMismatch => "counts inside a payload contradict what is there",
        DefectKind::TooMany => "a list is too long to be read whole",
        DefectKind::UnknownVersion => "an unknown major version of IKE",
    }
}
