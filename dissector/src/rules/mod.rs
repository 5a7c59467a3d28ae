//! One diagnosis, one file. [`RULES`] is the registry from which expert items, `explain` and the reference derive.
//!
//! A rule is a pure function of a [`Case`]: facts of one negotiation and what the capture teaches about its peers. It
//! gives a [`Finding`] or nothing. [`judge`] ranks what was found into one verdict.

mod address_assignment_failed;
mod auth_method_mismatch;
mod authentication_failed;
mod capture_incomplete;
mod certificate_rejected;
mod child_error;
mod child_proposal_mismatch;
mod child_refused;
mod cookbook;
mod decryption_key_wrong;
mod deleted_early;
mod eap_failed;
mod encapsulation_mismatch;
mod esp_blocked;
mod esp_integrity_interop;
mod established;
pub mod facts;
mod fifth_message;
mod fragments_lost;
mod identity_rejected;
mod identity_type;
mod ike_proposal_mismatch;
mod ike_refused;
pub(crate) mod imported;
mod in_progress;
mod key_exchange_mismatch;
mod l2tp_cleartext;
mod l2tp_no_reply;
mod lifetime_differs;
#[cfg(test)]
pub(crate) mod made;
mod mode_mismatch;
mod nat_client_conflict;
mod nat_detected;
mod nat_server_policy;
mod no_matching_connection;
mod no_response;
mod offer_too_long;
mod other_protocol_claims_frame;
mod path_mtu;
mod peer_dead;
mod peer_unreachable;
mod pfs_mismatch;
mod pfs_untested;
mod port_4500_blocked;
mod ppp_failed;
mod psk_mismatch;
mod psk_missing;
mod refusal;
mod refused_proof;
mod rekey_failed;
mod responder_failure;
mod retransmission;
mod return_path_blocked;
pub(crate) mod scan;
mod selector_mismatch;
mod start_not_captured;
mod unanswered;
mod version_mismatch;
mod weak_algorithm;
mod xauth_failed;

use crate::negotiation::knowledge::{Beside, Host, Knowledge};
use crate::negotiation::offer::Attribute;
use crate::negotiation::tracker::{FrameKind, FrameRecord, Tracker};
use crate::negotiation::{Event, Negotiation, Place, Role, exchange};
use crate::session::Pass;
use crate::wire::vendor::Product;
use crate::wording;
use facts::Facts;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};
use thin_vec::ThinVec;

/// All rules. An index into it never changes its meaning within one build.
pub static RULES: &[&Rule] = &[
    &established::RULE,
    &in_progress::RULE,
    &start_not_captured::RULE,
    &scan::RULE,
    // contact
    &no_response::RULE,
    &peer_unreachable::RULE,
    &return_path_blocked::RULE,
    &port_4500_blocked::RULE,
    &fragments_lost::RULE,
    // ike-sa
    &version_mismatch::RULE,
    &mode_mismatch::RULE,
    &ike_proposal_mismatch::RULE,
    &no_matching_connection::RULE,
    &key_exchange_mismatch::RULE,
    &ike_refused::RULE,
    // auth
    &psk_mismatch::RULE,
    &psk_missing::RULE,
    &identity_rejected::RULE,
    &auth_method_mismatch::RULE,
    &certificate_rejected::RULE,
    &eap_failed::RULE,
    &xauth_failed::RULE,
    &authentication_failed::RULE,
    // child-sa
    &child_proposal_mismatch::RULE,
    &pfs_mismatch::RULE,
    &selector_mismatch::RULE,
    &encapsulation_mismatch::RULE,
    &address_assignment_failed::RULE,
    &child_refused::RULE,
    &responder_failure::RULE,
    // rekey
    &rekey_failed::RULE,
    &peer_dead::RULE,
    &deleted_early::RULE,
    // esp
    &esp_blocked::RULE,
    &esp_integrity_interop::RULE,
    &path_mtu::RULE,
    &nat_client_conflict::RULE,
    &nat_server_policy::RULE,
    // l2tp
    &l2tp_cleartext::RULE,
    &l2tp_no_reply::RULE,
    &ppp_failed::RULE,
    // notes
    &lifetime_differs::RULE,
    &weak_algorithm::RULE,
    &pfs_untested::RULE,
    &nat_detected::RULE,
    &identity_type::RULE,
    &retransmission::RULE,
    &offer_too_long::RULE,
    &capture_incomplete::RULE,
    &decryption_key_wrong::RULE,
    &other_protocol_claims_frame::RULE,
];

