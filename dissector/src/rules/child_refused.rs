//! `child-refused`: the child SA (phase 2) was refused and the capture cannot say why.

use super::{authentication_failed, child_error, cookbook, evidence, later_request};
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::standing::{Exchange, is_childless};
use crate::negotiation::{Event, Place, Role, Sent, Version, exchange, payload, shape};

pub(super) static RULE: Rule = Rule {
    id: RuleId::ChildRefused,
    stage: Stage::ChildSa,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The data tunnel (phase 2, child SA) was refused",
    documentation: Documentation {
        means: "Both sides authenticated each other, then the responder refused the tunnel for data.",
        evidence: "IKEv1: the first message of Quick Mode is answered by an encrypted Informational in place of the second. \
                   IKEv2: the IKE_AUTH response begins with the responder's identity but is too short for a child SA, and no \
                   ESP follows. Or a CREATE_CHILD_SA request that asks for another tunnel is answered by a single notification.",
        why: "Algorithms for ESP, PFS, traffic selectors (subnets, or UDP port 1701 of L2TP), tunnel against transport mode: \
              responders send the same error for several of them, and it is encrypted.",
        fix: "Read the log of the side that refused, or decrypt: both say why.",
        not: "authentication-failed: there IKE itself was refused. A Quick Mode that is merely slow or repeated.",
        references: &[
            "RFC 2409 5.5",
            "RFC 7296 1.2, 2.21.2",
            "strongSwan quick_mode.c, child_create.c",
            "Libreswan ikev1_quick.c",
        ],
    },
    needs: &[Facts::UP, Facts::AUTH_ANSWERED],
    settles: Settles::LATER,
    check: check!(find, tell),
};

const CAUSES: &[RuleId] = &[
    RuleId::ChildProposalMismatch,
    RuleId::SelectorMismatch,
    RuleId::PfsMismatch,
    RuleId::EncapsulationMismatch,
];
const V2_CAUSES: &[RuleId] = &[
    RuleId::ChildProposalMismatch,
    RuleId::SelectorMismatch,
    RuleId::AddressAssignmentFailed,
];

/// The answer to a refused request comes at once; DPD and the like are rarer than that.
const AT_ONCE: f64 = 3.0;

/// An encrypted error, and the message it answers.
struct Refused<'a> {
    answered: &'a Event,
    error: &'a Event,
    how: How,
}

/// How the refusal shows.
enum How {
    /// IKEv1: in place of the second message of Quick Mode.
    QuickMode,
    /// IKEv1: in place of the third message of Quick Mode, by the side that had asked.
    Withdrawn,
    /// IKEv2: behind the responder's identity, in a response too short for a tunnel.
    Short,
    /// IKEv2: a notification and nothing else, to which the initiator objects.
    Bare,
    /// IKEv2: a tunnel beside the one that is up, in CREATE_CHILD_SA.
    Additional,
    /// IKEv1: with this error in clear, in place of the next message of Quick Mode.
    InClear(u16),
}

fn additional<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let (error, request) = later_request::refused(case)?;
    let request = request.filter(|request| later_request::is_additional(case.n, request))?;
    let refused = Refused {
        answered: request,
        error,
        how: How::Additional,
    };
    let finding = refused.of_request(0.86).or(&[
        RuleId::ChildProposalMismatch,
        RuleId::SelectorMismatch,
        RuleId::RekeyFailed,
    ]);
    Some(finding.having(refused))
}

/// IKEv1: an error in clear while Quick Mode is open. Once there are keys a sound stack encrypts it.
fn in_clear<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let standing = case.standing();
    let open = standing
        .open
        .filter(|open| open.said.exchange == Exchange::QuickMode)?;
    let notice = open.error.filter(|_| !standing.is_up())?;
    let refused = Refused {
        answered: open.message,
        error: case.n.event(notice.event)?,
        how: How::InClear(notice.kind),
    };
    let finding = refused.finding(0.7).or(CAUSES).or(&[RuleId::Stalled]);
    Some(finding.having(refused))
}

impl Refused<'_> {
    /// What all ways have in common.
    fn finding(&self, confidence: f64) -> Finding {
        Finding::of(&RULE, self.error.place())
            .sure(confidence, Basis::Inferred)
            .blame(Blame::Either)
            .with([self.answered.place()])
    }

    /// The same where a request is answered, which may have been repeated.
    fn of_request(&self, confidence: f64) -> Finding {
        let again = self.answered.repeats().first();
        self.finding(confidence).with(again.map(|x| Place {
            frame: x.frame,
            span: None,
        }))
    }
}

fn find<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    let data = n.esp_from(Role::Initiator).is_some() && n.esp_from(Role::Responder).is_some();
    // A decrypted error has a rule of its own.
    if child_error::of(case).is_some() {
        return None;
    }
    if let Some(additional) = additional(case) {
        return Some(additional);
    }
    if data {
        return None;
    }
    match n.version {
        Version::V1 => quick_mode(case)
            .or_else(|| withdrawn(case))
            .or_else(|| in_clear(case)),
        Version::V2 => short(case).or_else(|| bare(case)),
    }
}

