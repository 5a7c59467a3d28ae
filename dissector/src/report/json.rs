//! The document for scripts: one record for each negotiation. `docs/ikewhy-2.schema.json` is its schema.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::section::Plan;
use crate::diagnosis::{Case, Security, Step};
use crate::negotiation::nat::Nat;
use crate::negotiation::store::bounds::{Kept, Omitted};
use crate::negotiation::{Peer, Role};
use crate::rules::Finding;
use crate::verdict::Story;

/// Raised when a field changes its meaning, and when fields are required that were not there before.
const SCHEMA_VERSION: u32 = 2;

#[derive(Debug, Serialize)]
struct Record {
    stream: u32,
    /// The stream in which the story began that this is an attempt of.
    story: u32,
    /// The stream whose IKE SA this one renews.
    continues: Option<u32>,
    /// `IKEv1`, `IKEv2`, or `L2TP` in clear between hosts that speak no IKE.
    protocol: &'static str,
    /// Of IKE; null without it.
    version: Option<u8>,
    initiator_spi: Option<String>,
    responder_spi: Option<String>,
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
    verdict: FindingRecord,
    notes: Vec<FindingRecord>,
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
    address: String,
    port: u16,
    product: Option<&'static str>,
    vendor_ids: Vec<&'static str>,
    /// True behind NAT, false if not, null if unknown.
    nat: Option<bool>,
    messages: u32,
}

#[derive(Debug, Serialize)]
struct FindingRecord {
    id: &'static str,
    title: &'static str,
    frame: u32,
    /// When that frame was captured: RFC 3339, UTC.
    time: Option<String>,
    stage: &'static str,
    blame: &'static str,
    confidence: f64,
    basis: &'static str,
    attributes: Vec<&'static str>,
    alternatives: Vec<&'static str>,
    summary: String,
    explanation: String,
    fixes: Vec<String>,
    steps: Vec<StepRecord>,
    next_evidence: String,
    evidence: Vec<u32>,
}

#[derive(Debug, Serialize)]
struct StepRecord {
    side: &'static str,
    address: Option<String>,
    product: Option<&'static str>,
    file: Option<String>,
    line: Option<u32>,
    setting: Option<String>,
    from: Option<String>,
    to: Option<String>,
    lines: Vec<String>,
    security: Option<&'static str>,
    text: String,
}

impl From<&Step> for StepRecord {
    fn from(step: &Step) -> Self {
        let step = step.clone();
        Self {
            side: step.side.name(),
            address: step.address,
            product: step.product,
            file: step.file,
            line: step.line,
            setting: step.setting,
            from: step.from,
            to: step.to,
            lines: step.lines,
            security: step.security.map(Security::name),
            text: step.text,
        }
    }
}

fn hex(spi: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(spi))
}

fn side(story: &Story<'_>, role: Role) -> Side {
    let p: &Peer = story.case.n.peer(role);
    let vendor_ids = story.case.knowledge.vendor_ids(p.vendor_ids);
    Side {
        address: p.address.to_string(),
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

impl FindingRecord {
    fn of(case: &Case<'_>, f: &Finding) -> Self {
        Self {
            id: f.rule.id.name(),
            title: f.rule.title,
            frame: f.frame,
            time: case.n.time_of(f.frame).map(|time| case.moment(time).rfc3339()),
            stage: f.stage.name(),
            blame: f.blame.name(),
            confidence: f.confidence,
            basis: f.basis.name(),
            attributes: f.attributes.to_vec(),
            alternatives: f.alternatives.iter().map(|id| id.name()).collect(),
            summary: f.summary.clone(),
            explanation: f.explanation.clone(),
            fixes: f.fixes().map(str::to_owned).collect(),
            steps: f.steps.iter().map(Into::into).collect(),
            next_evidence: f.next_evidence.clone(),
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
    let record = indented(&Record::of(told)).ok();
    let record = record.and_then(|bytes| String::from_utf8(bytes).ok());
    out.push_str(record.as_deref().unwrap_or("null"));
}

/// A record as it stands in the document: in a list in an object.
fn indented(record: &Record) -> serde_json::Result<Vec<u8>> {
    let mut formatter = PrettyFormatter::new();
    let mut nowhere = io::sink();
    let begun = formatter.begin_object(&mut nowhere);
    begun
        .and_then(|()| formatter.begin_array(&mut nowhere))
        .map_err(serde_json::Error::io)?;
    let mut lines = Vec::with_capacity(4096);
    record.serialize(&mut Serializer::with_formatter(&mut lines, formatter))?;
    Ok(lines)
}

impl Record {
    fn of(told: &Story<'_>) -> Self {
        let case = &told.case;
        let n = case.n;
        let verdict = told.judgement.verdict(case);
        Self {
            stream: n.stream,
            story: n.story(),
            continues: case.continues(),
            protocol: n.protocol(),
            version: n.is_ike().then_some(match n.version {
                crate::negotiation::Version::V1 => 1,
                crate::negotiation::Version::V2 => 2,
            }),
            initiator_spi: n.is_ike().then(|| hex(n.initiator_spi)),
            responder_spi: n.responder_spi.map(hex),
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
            verdict: FindingRecord::of(case, &verdict),
            notes: (told.judgement.notes.iter())
                .map(|f| FindingRecord::of(case, f))
                .collect(),
            left_out: left_out(&n.omitted()),
        }
    }
}