/// The rule of an id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Where a negotiation stands or failed. The order is that of a negotiation's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the contract's
pub enum Stage {
    Contact,
    IkeSa,
    Auth,
    ChildSa,
    Rekey,
    Esp,
    L2tp,
    Up,
}

impl Stage {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::IkeSa => "ike-sa",
            Self::Auth => "auth",
            Self::ChildSa => "child-sa",
            Self::Rekey => "rekey",
            Self::Esp => "esp",
            Self::L2tp => "l2tp",
            Self::Up => "up",
        }
    }
}

/// How loud a finding is in Wireshark's expert information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Wireshark's names
pub enum Severity {
    Chat,
    Note,
    Warning,
    Error,
}

/// What a rule's findings may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Worth knowing, never the verdict.
    Note,
    /// Holds when nothing better is known.
    Open,
    /// The negotiation did what it should.
    Good,
    /// It failed.
    Failure,
    /// It was never meant to succeed.
    Probe,
}

impl Class {
    /// What became of a negotiation with such a verdict, in a word.
    #[must_use]
    pub fn state(self) -> &'static str {
        match self {
            Self::Failure => "failed",
            Self::Good => "up",
            Self::Probe => "probe",
            Self::Open | Self::Note => "open",
        }
    }
}

/// What a statement rests on (contract, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// The bytes say so.
    Observed,
    /// Decrypted bytes say so.
    Decrypted,
    /// Lengths, directions, timing, retransmissions, what follows.
    Inferred,
    /// A configuration or log the user gave.
    Imported,
    /// Another negotiation in the same capture.
    Learned,
    /// A product's known default.
    StackDefault,
}

impl Basis {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Decrypted => "decrypted",
            Self::Inferred => "inferred",
            Self::Imported => "imported",
            Self::Learned => "learned",
            Self::StackDefault => "stack-default",
        }
    }
}

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the contract's
pub enum Blame {
    Initiator,
    Responder,
    Either,
    Path,
    Nobody,
}

impl Blame {
    /// The contract's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
            Self::Either => "either",
            Self::Path => "path",
            Self::Nobody => "nobody",
        }
    }
}

/// What a user can look up about a rule. A rule without all of it cannot be written.
#[derive(Debug)]
pub struct Documentation {
    /// What it means.
    pub means: &'static str,
    /// What it looks like on the wire.
    pub evidence: &'static str,
    /// Why it happens.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// What it must not be confused with.
    pub not: &'static str,
    /// RFC sections, sources of stacks, the lab.
    pub references: &'static [&'static str],
}

/// A rule's registration.
#[derive(Debug)]
pub struct Rule {
    /// Id of the contract.
    pub id: &'static str,
    /// Stage of the verdict.
    pub stage: Stage,
    /// Severity.
    pub severity: Severity,
    /// What its findings may become.
    pub class: Class,
    /// The same for all occurrences, so that counts aggregate.
    pub title: &'static str,
    /// Its documentation.
    pub documentation: Documentation,
    /// Without all facts of one of these sets it finds nothing.
    pub needs: &'static [Facts],
    /// Its findings may be [settled](Finding::settled), so that they can be said while a capture is read.
    pub settles: bool,
    /// The check.
    pub check: fn(&Case<'_>) -> Option<Finding>,
}

/// What a rule sees.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The negotiation.
    pub n: &'a Negotiation,
    /// What the capture teaches.
    pub knowledge: &'a Knowledge,
    /// All negotiations, for [`Case::siblings`].
    pub(crate) tracker: &'a Tracker,
    /// Time of the last packet of the capture so far, nanoseconds.
    pub end: i64,
    /// Files count whose side is a guess.
    pub(crate) guesses: bool,
}

