//! A cause as files tell it, and the clauses it is told in.

use super::files::Files;
use crate::diagnosis::{Basis, Case, Finding, RuleId, Security, Step, words};
use crate::negotiation::offer::{Attribute, Suite};
use crate::negotiation::{Role, Version, exchange};
use crate::policy::{Belongs, Cause, Kind, Lined, Policy};
use crate::rules::cookbook::{self, Topic, Topic as T};
use crate::rules::{
    address_assignment_failed, authentication_failed, by_id, certificate_rejected, eap_failed, l2tp_no_reply,
    ppp_failed, psk_mismatch, psk_missing, responder_failure, xauth_failed,
};

/// How sure a configuration makes where a product's default stands in for what it leaves out, where its layout was not verified,
/// or where its side is guessed from its role: it is possible.
pub(super) const ASSUMED: f64 = 0.6;

/// A line of a configuration to change. A log is evidence, never a place to edit.
pub(super) struct Edit {
    file: String,
    line: u32,
    kind: Kind,
    /// The value there, and the one that fits.
    values: Option<(String, String)>,
}

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
    /// The line of a configuration to change.
    pub(super) edit: Option<Edit>,
    /// What else it may be.
    pub(super) alternatives: Vec<RuleId>,
    /// What a log says.
    pub(super) cause: Option<Cause>,
}

impl Told {
    /// A cause on this side.
    pub(super) fn new(side: Role, id: RuleId, confidence: f64, quote: String) -> Self {
        Self {
            id,
            attributes: Vec::new(),
            side,
            confidence,
            quote,
            more: None,
            edit: None,
            alternatives: Vec::new(),
            cause: None,
        }
    }

    /// To be changed in this line of a configuration; what a command printed of it is evidence.
    pub(super) fn edited(mut self, p: &Policy, line: u32) -> Self {
        let (file, line) = p.place(line);
        if !p.is_log() && !matches!(p.kind, Kind::Output(_)) && line > 0 {
            self.edit = Some(Edit {
                file: file.to_owned(),
                line,
                kind: p.kind,
                values: None,
            });
        }
        self
    }

    /// From the value that stands there to the one that fits, where it is known whole.
    pub(super) fn valued(mut self, from: String, to: String) -> Self {
        if let Some(edit) = &mut self.edit {
            edit.values = Some((from, to));
        }
        self
    }

    /// The line to change, where it is known.
    pub(super) fn line(&self) -> Option<u32> {
        self.edit.as_ref().map(|edit| edit.line)
    }

    /// What to change: on this side as the file is written, and what of the packets' own steps the other side can do instead.
    pub(super) fn steps(&self, case: &Case<'_>, wire: &Finding) -> Vec<Step> {
        use RuleId as R;
        let (side, other) = (self.side, words::peer(case, self.side.other()));
        let began_aggressive = case.n.step(exchange::AGGRESSIVE, 1).is_some();
        let (topic, what) = match self.id {
            R::IkeProposalMismatch => (
                T::IkeProposal,
                format!("allow a combination that {other} offers, the strongest it can."),
            ),
            R::ChildProposalMismatch => (
                T::EspProposal,
                format!("allow a combination that {other} offers, the strongest it can."),
            ),
            R::PfsMismatch => (
                T::Pfs,
                format!("set the PFS group that {other} asks for, or none on both sides."),
            ),
            R::EncapsulationMismatch => (T::ChildMode, format!("set the mode that {other} asks for.")),
            R::SelectorMismatch => (
                T::Selectors,
                format!("make the traffic selectors the mirror image of those of {other}."),
            ),
            R::IdentityRejected => (
                T::PeerIdentity,
                format!("expect the identity that {other} sends, in value and type."),
            ),
            R::AuthMethodMismatch => (
                T::AuthMethod,
                format!("accept the authentication method that {other} uses."),
            ),
            R::NoMatchingConnection => (T::Connection, format!("add (or load) a connection for {other}.")),
            // The side that begins Aggressive Mode is the one to change.
            R::ModeMismatch if began_aggressive => {
                return vec![Step::on(case, Role::Initiator, "use Main Mode, or better IKEv2.")];
            }
            R::ModeMismatch => (
                T::Mode,
                "accept Main Mode, or use IKEv2 on both sides.".to_owned(),
            ),
            R::VersionMismatch => (
                T::IkeVersion,
                format!("accept {} for {other}.", case.n.version.name()),
            ),
            _ => {
                // What can be read in the packets of the same cause is at least as exact.
                let same = wire.rule.id == self.id && wire.basis != Basis::Inferred;
                if same && !wire.steps.is_empty() {
                    return wire.steps.clone();
                }
                return self.known(case).unwrap_or_else(|| {
                    vec![Step::on(
                        case,
                        side,
                        begun_small(by_id(self.id).documentation.fix),
                    )]
                });
            }
        };
        let mut steps = vec![self.step(case, topic, what)];
        if self.id == R::VersionMismatch && case.n.version == Version::V1 {
            let better = Step::on(
                case,
                Role::Initiator,
                "use IKEv2, if it can (L2TP clients cannot).",
            );
            steps.insert(0, better.security(Security::Stronger));
        }
        steps.extend(self.kept(wire));
        steps
    }

