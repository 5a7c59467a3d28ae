//! The combination of algorithms that two sides can have in common, and the step of one side that makes it so.

use super::advice::Topic;
use super::change::At;
use super::how;
use super::libreswan;
use super::manual::{manuals, of_file, spelling_of};
use super::spelling::{List, Spelling};
use crate::diagnosis::{Case, Security, Step, words};
use crate::negotiation::offer::{Attribute, Choice, Suite};
use crate::negotiation::{Role, Version, exchange};
use crate::policy::{Combination, Proposal, Purpose, Strength};
use crate::wire::code::number::protocol;
use crate::wire::vendor::Product;

/// The list of a configuration that was given.
pub(crate) struct Given<'a> {
    /// Where it stands.
    pub(crate) at: At<'a>,
    /// What that line lists.
    pub(crate) proposals: Vec<&'a Proposal>,
}

impl Given<'_> {
    /// Strength of the weakest proposal, where all are known.
    fn weakest(&self) -> Option<Strength> {
        let strength = |p: &&Proposal| {
            let suite = p.whole.then(|| p.suite(Version::V2, None))?;
            Some(Combination::strongest_of(&suite, p.purpose, &|_| true)?.strength())
        };
        let all: Option<Vec<Strength>> = self.proposals.iter().map(strength).collect();
        all?.into_iter().min()
    }
}

/// What one side has to take so that both have it in common: the strongest one of what the other side has, as far as its product can.
pub(crate) struct Common<'a> {
    role: Role,
    version: Version,
    topic: Topic,
    /// What both will have.
    pub(crate) combination: Combination,
    given: Option<Given<'a>>,
    spelling: Option<(&'static str, &'static Spelling)>,
    /// How strong the weakest is that this side allows now, where all of it is known.
    now: Option<Strength>,
}

impl<'a> Common<'a> {
    /// `others`: what the other side offers, or allows. `None` where this side's product cannot take any of it, cannot be set at all,
    /// or has it already.
    pub(crate) fn of(
        case: &Case<'_>,
        role: Role,
        topic: Topic,
        others: &[Suite],
        given: Option<Given<'a>>,
    ) -> Option<Self> {
        let version = case.n.version;
        let purpose = match topic {
            Topic::IkeProposal => Purpose::Ike,
            _ if others.iter().all(|s| s.protocol == protocol::AH) => Purpose::Ah,
            _ => Purpose::Esp,
        };
        let product = case.product(role);
        let spelling = match &given {
            Some(given) => spelling_of(given.at.kind, given.at.product.or(product)),
            None => product.and_then(|product| {
                let manual = manuals(product).first()?;
                Some((words::product(product), manual.spelling?))
            }),
        };
        // What a product has no setting for is set on the other side.
        let fixed = |product| manuals(product).iter().all(|m| m.find(topic, version).is_none());
        if given.is_none() && product.is_some_and(|p| !manuals(p).is_empty() && fixed(p)) {
            return None;
        }
        let takes = |c: &Choice| spelling.is_none_or(|(_, s)| (s.word)(c, purpose, version).is_some());
        let combination = Combination::strongest(others, purpose, &takes)?;
        let common = Self {
            role,
            version,
            topic,
            combination,
            now: given.as_ref().and_then(Given::weakest),
            given,
            spelling,
        };
        (!common.has_it()).then_some(common)
    }

    /// It stands there already: something else differs.
    fn has_it(&self) -> bool {
        let (new, given) = (&self.combination, self.given.as_ref());
        let holds = |p: &&Proposal| {
            let all = new.choices.iter().all(|c| p.choices.contains(c));
            let wants_more = |c: &Choice| !is_free(c) && new.of(c.attribute).is_none();
            p.whole && all && !p.choices.iter().any(wants_more)
        };
        given.is_some_and(|given| given.proposals.iter().any(holds))
    }

    /// It is weaker than all that stands there now; by itself, where that is not known.
    fn is_weaker(&self) -> bool {
        let new = self.combination.strength();
        self.now
            .map_or(!new.is_up_to_date(), |now| new.level() < now.level())
    }

    /// What this does to security against what stands there now.
    fn security(&self) -> Option<Security> {
        if self.is_weaker() {
            return Some(Security::Weaker);
        }
        let stronger = self.combination.strength().level() > self.now?.level();
        Some(if stronger {
            Security::Stronger
        } else {
            Security::Same
        })
    }