impl<'a> Case<'a> {
    /// Other negotiations between the same two addresses, earlier ones first.
    pub fn siblings(&self) -> impl DoubleEndedIterator<Item = &'a Negotiation> {
        self.tracker.siblings(self.n).filter(|n| n.is_ike())
    }

    /// The initiator's offer beside what the capture shows elsewhere that the responder accepts.
    pub(crate) fn beside(&self) -> Option<Arc<Beside>> {
        let Negotiation { version, stream, .. } = *self.n;
        self.knowledge
            .beside(self.n.offer()?, self.n.responder.host, version, stream)
    }

    /// The same with files whose side is a guess.
    pub(crate) fn guessing(&self) -> Self {
        Self {
            guesses: true,
            ..*self
        }
    }

    /// Seconds from the last copy of a message to the end of the capture.
    #[must_use]
    pub fn quiet_after(&self, event: &Event) -> f64 {
        seconds(self.end.saturating_sub(event.last_time()))
    }

    /// What is known of a side's address from the whole capture.
    #[must_use]
    pub fn host(&self, role: Role) -> Option<&Host> {
        self.knowledge.host(self.n.peer(role).host)
    }

    /// A side's product: by its Vendor ID here, or in another negotiation of the capture.
    #[must_use]
    pub fn product(&self, role: Role) -> Option<Product> {
        self.n.peer(role).product.or_else(|| self.host(role)?.product)
    }

    /// Nobody can wait for an answer that long: the message was repeated, or the capture went on for five seconds.
    #[must_use]
    pub fn given_up(&self, event: &Event) -> bool {
        event.repeat_count() > 0 || self.quiet_after(event) >= 5.0
    }
}

/// Nanoseconds in seconds.
#[must_use]
pub fn seconds(nanoseconds: i64) -> f64 {
    // Captures last years at most: far below the 52 bits a double keeps.
    #[allow(clippy::cast_precision_loss)]
    let n = nanoseconds as f64;
    n / 1e9
}

/// One thing worth telling about a negotiation. It cannot be made without evidence.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The frame that completes the evidence.
    pub frame: u32,
    /// Nothing that follows `frame` can take it back; otherwise only the end of the capture decides.
    pub settled: bool,
    /// What proves it; never empty, the deciding place first.
    pub evidence: SmallVec<[Place; 2]>,
    /// 0 to 1, calibrated.
    pub confidence: f64,
    /// What it rests on.
    pub basis: Basis,
    /// Who has to change something.
    pub blame: Blame,
    /// What differs.
    pub attributes: ThinVec<&'static str>,
    /// Other verdicts the evidence allows, likeliest first.
    pub alternatives: ThinVec<&'static str>,
    texts: Option<Box<Texts>>,
}

/// What a [`Finding`] says. It is read as if it stood in the finding itself; of one that was made in silence, all of it is empty.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// One plain sentence.
    pub summary: String,
    /// The reasoning.
    pub explanation: String,
    /// What to change.
    pub fixes: Vec<String>,
    /// What would settle it.
    pub next_evidence: String,
}

static SILENCE: LazyLock<Texts> = LazyLock::new(Texts::default);

impl Deref for Finding {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        match &self.texts {
            Some(texts) => texts,
            None => &SILENCE,
        }
    }
}

impl DerefMut for Finding {
    fn deref_mut(&mut self) -> &mut Texts {
        self.texts.get_or_insert_default()
    }
}

