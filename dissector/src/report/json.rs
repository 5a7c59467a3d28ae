//! The document for scripts: one record for each negotiation. `docs/ikewhy-2.schema.json` is its schema.

use std::fmt::Write as _;
use std::io;
use std::net::IpAddr;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::section::Plan;
use crate::diagnosis::{Case, Security, Step};
use crate::negotiation::nat::Nat;
use crate::negotiation::store::bounds::{Kept, Omitted};
use crate::negotiation::{Peer, Role};
use crate::rules::Finding;
use crate::verdict::Story;

/// Raised when a field changes its meaning, and when fields are required that were not there before.
const SCHEMA_VERSION: u32 = 2;

/// Texts are borrowed from the judgement, and names of addresses are written where they go: a record is made for each negotiation,
/// of which a flood has a million.
#[derive(Debug, Serialize)]
struct Record<'a> {
    stream: u32,
    /// The stream in which the story began that this is an attempt of.
    story: u32,
    /// The stream whose IKE SA this one renews.
    continues: Option<u32>,
    /// `IKEv1`, `IKEv2`, or `L2TP` in clear between hosts that speak no IKE.
    protocol: &'static str,
    /// Of IKE; null without it.
    version: Option<u8>,
    initiator_spi: Option<Hex>,
    responder_spi: Option<Hex>,
    first_frame: u32,
    last_frame: u32,
    /// When the first packet was captured: RFC 3339, UTC.
    start: String,
    /// Seconds from the first to the last packet.
    duration: f64,
    initiator: Side,
    responder: Side,
    offers: Vec<String>,
    selected: Option<String>,
    /// `failed`, `up`, `open` or `probe`.
    state: &'static str,
    verdict: FindingRecord<'a>,
    notes: Vec<FindingRecord<'a>>,
    /// What bounds left out; absent if nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    what: &'static str,
    count: u32,
}

fn left_out(omitted: &Omitted) -> Vec<LeftOut> {
    let left_out = omitted.iter().map(|(what, count)| LeftOut {
        what: what.name(),
        count,
    });
    left_out.collect()
}

#[derive(Debug, Serialize)]
struct Side {
    address: IpAddr,
    port: u16,
    product: Option<&'static str>,
    vendor_ids: Vec<&'static str>,
    /// True behind NAT, false if not, null if unknown.
    nat: Option<bool>,
    messages: u32,
}

#[derive(Debug, Serialize)]
struct FindingRecord<'a> {
    id: &'static str,
    title: &'static str,
    frame: u32,
    /// When that frame was captured: RFC 3339, UTC.
    time: Option<String>,
    stage: &'static str,
    blame: &'static str,
    confidence: f64,
    basis: &'static str,
    attributes: &'a [&'static str],
    alternatives: Vec<&'static str>,
    summary: &'a str,
    explanation: &'a str,
    fixes: Vec<&'a str>,
    steps: Vec<StepRecord<'a>>,
    next_evidence: &'a str,
    evidence: Vec<u32>,
}

#[derive(Debug, Serialize)]
struct StepRecord<'a> {
    side: &'static str,
    address: Option<&'a str>,
    product: Option<&'static str>,
    file: Option<&'a str>,
    line: Option<u32>,
    setting: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    lines: &'a [String],
    security: Option<&'static str>,
    text: &'a str,
}

impl<'a> From<&'a Step> for StepRecord<'a> {
    fn from(step: &'a Step) -> Self {
        Self {
            side: step.side.name(),
            address: step.address.as_deref(),
            product: step.product,
            file: step.file.as_deref(),
            line: step.line,
            setting: step.setting.as_deref(),
            from: step.from.as_deref(),
            to: step.to.as_deref(),
            lines: &step.lines,
            security: step.security.map(Security::name),
            text: &step.text,
        }
    }
}

/// An SPI of IKE.
#[derive(Debug)]
struct Hex([u8; 8]);

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", u64::from_be_bytes(self.0)))
    }
}

fn side(story: &Story<'_>, role: Role) -> Side {
    let p: &Peer = story.case.n.peer(role);
    let vendor_ids = story.case.knowledge.vendor_ids(p.vendor_ids);
    Side {
        address: p.address,
        port: p.port,
        product: story.case.product(role).map(super::words::product),
        vendor_ids: vendor_ids.map(|known| known.name).collect(),
        nat: match p.nat {
            Nat::Behind => Some(true),
            Nat::Direct => Some(false),
            Nat::Unknown => None,
        },
        messages: p.messages,
    }
}

