//! The document for scripts: one record for each negotiation. `docs/ikewhy-2.schema.json` is its schema.

use std::fmt::Write as _;

use super::lines::{Lines, List, Plain, Value, object};
use super::section::Plan;
use crate::diagnosis::{Case, Security, Step};
use crate::negotiation::nat::Nat;
use crate::negotiation::offer::Suite;
use crate::negotiation::store::bounds::Kept;
use crate::negotiation::{Peer, Role, Version};
use crate::rules::Finding;
use crate::verdict::Story;

/// Raised when a field changes its meaning, and when fields are required that were not there before.
const SCHEMA_VERSION: u32 = 2;

/// A negotiation.
fn record<'a>(told: &'a Story<'_>, verdict: &'a Finding) -> impl Value {
    object(move |to| {
        let case = &told.case;
        let n = case.n;
        to.field("stream", n.stream);
        // The stream in which the story began that this is an attempt of.
        to.field("story", n.story());
        // The stream whose IKE SA this one renews.
        to.field("continues", case.continues());
        // `IKEv1`, `IKEv2`, or `L2TP` in clear between hosts that speak no IKE.
        to.field("protocol", n.protocol());
        // Of IKE; null without it.
        to.field(
            "version",
            n.is_ike().then_some(match n.version {
                Version::V1 => 1,
                Version::V2 => 2,
            }),
        );
        to.field("initiator_spi", n.is_ike().then(|| spi(n.initiator_spi)));
        to.field("responder_spi", n.responder_spi.map(spi));
        to.field("first_frame", n.first().frame);
        to.field("last_frame", n.last.frame);
        // When the first packet was captured: RFC 3339, UTC.
        to.field("start", Plain(case.moment(n.first().time).rfc3339()));
        // Seconds from the first to the last packet.
        to.field(
            "duration",
            crate::rules::seconds(n.last.time.saturating_sub(n.first().time)),
        );
        to.field("initiator", side(told, Role::Initiator));
        to.field("responder", side(told, Role::Responder));
        to.field("offers", List(n.offers().iter().map(Suite::line)));
        to.field("selected", n.selected().map(Suite::line));
        // `failed`, `up`, `open` or `probe`.
        to.field("state", verdict.rule.class.state());
        to.field("verdict", finding(case, verdict));
        to.field(
            "notes",
            List(told.judgement.notes.iter().map(|f| finding(case, f))),
        );
        let omitted = n.omitted();
        // What bounds left out; absent if nothing.
        if omitted.iter().next().is_some() {
            to.field("left_out", List(omitted.iter().map(left_out)));
        }
    })
}

fn left_out((what, count): (Kept, u32)) -> impl Value {
    object(move |to| {
        to.field("what", what.name());
        to.field("count", count);
    })
}

/// An SPI of IKE.
fn spi(bytes: [u8; 8]) -> impl Value {
    Plain(format!("{:016x}", u64::from_be_bytes(bytes)))
}

fn side(told: &Story<'_>, role: Role) -> impl Value {
    object(move |to| {
        let p: &Peer = told.case.n.peer(role);
        to.field("address", p.address);
        to.field("port", u32::from(p.port));
        to.field("product", told.case.product(role).map(super::words::product));
        let vendor_ids = told.case.knowledge.vendor_ids(p.vendor_ids);
        to.field("vendor_ids", List(vendor_ids.map(|known| known.name)));
        // True behind NAT, false if not, null if unknown.
        to.field(
            "nat",
            match p.nat {
                Nat::Behind => Some(true),
                Nat::Direct => Some(false),
                Nat::Unknown => None,
            },
        );
        to.field("messages", p.messages);
    })
}

fn finding<'a>(case: &'a Case<'_>, f: &'a Finding) -> impl Value {
    object(move |to| {
        to.field("id", f.rule.id.name());
        to.field("title", f.rule.title);
        to.field("frame", f.frame);
        // When that frame was captured: RFC 3339, UTC.
        let time = case.n.time_of(f.frame);
        to.field("time", time.map(|time| Plain(case.moment(time).rfc3339())));
        to.field("stage", f.stage.name());
        to.field("blame", f.blame.name());
        to.field("confidence", f.confidence);
        to.field("basis", f.basis.name());
        to.field("attributes", List(f.attributes.iter().copied()));
        to.field("alternatives", List(f.alternatives.iter().map(|id| id.name())));
        to.field("summary", f.summary.as_str());
        to.field("explanation", f.explanation.as_str());
        to.field("fixes", List(f.fixes()));
        to.field("steps", List(f.steps.iter().map(step)));
        to.field("next_evidence", f.ways().as_str());
        to.field("evidence", List(f.evidence.iter().map(|place| place.frame)));
    })
}

fn step(step: &Step) -> impl Value {
    object(move |to| {
        to.field("side", step.side.name());
        to.field("address", step.address.as_deref());
        to.field("product", step.product);
        to.field("file", step.file.as_deref());
        to.field("line", step.line);
        to.field("setting", step.setting.as_deref());
        to.field("from", step.from.as_deref());
        to.field("to", step.to.as_deref());
        to.field("lines", List(step.lines.iter().map(String::as_str)));
        to.field("security", step.security.map(Security::name));
        to.field("text", step.text.as_str());
    })
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
    let left_out = (plan.omitted.iter())
        .map(|(what, count)| format!("{{\"what\":\"{}\",\"count\":{count}}}", what.name()));
    let left_out: Vec<String> = left_out.collect();
    if !left_out.is_empty() {
        let _ = write!(out, ",\n  \"left_out\": [{}]", left_out.join(","));
    }
    out.push_str("\n}\n");
}

/// One negotiation.
pub(crate) fn one(out: &mut String, told: &Story<'_>, is_first: bool) {
    /// In a list in an object.
    const DEPTH: usize = 2;
    out.push_str(if is_first { "\n    " } else { ",\n    " });
    let verdict = told.judgement.verdict(&told.case);
    Lines::write(out, DEPTH, record(told, &verdict));
}