impl Finding {
    /// A finding of this rule, decided in a frame.
    #[must_use]
    pub fn new(rule: &'static Rule, decided: Place, summary: impl Into<String>) -> Self {
        Self {
            rule,
            frame: decided.frame,
            settled: false,
            evidence: smallvec![decided],
            confidence: 0.5,
            basis: Basis::Inferred,
            blame: Blame::Either,
            attributes: ThinVec::new(),
            alternatives: ThinVec::new(),
            texts: (!wording::silent()).then(|| {
                Box::new(Texts {
                    summary: summary.into(),
                    ..Texts::default()
                })
            }),
        }
    }

    /// The same finding as rules make it in silence.
    #[must_use]
    pub fn without_texts(&self) -> Self {
        Self {
            texts: None,
            ..self.clone()
        }
    }

    /// The same finding without a word that comes from the capture.
    fn in_general_words(self) -> Self {
        let d = &self.rule.documentation;
        let texts = Texts {
            summary: format!("{}.", self.rule.title),
            explanation: format!("{} {}", d.means, d.why),
            fixes: vec![d.fix.to_owned(); self.fixes.len()],
            next_evidence: String::new(),
        };
        Self {
            texts: Some(Box::new(texts)),
            ..self
        }
    }

    /// It may be said in this pass: while a capture is first read only what nothing later can take back.
    #[must_use]
    pub fn sayable(&self, pass: Pass) -> bool {
        self.settled || pass == Pass::Again
    }

    /// Sets how sure it is, and what that rests on.
    #[must_use]
    pub fn sure(mut self, confidence: f64, basis: Basis) -> Self {
        self.confidence = confidence;
        self.basis = basis;
        self
    }

    /// Nothing that follows can take it back.
    #[must_use]
    pub fn settled(mut self, settled: bool) -> Self {
        self.settled = settled;
        self
    }

