//! A cause as files tell it, and the clauses it is told in.

use super::files::Files;
use crate::diagnosis::{Case, RuleId, words};
use crate::negotiation::Role;
use crate::negotiation::offer::{Attribute, Suite};
use crate::policy::{Belongs, Kind, Lined, Policy};

/// How sure a configuration makes where a product's default stands in for what it leaves out, where its layout was not verified,
/// or where its side is guessed from its role: it is possible.
pub(super) const ASSUMED: f64 = 0.6;

/// A cause as files tell it.
pub(super) struct Told {
    pub(super) id: RuleId,
    pub(super) attributes: Vec<&'static str>,
    pub(super) side: Role,
    pub(super) confidence: f64,
    /// What the file says, with its name and line: a clause.
    pub(super) quote: String,
    /// The log's own words beside it, where the clause is a comparison.
    pub(super) more: Option<String>,
    /// Where to change something: "On <side> (<file>, line <line>):".
    pub(super) fix: String,
    /// What else it may be.
    pub(super) alternatives: Vec<RuleId>,
}

impl Told {
    /// A cause on this side, to be changed in this place of a file.
    pub(super) fn new(
        case: &Case<'_>,
        side: Role,
        id: RuleId,
        confidence: f64,
        quote: String,
        file: &str,
    ) -> Self {
        Self {
            id,
            attributes: Vec::new(),
            side,
            confidence,
            quote,
            more: None,
            fix: on(case, side, file),
            alternatives: Vec::new(),
        }
    }

    /// With what differs.
    pub(super) fn differing(self, attributes: Vec<&'static str>) -> Self {
        Self { attributes, ..self }
    }

    /// Less sure, and said so, where a file is a side's by its role alone.
    pub(super) fn guessed(mut self, files: &Files<'_>) -> Self {
        let likely = files.all().filter_map(|(p, belongs)| match belongs {
            Belongs::Likely(side, why) => Some((p, *side, *why)),
            _ => None,
        });
        if let Some((p, side, why)) = likely.min_by_key(|(_, side, _)| *side != self.side) {
            let (name, side) = (&p.name, side.name());
            self.quote
                .push_str(&format!(" (that {name} is the {side}'s is a guess: {why})"));
        }
        self.confidence = self.confidence.min(ASSUMED);
        self
    }

    /// Less sure, and said so, where the files hold more than could be compared.
    pub(super) fn so_far_compared(mut self, files: &Files<'_>) -> Self {
        if files.work.is_cut() {
            self.quote
                .push_str(" (the files hold more that may be meant than is compared)");
            self.confidence = self.confidence.min(ASSUMED);
        }
        self
    }

    /// Less sure where what differs is only assumed: another release may have another default.
    pub(super) fn resting_on(mut self, assumed: &[Attribute]) -> Self {
        if !assumed.is_empty() {
            self.confidence = self.confidence.min(ASSUMED);
        }
        self
    }
}

pub(super) fn at<T>(p: &Policy, l: &Lined<T>) -> String {
    place(p, l.line)
}

/// A file and a line; what the file is where its name does not tell.
pub(super) fn place(p: &Policy, line: u32) -> String {
    let (name, line) = p.place(line);
    match p.kind {
        Kind::Configuration(what) => format!("{what} {name}, line {line}"),
        _ => format!("{name}, line {line}"),
    }
}

pub(super) fn names(attributes: &[Attribute]) -> Vec<&'static str> {
    attributes.iter().map(|a| a.name()).collect()
}

/// "the server's file allows only X; the client offered Y: the key length differs".
pub(super) fn compared(
    case: &Case<'_>,
    side: Role,
    source: &str,
    offered: &Suite,
    allowed: &Suite,
    attributes: &[Attribute],
) -> String {
    format!(
        "the {}'s {source}, allows only {}; {} offered {}: {}",
        side.name(),
        allowed.line(),
        words::peer(case, side.other()),
        offered.line(),
        words::differ(attributes)
    )
}

/// What of a difference the file does not settle: it leaves that to the product's defaults, or it is read as its layout suggests.
pub(super) fn by_default(assumed: &[Attribute]) -> String {
    if assumed.is_empty() {
        return String::new();
    }
    let list: Vec<&str> = assumed.iter().map(|a| a.words()).collect();
    format!(
        " (the file does not settle the {}: a product's default or the likely reading counts)",
        words::list(&list)
    )
}

pub(super) fn on(case: &Case<'_>, side: Role, file: &str) -> String {
    format!("On {} ({file}):", words::peer(case, side))
}

/// The difference of a group alone is a matter of PFS.
pub(super) fn child_id(differs: &[Attribute]) -> RuleId {
    if differs == [Attribute::DhGroup] {
        RuleId::PfsMismatch
    } else {
        RuleId::ChildProposalMismatch
    }
}