fn quick_mode<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    // The last request that got no second message.
    let request = n
        .events()
        .rev()
        .find(|e| e.exchange == exchange::QUICK_MODE && e.position == 1)?;
    let completed = n
        .events()
        .any(|e| e.exchange == exchange::QUICK_MODE && e.position >= 2);
    if completed {
        return None;
    }
    let error = n.events().find(|e| {
        e.exchange == exchange::V1_INFORMATIONAL
            && e.encrypted
            && e.from != request.from
            && e.time >= request.time
            && (seconds(e.time - request.time) < AT_ONCE
                || request
                    .repeats()
                    .iter()
                    .any(|x| e.time >= x.time && seconds(e.time - x.time) < AT_ONCE))
    })?;
    let confidence = if case.quiet_after(request) >= 5.0 || request.repeat_count() > 0 {
        0.9
    } else {
        0.85
    };
    let refused = Refused {
        answered: request,
        error,
        how: How::QuickMode,
    };
    let finding = refused.of_request(confidence).settled(true).or(CAUSES);
    Some(finding.having(refused))
}

/// IKEv1: the side that asked refuses after the other had accepted.
fn withdrawn<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    if !n.esp().is_empty() || n.step(exchange::QUICK_MODE, 3).is_some() {
        return None;
    }
    let second = n.step(exchange::QUICK_MODE, 2)?;
    let error = n.events().find(|e| {
        e.exchange == exchange::V1_INFORMATIONAL
            && e.encrypted
            && e.from != second.from
            && e.time >= second.time
            && seconds(e.time - second.time) < AT_ONCE
    })?;
    let refused = Refused {
        answered: second,
        error,
        how: How::Withdrawn,
    };
    let blame = Blame::of(error.from);
    let finding = refused.finding(0.8).blame(blame).or(&[
        RuleId::ResponderFailure,
        RuleId::ChildProposalMismatch,
        RuleId::SelectorMismatch,
    ]);
    Some(finding.having(refused))
}

fn short<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    let answer = n.events().find(|e| {
        e.exchange == exchange::IKE_AUTH
            && e.position == 2
            && e.from == Role::Responder
            && e.first_inner() == Some(payload::ID_R)
    })?;
    let sizes = shape::sizes(n)?;
    let request = n
        .events()
        .find(|e| e.exchange == exchange::IKE_AUTH && e.message_id == answer.message_id && e.position == 1)?;
    // Another round of IKE_AUTH means EAP; a child SA made later means that none was wanted here.
    let another = n.events().any(|e| {
        (e.exchange == exchange::IKE_AUTH && e.message_id > answer.message_id)
            || e.exchange == exchange::CREATE_CHILD_SA
    });
    let short = sizes.v2_most(answer.length) < sizes.v2_least_success() && answer.fragments().is_none();
    if !short || another || !n.esp().is_empty() || is_childless(n) {
        return None;
    }
    let refused = Refused {
        answered: request,
        error: answer,
        how: How::Short,
    };
    // Where tunnels may come later (RFC 6023), what follows tells.
    let later = n.responder.sent(Sent::Childless);
    let finding = refused.of_request(0.88).settled(!later).or(V2_CAUSES);
    Some(finding.having(refused))
}

/// A bare error in IKE_AUTH that the initiator objects to: it is not about authentication.
fn bare<'a>(case: &Case<'a>) -> Option<Found<Refused<'a>>> {
    let n = case.n;
    let answer = n.find(exchange::IKE_AUTH, 2, Role::Responder)?;
    let request = n.find(exchange::IKE_AUTH, 1, Role::Initiator)?;
    let objected =
        authentication_failed::bare(case, answer) && authentication_failed::objection(case, answer).is_some();
    if !objected || !n.esp().is_empty() || answer.message_id != 1 {
        return None;
    }
    let refused = Refused {
        answered: request,
        error: answer,
        how: How::Bare,
    };
    let finding = refused.of_request(0.65).or(V2_CAUSES);
    Some(finding.having(refused))
}