    /// Sets who has to change something.
    #[must_use]
    pub fn blame(mut self, blame: Blame) -> Self {
        self.blame = blame;
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn with(mut self, places: impl IntoIterator<Item = Place>) -> Self {
        for p in places {
            if !self.evidence.iter().any(|e| e.frame == p.frame) {
                self.evidence.push(p);
            }
        }
        self
    }

    /// Names what differs.
    #[must_use]
    pub fn differs(mut self, attributes: &[Attribute]) -> Self {
        self.attributes = attributes.iter().map(|a| a.name()).collect();
        self
    }

    /// Names what differs where it is no part of a proposal: `identity`, `selectors`, `encapsulation`.
    #[must_use]
    pub fn attribute(mut self, name: &'static str) -> Self {
        self.attributes.push(name);
        self
    }

    /// Names what differs by the verdict's own meaning, where nothing more exact is known.
    fn named(self) -> Self {
        let name = match self.rule.id {
            _ if !self.attributes.is_empty() => return self,
            "version-mismatch" => "version",
            "mode-mismatch" => "mode",
            "auth-method-mismatch" => "auth-method",
            "identity-rejected" => "identity",
            "selector-mismatch" => "selectors",
            "encapsulation-mismatch" => "encapsulation",
            "pfs-mismatch" => "dh-group",
            _ => return self,
        };
        self.attribute(name)
    }

    /// Names other verdicts the evidence allows.
    #[must_use]
    pub fn or(mut self, alternatives: &[&'static str]) -> Self {
        for &a in alternatives {
            if a != self.rule.id && !self.alternatives.contains(&a) {
                self.alternatives.push(a);
            }
        }
        self
    }

    /// The reasoning.
    #[must_use]
    pub fn because(mut self, explanation: impl Into<String>) -> Self {
        if !wording::silent() {
            self.explanation = explanation.into();
        }
        self
    }

    /// Adds ways to fix it.
    #[must_use]
    pub fn fix(mut self, fixes: impl IntoIterator<Item = String>) -> Self {
        if !wording::silent() {
            self.fixes.extend(fixes);
        }
        self
    }

    /// What would settle it.
    #[must_use]
    pub fn settle(mut self, next_evidence: impl Into<String>) -> Self {
        if !wording::silent() {
            self.next_evidence = next_evidence.into();
        }
        self
    }
}

/// What became of a negotiation, and the other findings.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict; `None` where no rule but `in-progress` has one, which is said so often that its text waits until
    /// somebody reads it.
    pub decided: Option<Finding>,
    /// Notes.
    pub notes: Vec<Finding>,
    /// The findings have their texts. Without, everything else of them is the same.
    pub worded: bool,
}

impl Judgement {
    /// The verdict on the case that was judged.
    #[must_use]
    pub fn verdict(&self, case: &Case<'_>) -> Cow<'_, Finding> {
        match &self.decided {
            Some(finding) => Cow::Borrowed(finding),
            None => Cow::Owned(in_progress::open(case)),
        }
    }

    /// This judgement of disguised facts, made to say what was found in the `real` ones: where a finding came out otherwise,
    /// because a pseudonym lacks what it rested on, the rule's general words stand for it.
    pub(crate) fn of_disguised(mut self, real: Option<Finding>, notes: &[Finding], case: &Case<'_>) -> Self {
        let same = |a: &Finding, b: &Finding| {
            std::ptr::eq(a.rule, b.rule)
                && a.frame == b.frame
                && a.attributes == b.attributes
                && a.alternatives == b.alternatives
                && a.fixes.len() == b.fixes.len()
        };
        let own = self.verdict(case).into_owned();
        self.decided = real.map(|real| {
            if same(&own, &real) {
                own
            } else {
                real.in_general_words()
            }
        });
        let mut found = std::mem::take(&mut self.notes).into_iter();
        self.notes = (notes.iter())
            .map(|real| {
                let own = found.find(|own| same(own, real));
                own.unwrap_or_else(|| real.clone().in_general_words())
            })
            .collect();
        self
    }

    /// The verdict, if it may be said in this pass.
    #[must_use]
    pub fn sayable(&self, case: &Case<'_>, pass: Pass) -> Option<Cow<'_, Finding>> {
        // An open end is never settled.
        let known = self.decided.is_some() || pass == Pass::Again;
        known
            .then(|| self.verdict(case))
            .filter(|verdict| verdict.sayable(pass))
    }
}

/// Runs all rules and ranks what they found: failures before successes before open ends, then by confidence, then the
/// earlier stage. Failures that lost become alternatives of the verdict.
#[must_use]
pub fn judge(case: &Case<'_>) -> Judgement {
    let mut notes = Vec::new();
    let mut best: Option<Finding> = None;
    let mut beaten: Vec<&'static str> = Vec::new();
    let rank = |f: &Finding| (f.rule.class, f.confidence, std::cmp::Reverse(f.rule.stage));
    for rule in worth_asking(case, u64::MAX) {
        let Some(finding) = (rule.check)(case) else {
            continue;
        };
        debug_assert!(!finding.settled || rule.settles, "{} settles", rule.id);
        if rule.class == Class::Note {
            notes.push(finding);
            continue;
        }
        let loser = match &best {
            Some(b) if rank(b) >= rank(&finding) => Some(finding.rule),
            _ => best.replace(finding).map(|before| before.rule),
        };
        beaten.extend(
            loser
                .filter(|rule| rule.class == Class::Failure)
                .map(|rule| rule.id),
        );
    }
    Judgement {
        decided: best.map(|verdict| imported::refine(case, verdict.or(&beaten)).named()),
        notes,
        worded: !wording::silent(),
    }
}

/// Each set of facts that suffices for rules to be asked, and their bits: one short list, because all of it is looked at with each
/// judgement. What no IKE spoke for is L2TP alone.
static SUFFICIENT: LazyLock<Vec<(Facts, u64)>> = LazyLock::new(|| {
    let mut sets: Vec<(Facts, u64)> = Vec::new();
    for (at, rule) in RULES.iter().enumerate() {
        let stage = match rule.stage {
            Stage::L2tp => Facts::NONE,
            _ => Facts::IKE,
        };
        for needs in rule.needs.iter().map(|needs| needs.and(stage)) {
            match sets.iter_mut().find(|(facts, _)| *facts == needs) {
                Some((_, rules)) => *rules |= 1 << at,
                None => sets.push((needs, 1 << at)),
            }
        }
    }
    sets
});

/// The rules whose findings may be settled, as bits.
static SETTLING: LazyLock<u64> = LazyLock::new(|| {
    let rules = RULES.iter().enumerate();
    rules.fold(0, |all, (at, rule)| all | u64::from(rule.settles) << at)
});

/// A bit for each rule.
const _: () = assert!(RULES.len() <= u64::BITS as usize);

/// The rules that may find something, in the order of [`RULES`], of those whose bits are set.
fn worth_asking(case: &Case<'_>, of: u64) -> impl Iterator<Item = &'static Rule> {
    let facts = Facts::of(case);
    let suffices = |needs: Facts, rules: u64| if facts.meet(needs) { rules } else { 0 };
    let mut asked = (SUFFICIENT.iter()).fold(0, |all, &(needs, rules)| all | suffices(needs, rules));
    #[cfg(debug_assertions)]
    for (at, rule) in RULES.iter().enumerate().filter(|_| case.n.is_ike()) {
        debug_assert!(
            asked >> at & 1 == 1 || (rule.check)(case).is_none(),
            "{} needs less than it says",
            rule.id
        );
    }
    asked &= of;
    std::iter::from_fn(move || {
        let at = asked.trailing_zeros();
        asked &= asked.wrapping_sub(1);
        RULES.get(at as usize).copied()
    })
}

/// A finding is settled in this frame. While a capture is read, nothing else is said of a frame; to know that there is nothing
/// takes less than a judgement.
#[must_use]
pub(crate) fn settles_in(case: &Case<'_>, frame: u32) -> bool {
    let settled = |rule: &Rule| (rule.check)(case).is_some_and(|f| f.settled && f.frame == frame);
    wording::silently(|| worth_asking(case, *SETTLING).any(settled))
}

/// Nothing can be said for good at such a message when it comes: one of the steps that lead to an answer, in clear or not, as
/// most messages are. A host need not have the negotiation judged for it while it reads the capture.
#[must_use]
pub(crate) fn decides_nothing(case: &Case<'_>, record: &FrameRecord) -> bool {
    use exchange as x;
    let n = case.n;
    let step = matches!(
        (record.exchange, record.position),
        (x::IKE_SA_INIT, 1 | 2)
            | (x::IKE_AUTH, 1)
            | (x::MAIN_MODE, _)
            | (x::AGGRESSIVE | x::QUICK_MODE, 1 | 2)
    );
    // That message 5 comes again tells whether its answer could be read.
    let telling =
        record.kind == FrameKind::Retransmission && record.exchange == x::MAIN_MODE && record.position >= 4;
    let here = |place: Place| place.frame == record.frame;
    record.kind.is_message()
        && step
        && !telling
        && !n.decrypted
        && n.wrongly_decrypted.is_none()
        && !n.claimed.is_some_and(here)
        && !n.notices.iter().any(|notice| here(notice.place))
        && (!n.selected_place().is_some_and(here) || (weak_algorithm::RULE.check)(case).is_none())
        && case.knowledge.policies().is_empty()
}

/// The same without texts, for a tenth of the time. Peers' files are compared word by word: where there are any, texts are made.
#[must_use]
pub fn judge_silently(case: &Case<'_>) -> Judgement {
    if case.knowledge.policies().is_empty() {
        wording::silently(|| judge(case))
    } else {
        judge(case)
    }
}