    /// What no line of a configuration shows: keys, certificates, users and services. The rule that finds the same in the packets knows
    /// what to change.
    fn known(&self, case: &Case<'_>) -> Option<Vec<Step>> {
        use RuleId as R;
        Some(match (self.id, self.cause) {
            (R::PskMismatch, _) => psk_mismatch::steps(case).into(),
            (R::PskMissing, _) => vec![psk_missing::step(case, self.side)],
            (R::CertificateRejected, _) => {
                let attribute = self.attributes.first().copied().unwrap_or("certificate");
                certificate_rejected::steps(case, self.side, attribute)
            }
            (R::AuthenticationFailed, Some(Cause::PskDiffers)) => {
                authentication_failed::steps_for_keys(case).into()
            }
            (R::AuthenticationFailed, Some(Cause::OwnKey)) => {
                vec![authentication_failed::step_for_own_key(case, self.side)]
            }
            (R::EapFailed, Some(Cause::EapMethod)) => eap_failed::steps_for_method(case).into(),
            (R::EapFailed, Some(Cause::Radius)) => {
                let [server, _] = eap_failed::steps_for_radius(case);
                vec![server]
            }
            (R::EapFailed, _) => eap_failed::steps(case).into(),
            (R::XauthFailed, _) => xauth_failed::steps(case).into(),
            (R::ChildRefused | R::ResponderFailure, Some(Cause::Install)) => {
                vec![responder_failure::step_for_kernel(case, self.side)]
            }
            (R::AddressAssignmentFailed, _) => vec![address_assignment_failed::step(case, Role::Responder)],
            (R::PppFailed, Some(Cause::Login)) => ppp_failed::steps_for_login(case, Role::Responder).into(),
            (R::PppFailed, _) => ppp_failed::steps_for_settings(case).into(),
            (R::L2tpNoReply, Some(Cause::L2tp)) => {
                vec![l2tp_no_reply::step_for_refusal(case, Role::Responder)]
            }
            (R::L2tpNoReply, _) => l2tp_no_reply::steps_for_silence(case).into(),
            _ => return None,
        })
    }

    /// The packets' own steps for the other side and the path, where the file says the same as they do.
    fn kept(&self, wire: &Finding) -> impl Iterator<Item = Step> {
        let same = wire.rule.id == self.id && self.id != RuleId::VersionMismatch;
        let others = wire
            .steps
            .iter()
            .filter(|step| same && step.role() != Some(self.side));
        others.cloned().collect::<Vec<_>>().into_iter()
    }

    fn step(&self, case: &Case<'_>, topic: Topic, what: String) -> Step {
        let side = self.side;
        let Some(edit) = &self.edit else {
            return cookbook::on(case, side, topic, what);
        };
        let to = edit.values.as_ref().map(|(_, to)| to.clone());
        let set = to
            .as_ref()
            .map_or_else(String::new, |to| format!(" New value: {to}."));
        let place = format!("{} line {}", edit.file, edit.line);
        let text = format!("On {}, {place}: {what}{set}", words::peer(case, side));
        let mut step = Step::of(case, side, text);
        (step.file, step.line) = (Some(edit.file.clone()), Some(edit.line));
        step.from = edit.values.as_ref().map(|(from, _)| from.clone());
        step.to = to;
        cookbook::in_file(case, edit.kind, topic, step)
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
        Kind::Configuration(what) | Kind::Output(what) => format!("{what} {name}, line {line}"),
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

/// `Enter the key` -> `enter the key`: it goes on after a colon. Abbreviations stay.
fn begun_small(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => sentence.to_owned(),
    }
}

/// The difference of a group alone is a matter of PFS.
pub(super) fn child_id(differs: &[Attribute]) -> RuleId {
    if differs == [Attribute::DhGroup] {
        RuleId::PfsMismatch
    } else {
        RuleId::ChildProposalMismatch
    }
}
