//! What one side offered beside what the other chose, or is known to accept, nearest miss first.

use super::words;
use crate::diagnosis::Case;
use crate::negotiation::Role;
use crate::negotiation::knowledge::Beside;
use crate::negotiation::offer::{self, Attribute, Attributes, Choice, Miss, Suite};
use crate::negotiation::proof::Identity;
use crate::rules::lifetime_differs::Lifetimes;
use crate::verdict::imported;

/// What is known of the other side's wishes, and how the offer compares with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Suites.
    pub(crate) suites: Vec<Suite>,
    /// Where they come from: `chosen in frame 2`.
    pub(crate) origin: String,
    /// The offers beside them, nearest miss first.
    pub(crate) misses: Vec<Miss>,
}

/// What the responder chose in this negotiation, accepted in another, or allows by its configuration; nothing if it never showed.
pub(crate) fn known(case: &Case<'_>) -> Known {
    let n = case.n;
    let compared = |suites: Vec<Suite>, origin| Known {
        misses: offer::compare(n.offers(), &suites).misses,
        suites,
        origin,
    };
    if let Some(chosen) = n.selected() {
        let frame = n.selected_place().map_or(0, |place| place.frame);
        return compared(vec![Suite::clone(chosen)], format!("chosen in frame {frame}"));
    }
    if let Some((suites, origin)) = imported::acceptable(case) {
        return compared(suites, origin);
    }
    case.beside().map_or_else(Known::default, |beside| {
        let Beside { acceptable, compared } = &*beside;
        let frames: Vec<u32> = acceptable.places.iter().map(|p| p.frame).collect();
        let what = if acceptable.whole {
            "its own offer"
        } else {
            "accepted"
        };
        let cut = if acceptable.cut {
            "; more than is compared here"
        } else {
            ""
        };
        Known {
            suites: acceptable.suites.clone(),
            origin: format!("{what} in another negotiation, {}{cut}", words::frames(&frames)),
            misses: compared.misses.clone(),
        }
    })
}

/// One attribute of the nearest pair.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its name: `key-length`.
    pub(crate) attribute: &'static str,
    /// What was offered.
    pub(crate) offered: String,
    /// What the other side wants.
    pub(crate) wanted: String,
    /// They don't meet.
    pub(crate) differs: bool,
}

/// The nearest offer attribute by attribute, the others in a line each.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// Where the other side's wishes come from.
    pub(crate) origin: String,
    /// The nearest pair.
    pub(crate) rows: Vec<Row>,
    /// Other offers, each with what differs; all of them where nothing is known of the other side.
    pub(crate) others: Vec<(String, Vec<&'static str>)>,
}

impl Comparison {
    /// Nothing differs in the nearest pair.
    pub(crate) fn agrees(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|r| !r.differs)
    }
}

/// Compares; `None` without an offer.
pub(crate) fn compare(case: &Case<'_>) -> Option<Comparison> {
    let offers = case.n.offers();
    if offers.is_empty() {
        return None;
    }
    let known = known(case);
    let misses = &known.misses;
    let name = |list: Attributes| list.iter().map(|a| a.name()).collect::<Vec<_>>();
    let nearest = misses
        .first()
        .and_then(|m| Some((m, offers.get(m.offered)?, known.suites.get(m.acceptable)?)));
    let Some((miss, offered, wanted)) = nearest else {
        return Some(Comparison {
            origin: String::new(),
            rows: Vec::new(),
            others: offers.iter().map(|o| (o.line(), Vec::new())).collect(),
        });
    };
    Some(Comparison {
        rows: rows(offered, wanted, miss.differs)
            .into_iter()
            .chain(identities(case))
            .chain(lifetimes(case))
            .collect(),
        others: misses
            .iter()
            .skip(1)
            .filter_map(|m| Some((offers.get(m.offered)?.line(), name(m.differs))))
            .collect(),
        origin: known.origin,
    })
}

/// The initiator's column has what it sends, and what it expects of the responder.
fn identities(case: &Case<'_>) -> impl Iterator<Item = Row> {
    let expected = imported::expected_identities(case);
    let of = |role: Role, expected: Option<String>| {
        let sent = case.n.identity(role).map(Identity::value);
        // Whom the initiator asks for (IDr of IKE_AUTH, RFC 7296 3.5).
        let asked = (case.n.identities.iter()).find(|id| id.of == role && id.from != role);
        let wanted = expected.or_else(|| Some(asked?.value()));
        if sent.is_none() && wanted.is_none() {
            return None;
        }
        let differs = match (&sent, &wanted) {
            // Wildcards take many, and distinguished names are written in many ways.
            (Some(sent), Some(wanted)) => sent != wanted && !wanted.contains(['%', '*', '=']),
            _ => false,
        };
        let [sent, wanted] = [sent, wanted].map(|cell| cell.unwrap_or_else(|| "-".to_owned()));
        Some(match role {
            Role::Initiator => Row {
                attribute: "initiator's ID",
                offered: sent,
                wanted,
                differs,
            },
            Role::Responder => Row {
                attribute: "responder's ID",
                offered: wanted,
                wanted: sent,
                differs,
            },
        })
    };
    let [initiator, responder] = expected;
    let both = [of(Role::Initiator, initiator), of(Role::Responder, responder)];
    both.into_iter().flatten()
}

/// IKEv1 agrees on one; that they differ is no failure.
fn lifetimes(case: &Case<'_>) -> Option<Row> {
    let Lifetimes { offered, used, .. } = Lifetimes::of(case)?;
    let harmless = if offered == used {
        ""
    } else {
        " (harmless: the shorter one applies)"
    };
    Some(Row {
        attribute: Attribute::Lifetime.name(),
        offered: format!("{offered} s"),
        wanted: format!("{used} s{harmless}"),
        differs: false,
    })
}

fn rows(offered: &Suite, wanted: &Suite, differs: Attributes) -> Vec<Row> {
    let mut all: Vec<Attribute> = offered
        .choices
        .iter()
        .chain(&wanted.choices)
        .map(|c| c.attribute)
        .collect();
    all.sort();
    all.dedup();
    let cell = |s: &Suite, a| {
        let labels: Vec<String> = s.of(a).map(Choice::label).collect();
        if labels.is_empty() {
            "-".to_owned()
        } else {
            labels.join(", ")
        }
    };
    all.into_iter()
        .map(|a| {
            // A key length stands beside its cipher.
            let length = a == Attribute::Encryption && differs.contains(Attribute::KeyLength);
            Row {
                attribute: if length {
                    Attribute::KeyLength.name()
                } else {
                    a.name()
                },
                offered: cell(offered, a),
                wanted: cell(wanted, a),
                differs: length || differs.contains(a),
            }
        })
        .collect()
}
