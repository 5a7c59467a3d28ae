//! What differs between what is offered and what is allowed.

use super::work::{SUITES, Work};
use crate::negotiation::offer::{Attribute, Attributes, Plain, Suite};

/// What differs between offers and what is allowed: the nearest pair.
pub(crate) fn nearest_suites(offered: &[Suite], allowed: &[Suite]) -> Option<(Vec<Attribute>, Suite, Suite)> {
    nearest_suites_within(&Work::new(), offered, allowed)
}

/// The same, as far as there is work left.
pub(crate) fn nearest_suites_within(
    work: &Work,
    offered: &[Suite],
    allowed: &[Suite],
) -> Option<(Vec<Attribute>, Suite, Suite)> {
    let plain = |list: &[Suite]| list.iter().map(Plain::of).collect::<Vec<_>>();
    let (mine, theirs) = (plain(offered), plain(allowed));
    let mut best: Option<(Attributes, &Suite, &Suite)> = None;
    for (o, offered) in mine.iter().zip(offered) {
        for (a, allowed) in theirs.iter().zip(allowed) {
            if !work.takes(SUITES) {
                break;
            }
            let differs = o.differs_from_settings(a);
            if best.is_none_or(|(before, ..)| differs.weight() < before.weight()) {
                best = Some((differs, offered, allowed));
            }
        }
    }
    best.map(|(differs, o, a)| (differs.iter().collect(), o.clone(), a.clone()))
}