impl<'a> FindingRecord<'a> {
    fn of(case: &Case<'_>, f: &'a Finding) -> Self {
        Self {
            id: f.rule.id.name(),
            title: f.rule.title,
            frame: f.frame,
            time: case.n.time_of(f.frame).map(|time| case.moment(time).rfc3339()),
            stage: f.stage.name(),
            blame: f.blame.name(),
            confidence: f.confidence,
            basis: f.basis.name(),
            attributes: &f.attributes,
            alternatives: f.alternatives.iter().map(|id| id.name()).collect(),
            summary: &f.summary,
            explanation: &f.explanation,
            fixes: f.fixes().collect(),
            steps: f.steps.iter().map(Into::into).collect(),
            next_evidence: &f.next_evidence,
            evidence: f.evidence.iter().map(|p| p.frame).collect(),
        }
    }
}

/// What stands above all negotiations.
pub(crate) fn head() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{{\n  \"schema_version\": {SCHEMA_VERSION},\n  \"generator\": \"ikewhy\",\n  \"generator_version\": \"{version}\",\n  \
         \"negotiations\": ["
    )
}

/// What stands below them.
pub(crate) fn tail(out: &mut String, plan: &Plan, streams_left_out: u64) {
    out.push_str(if plan.shown.is_empty() { "]" } else { "\n  ]" });
    for (name, count) in [
        ("negotiations_left_out", streams_left_out),
        (
            "messages_not_followed",
            plan.omitted.count(Kept::Negotiations).into(),
        ),
    ] {
        if count > 0 {
            // Writing to a String cannot fail.
            let _ = write!(out, ",\n  \"{name}\": {count}");
        }
    }
    let left_out = left_out(&plan.omitted);
    if !left_out.is_empty() {
        let list = serde_json::to_string(&left_out).unwrap_or_default();
        let _ = write!(out, ",\n  \"left_out\": {list}");
    }
    out.push_str("\n}\n");
}

/// One negotiation.
pub(crate) fn one(out: &mut String, told: &Story<'_>, is_first: bool) {
    out.push_str(if is_first { "\n    " } else { ",\n    " });
    // Strings, numbers and lists always serialise; null is better than a panic all the same.
    let verdict = told.judgement.verdict(&told.case);
    let record = indented(&Record::of(told, &verdict)).ok();
    let record = record.and_then(|bytes| String::from_utf8(bytes).ok());
    out.push_str(record.as_deref().unwrap_or("null"));
}

/// A record as it stands in the document.
fn indented(record: &Record<'_>) -> serde_json::Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(8192);
    record.serialize(&mut Serializer::with_formatter(&mut lines, Lines::of_a_record()))?;
    Ok(lines)
}

/// A value on each line, as deep as it is nested: what serde_json's own formatter makes, which writes each step of each line's
/// indent by itself.
struct Lines {
    depth: usize,
    has_value: bool,
}

impl Lines {
    /// A comma, and the beginning of a line of any depth that a record has.
    const BREAK: &'static [u8] = b",\n                    ";

    /// In a list in an object.
    const fn of_a_record() -> Self {
        Self {
            depth: 2,
            has_value: false,
        }
    }

    fn next<W: ?Sized + io::Write>(&self, writer: &mut W, is_first: bool) -> io::Result<()> {
        let end = (2 + 2 * self.depth).min(Self::BREAK.len());
        writer.write_all(Self::BREAK.get(usize::from(is_first)..end).unwrap_or_default())
    }

    fn open<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.next(writer, true)?;
        }
        self.has_value = true;
        writer.write_all(bracket)
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        self.next(writer, is_first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        self.next(writer, is_first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

impl<'a> Record<'a> {
    fn of(told: &Story<'a>, verdict: &'a Finding) -> Self {
        let case = &told.case;
        let n = case.n;
        Self {
            stream: n.stream,
            story: n.story(),
            continues: case.continues(),
            protocol: n.protocol(),
            version: n.is_ike().then_some(match n.version {
                crate::negotiation::Version::V1 => 1,
                crate::negotiation::Version::V2 => 2,
            }),
            initiator_spi: n.is_ike().then_some(Hex(n.initiator_spi)),
            responder_spi: n.responder_spi.map(Hex),
            first_frame: n.first().frame,
            last_frame: n.last.frame,
            start: case.moment(n.first().time).rfc3339(),
            duration: crate::rules::seconds(n.last.time.saturating_sub(n.first().time)),
            initiator: side(told, Role::Initiator),
            responder: side(told, Role::Responder),
            offers: n
                .offers()
                .iter()
                .map(crate::negotiation::offer::Suite::line)
                .collect(),
            selected: n.selected().map(crate::negotiation::offer::Suite::line),
            state: verdict.rule.class.state(),
            verdict: FindingRecord::of(case, verdict),
            notes: (told.judgement.notes.iter())
                .map(|f| FindingRecord::of(case, f))
                .collect(),
            left_out: left_out(&n.omitted()),
        }
    }
}