    /// Both lists as this product writes them, without and with the combination.
    fn lists(&self, case: &Case<'_>) -> Option<[List; 2]> {
        let (_, spelling) = self.spelling?;
        let new = spelling.spell(&self.combination.proposal(), self.version)?;
        let given = self.given.as_ref().map_or(&[][..], |given| &given.proposals);
        // What its defaults add is not written.
        let written = given.iter().filter(|p| p.assumed.is_empty());
        let proposals: Option<Vec<_>> = written.map(|p| spelling.spell(p, self.version)).collect();
        let now = List {
            proposals: proposals?,
            strict: !given.is_empty() && given.iter().all(|p| p.assumed.is_empty()),
        };
        let mut all = now.clone();
        // The group of Aggressive Mode, and of Quick Mode, is that of its first message (RFC 2409 5.4, 5.5). Libreswan takes one proposal
        // alone in Aggressive Mode (conn/aggressive.xml), and one group in esp= (lib/libswan/proposals.c).
        let aggressive = case.n.step(exchange::AGGRESSIVE, 1).is_some();
        let child = self.topic != Topic::IkeProposal;
        let libreswan = std::ptr::eq(spelling, &raw const libreswan::SPELLING);
        let other_group = child && now.iter().any(|s| s.groups != new.groups);
        let alone = match self.role {
            Role::Initiator => aggressive || other_group && (libreswan || self.version == Version::V1),
            Role::Responder => libreswan && (aggressive || other_group),
        };
        if alone {
            all.proposals.clear();
        }
        all.proposals.push(new);
        Some([now, all])
    }

    /// The step.
    pub(crate) fn step(&self, case: &Case<'_>, or: bool) -> Step {
        let (side, other) = (words::peer(case, self.role), words::peer(case, self.role.other()));
        let (does, has) = match self.role {
            Role::Responder => ("allow", "offers"),
            Role::Initiator => ("offer", "allows"),
        };
        let purpose = self.combination.purpose;
        let lists = self.lists(case);
        let lines = (self.spelling.as_ref())
            .zip(lists.as_ref())
            .and_then(|((_, spelling), [_, all])| (spelling.lines)(all, purpose, self.version));
        let place = match &self.given {
            Some(given) => format!(", {} line {}", given.at.file, given.at.line),
            None => String::new(),
        };
        let on = if or { "Or on" } else { "On" };
        let what = format!(
            "{on} {side}{place}: {does} {}, which {other} {has}.",
            self.combination.line(self.version)
        );
        let mut step = Step::of(case, self.role, what);
        let how = match (&lines, self.spelling) {
            (Some(lines), Some((name, _))) if self.given.is_none() => {
                Some(format!("In {name}: {}.", lines.join("; ")))
            }
            (Some(lines), _) => Some(format!("Set {}.", lines.join("; "))),
            // Nothing to type whole: what to add is part of the sentence.
            (None, Some(_)) => {
                step.text.push_str(&self.added(case).unwrap_or_default());
                None
            }
            (None, None) => self.named(case).or_else(|| self.examples()),
        };
        if let Some(how) = how {
            step = step.told(&how);
        }
        if self.is_weaker() {
            let what = if self.combination.strength().is_up_to_date() {
                "weaker than what is there now"
            } else {
                "deprecated"
            };
            step.text.push_str(&format!(
                " That is {what}: take it out again once {other} can do better."
            ));
        }
        if let Some(given) = &self.given {
            (step.file, step.line) = (Some(given.at.file.to_owned()), Some(given.at.line));
        }
        if let Some((name, _)) = self.spelling {
            step.product = Some(name);
        }
        step.setting = self.setting(case);
        if let (Some((_, spelling)), Some([now, all])) = (self.spelling, lists) {
            step.to = (spelling.value)(&all, purpose);
            step.from = (spelling.value)(&now, purpose).filter(|_| self.given.is_some());
        }
        step.lines = lines.unwrap_or_default();
        step.security = self.security();
        step
    }