fn tell(case: &Case<'_>, found: &Found<Refused<'_>>) -> Words {
    let refused = &found.facts;
    let role = refused.error.from;
    let (refusing, other) = (words::peer(case, role), words::peer(case, role.other()));
    let length = refused.error.length;
    let log = evidence::log(case, role);
    let what = match refused.how {
        How::QuickMode => format!(
            "Phase 1 succeeded: keys and identities agree. {other} then asked for the data tunnel (Quick Mode 1 of 3), sent \
             {}. {refusing} answered with an encrypted Informational of {length} bytes in place of Quick Mode 2: an error. It \
             may be NO-PROPOSAL-CHOSEN (algorithms or PFS) or INVALID-ID-INFORMATION (traffic selectors; strongSwan also \
             sends it for transport against tunnel mode).",
            words::times(refused.answered.copies())
        ),
        How::Short => format!(
            "The IKE_AUTH response begins with the identity of {refusing}, so {refusing} accepted {other}'s authentication. But at \
             {length} bytes it is too short to hold an accepted data tunnel beside it: it holds an error instead, \
             NO_PROPOSAL_CHOSEN (algorithms), TS_UNACCEPTABLE (traffic selectors) or one about the inner address. The IKE SA \
             stays up."
        ),
        How::Bare => format!(
            "{refusing} answered IKE_AUTH with a single notification of {length} bytes in all, and {other} answered that with an \
             error of its own. After AUTHENTICATION_FAILED it would have nothing to object to; so the notification is about the \
             data tunnel, and {refusing} left its own proof out, as OpenIKED does."
        ),
        How::Additional => {
            return Words::new(format!(
                "The tunnel is up, but {refusing} refused another one that {other} asked for beside it; the first one goes on."
            ))
            .because(format!(
                "Both sides authenticated each other, and the first data tunnel came up. {other} then asked for another one \
                 (CREATE_CHILD_SA, frame {}): the request begins with a proposal, and a renewal would begin with a notification that names \
                 the old keys. {refusing} answered with a single notification, an error. NO_PROPOSAL_CHOSEN (algorithms, PFS) and \
                 TS_UNACCEPTABLE (traffic selectors: a subnet that {refusing} has no entry for) are the usual ones; which one is encrypted.",
                refused.answered.frame
            ))
            .fix(cookbook::both(
                case,
                cookbook::Topic::Child,
                "compare the entry for the second pair of subnets with the other side: traffic selectors (mirrored), ESP algorithms and PFS group.",
            ))
            .settle(log)
            .settle(evidence::keys(case));
        }
        How::InClear(kind) => {
            let step = words::step(case.n, refused.answered.exchange, refused.answered.position);
            return Words::new(format!(
                "Authentication worked, but {refusing} answered the request for the data tunnel with the error {}, unencrypted.",
                words::notify(case.n, kind)
            ))
            .because(format!(
                "Phase 1 succeeded. {other} sent {step}, and {refusing} answered with an error in clear (frame {}) in place of the next \
                 message. There are keys by then, so it need not come from {refusing}: this error could have been forged. If it is real, \
                 {refusing} does not know these keys any more or refuses what was asked for.",
                refused.error.frame
            ))
            .fix([Step::on(
                case,
                role,
                format!("look in the log {} and fix what it reports.", words::moment(case, refused.error.frame)),
            )])
            .settle(log);
        }
        How::Withdrawn => {
            return Words::new(format!(
                "{refusing} asked for the data tunnel and {other} accepted it, but then {refusing} refused it."
            ))
            .because(format!(
                "Phase 1 succeeded. {refusing} asked for the data tunnel (Quick Mode 1 of 3) and {other} chose from what was offered \
                 (2 of 3). In place of the third message {refusing} sent an encrypted Informational of {length} bytes: an error. It \
                 cannot use what it had offered itself: its kernel lacks the algorithm or refuses the policy, or it does not accept \
                 what {other} made of its offer. Which one is encrypted."
            ))
            .fix([Step::on(
                case,
                role,
                format!(
                    "look in the log {}. If its kernel could not install the keys, allow algorithms that it has (Linux: the modules \
                     for the chosen cipher).",
                    words::moment(case, refused.error.frame)
                ),
            )])
            .settle(log);
        }
    };
    Words::new(format!(
        "Authentication worked, but {refusing} refused the data tunnel; the reason is encrypted."
    ))
    .because(what)
    .fix(cookbook::both(
        case,
        cookbook::Topic::Child,
        "compare with the other side: ESP algorithms, PFS group, traffic selectors (local and remote subnets, mirrored; for L2TP \
         UDP port 1701) and mode (L2TP needs transport, site to site tunnel).",
    ))
    .settle(log)
    .settle(evidence::keys(case))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::RuleId;
    use crate::negotiation::exchange;
    use crate::tests::made::Made;

    /// An encrypted Informational of the server after the first message of Quick Mode, which then goes on or does not.
    fn answered(goes_on: bool) -> Made {
        let mut made = Made::new();
        made.main_mode((64, 63), &[]);
        made.quick_mode(60, true, (64, 63));
        let step = (8, exchange::V1_INFORMATIONAL, 1, 9);
        made.isakmp(65, false, (64, 63), step, &[8; 80]);
        if goes_on {
            made.quick_mode(70, false, (64, 63));
            made.quick_mode(80, true, (64, 63));
        }
        made
    }

    #[test]
    fn what_comes_in_place_of_the_second_message_refuses() {
        answered(false).fires(RuleId::ChildRefused);
        assert_eq!(answered(true).quiet(RuleId::ChildRefused), [RuleId::Established]);
    }
}
