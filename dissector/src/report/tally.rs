//! What statistics count: each negotiation once in every table.

use super::words;
use crate::negotiation::Role;
use crate::rules::Class;
use crate::verdict::Story;
use crate::wire::vendor::Product;

/// A table of the statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// By the verdict's title.
    Verdict,
    /// By the stage where it failed; `up`, `open` and `probe` where it did not.
    Stage,
    /// By initiator and responder.
    Peers,
    /// By the products of both sides; where both are the same product, once.
    Product,
}

impl Table {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Verdict, Self::Stage, Self::Peers, Self::Product];

    /// Its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Verdict => "Negotiations by verdict",
            Self::Stage => "Negotiations by stage",
            Self::Peers => "Negotiations by pair of peers",
            Self::Product => "Negotiations by product",
        }
    }
}

/// A negotiation counts once in this row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The table.
    pub table: Table,
    /// Name of the row.
    pub row: String,
}

/// The rows a negotiation counts in.
pub(crate) fn counts(story: &Story<'_>) -> Vec<Count> {
    let case = &story.case;
    let verdict = story.judgement.verdict(case);
    let rule = verdict.rule;
    let mut rows = vec![
        (Table::Verdict, rule.title.to_owned()),
        (
            Table::Stage,
            match rule.class {
                Class::Failure => verdict.stage.name(),
                other => other.state(),
            }
            .to_owned(),
        ),
        (
            Table::Peers,
            format!("{} -> {}", case.n.initiator.address, case.n.responder.address),
        ),
    ];
    let mut products: Vec<&str> = [Role::Initiator, Role::Responder]
        .into_iter()
        .filter_map(|role| case.product(role))
        .filter(|p| *p != Product::Other)
        .map(words::product)
        .collect();
    products.dedup();
    if products.is_empty() {
        products.push("unknown");
    }
    rows.extend(products.into_iter().map(|p| (Table::Product, p.to_owned())));
    rows.into_iter()
        .map(|(table, row)| Count { table, row })
        .collect()
}