    /// What the other side is to be able to do next, if this one has to take something weaker for now; none where the other side's
    /// product cannot.
    fn raised(&self, case: &Case<'_>) -> Option<Step> {
        let role = self.role.other();
        let product = case.product(role);
        let fixed = product.is_some_and(|p| manuals(p).iter().any(|m| m.is_fixed(self.topic, self.version)));
        if !self.is_weaker() || fixed {
            return None;
        }
        let does = match role {
            Role::Responder => "allow",
            Role::Initiator => "offer",
        };
        let group = match self.combination.purpose {
            Purpose::Ike => " and group 14 or better",
            Purpose::Esp | Purpose::Ah => "",
        };
        let other = words::peer(case, role);
        let text =
            format!("Then on {other}: {does} AES-256 with SHA2-256{group}, so that this can be undone.");
        let step = Step::of(case, role, text).security(Security::Stronger);
        Some(how(case, self.topic, step))
    }

    /// The setting's name in this product.
    fn setting(&self, case: &Case<'_>) -> Option<String> {
        let manual = match &self.given {
            Some(given) => {
                of_file(given.at.kind, given.at.product.or(case.product(self.role))).map(|(_, manual)| manual)
            }
            None => manuals(case.product(self.role)?).first().copied(),
        };
        let advice = manual?.find(self.topic, self.version)?;
        (!advice.setting.is_empty()).then(|| advice.setting.to_owned())
    }

    /// What to add to a list that is not known whole.
    fn added(&self, case: &Case<'_>) -> Option<String> {
        let (_, spelling) = self.spelling?;
        let list = List {
            proposals: vec![spelling.spell(&self.combination.proposal(), self.version)?],
            strict: false,
        };
        let value = (spelling.value)(&list, self.combination.purpose)?;
        Some(format!(" Add {value} to {}.", self.setting(case)?))
    }

    /// Where a product sets it that is known, but not how it writes algorithms.
    fn named(&self, case: &Case<'_>) -> Option<String> {
        let product = case.product(self.role)?;
        let manual = manuals(product).first()?;
        let advice = manual.find(self.topic, self.version)?;
        Some(format!(
            "In {}: {}.",
            words::product(product),
            manual.words(advice)
        ))
    }

    /// How the commonest open daemons are told, where the product is not known.
    fn examples(&self) -> Option<String> {
        let one = |product| {
            let manual = manuals(product).first()?;
            let spelling = manual.spelling?;
            let new = spelling.spell(&self.combination.proposal(), self.version)?;
            let list = List {
                proposals: vec![new],
                strict: false,
            };
            let lines = (spelling.lines)(&list, self.combination.purpose, self.version)?;
            Some(format!(
                "{} ({}): {}",
                words::product(product),
                manual.file,
                lines.join("; ")
            ))
        };
        let known: Vec<String> = [Product::StrongSwan, Product::Libreswan]
            .into_iter()
            .filter_map(one)
            .collect();
        (!known.is_empty()).then(|| format!("For example {}.", known.join(", ")))
    }
}

/// A kind of choice that a proposal need not make.
fn is_free(c: &Choice) -> bool {
    matches!(
        c.attribute,
        Attribute::Esn | Attribute::AuthMethod | Attribute::Prf
    )
}

/// Steps of both sides for one combination in common, the stronger one first: the other one is another way.
pub(crate) fn either(case: &Case<'_>, [first, second]: [Option<Common<'_>>; 2]) -> Vec<Step> {
    let mut all: Vec<Common<'_>> = [first, second].into_iter().flatten().collect();
    all.sort_by_key(|common| {
        (
            common.is_weaker(),
            std::cmp::Reverse(common.combination.strength()),
        )
    });
    let mut steps: Vec<Step> = all
        .iter()
        .enumerate()
        .map(|(at, common)| common.step(case, at > 0))
        .collect();
    // Broaden, then harden: where only a weaker one can be shared today, what to raise next.
    if let [only] = all.as_slice() {
        steps.extend(only.raised(case));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Kind;

    /// What a product's default is was not read: nothing is stronger than that, or weaker.
    #[test]
    fn how_strong_a_default_is_is_not_known() {
        let known = Proposal::new(Purpose::Ike, ["aes256", "sha256", "modp2048"], &[]);
        let default = Proposal::new(Purpose::Ike, ["what-is-not-known"], &[]);
        let at = At {
            file: "swanctl.conf",
            line: 6,
            kind: Kind::Named("swanctl.conf"),
            product: None,
        };
        let weakest = |proposals| Given { at, proposals }.weakest();
        assert!(weakest(vec![&known]).is_some());
        assert!(weakest(vec![&known, &default]).is_none());
    }
}
