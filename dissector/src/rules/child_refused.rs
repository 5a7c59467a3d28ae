//! `child-refused`: the child SA (phase 2) was refused and the capture cannot say why.

use super::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Rule, RuleId, Severity, Stage,
    authentication_failed, child_error, cookbook, mixed,
};
use crate::diagnosis::words;
use crate::negotiation::{Event, Place, Role, Version, exchange, payload, shape};

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
                   ESP follows.",
        why: "Algorithms for ESP, PFS, traffic selectors (subnets, or UDP port 1701 of L2TP), tunnel against transport mode: \
              responders send the same error for several of them, and it is encrypted.",
        fix: "Read the responder's log, or decrypt: both name which.",
        not: "authentication-failed: there IKE itself was refused. A Quick Mode that is merely slow or repeated.",
        references: &[
            "RFC 2409 5.5",
            "RFC 7296 1.2, 2.21.2",
            "strongSwan quick_mode.c, child_create.c",
            "Libreswan ikev1_quick.c",
        ],
    },
    needs: &[Facts::UP, Facts::AUTH_ANSWERED],
    settles: true,
    check: mixed!(check_all),
};

fn check_all(case: &Case<'_>) -> Option<Finding> {
    check(case).or_else(|| withdrawn(case))
}

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

struct Refused<'a> {
    request: &'a Event,
    answer: &'a Event,
    settled: bool,
    confidence: f64,
}

fn check(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    let data = n.esp_from(Role::Initiator).is_some() && n.esp_from(Role::Responder).is_some();
    // A decrypted error has a rule of its own.
    if data || child_error::of(case).is_some() {
        return None;
    }
    let refused = match n.version {
        Version::V1 => v1(case),
        Version::V2 => v2(case).or_else(|| v2_without_auth(case)),
    }?;
    let (i, r) = (
        words::peer(case, Role::Initiator),
        words::peer(case, Role::Responder),
    );
    let (request, answer) = (refused.request, refused.answer);
    let bare = n.version == Version::V2 && authentication_failed::bare(case, answer);
    // In IKEv1 either side may ask first.
    let (asking, refusing) = if request.from == Role::Initiator {
        (&i, &r)
    } else {
        (&r, &i)
    };
    let (what, causes) = match n.version {
        Version::V1 => (
            format!(
                "Phase 1 succeeded: keys and identities agree. {asking} then asked for the data tunnel (Quick Mode 1 of 3), sent \
                 {}. {refusing} answered with an encrypted Informational of {} octets in place of Quick Mode 2: an error. It \
                 may be NO-PROPOSAL-CHOSEN (algorithms or PFS) or INVALID-ID-INFORMATION (traffic selectors; strongSwan also \
                 sends it for transport against tunnel mode).",
                words::times(request.copies()),
                answer.length
            ),
            CAUSES,
        ),
        Version::V2 => (
            format!(
                "The IKE_AUTH response begins with the identity of {r}, so {r} accepted {i}'s authentication. But at {} octets it \
                 is too short to hold an accepted data tunnel beside it: it holds an error instead, NO_PROPOSAL_CHOSEN \
                 (algorithms), TS_UNACCEPTABLE (traffic selectors) or one about the inner address. The IKE SA stays up.",
                answer.length
            ),
            V2_CAUSES,
        ),
    };
    let what = if bare {
        format!(
            "{r} answered IKE_AUTH with a single notification of {} octets in all, and {i} answered that with an error of its own. \
             After AUTHENTICATION_FAILED it would have nothing to object to; so the notification is about the data tunnel, and \
             {r} left its own proof out, as OpenIKED does.",
            answer.length
        )
    } else {
        what
    };
    Some(
        Finding::new(&RULE, answer.place(), format!("Authentication worked, but {refusing} refused the data tunnel; the reason is encrypted."))
            .sure(refused.confidence, Basis::Inferred)
            .settled(refused.settled)
            .blame(Blame::Either)
            .with([request.place()])
            .with(request.repeats().first().map(|x| Place { frame: x.frame, span: None }))
            .because(what)
            .or(causes)
            .fix([
                format!(
                    "On both sides: compare ESP algorithms, PFS group, traffic selectors (local and remote subnets, mirrored; for \
                     L2TP UDP port 1701) and mode (L2TP needs transport, site to site tunnel).{}",
                    cookbook::how_on_both(case, cookbook::Topic::Child)
                ),
            ])
            .settle(format!(
                "{}; or this IKE SA's keys in Wireshark's decryption table",
                cookbook::log(case, if request.from == Role::Initiator { Role::Responder } else { Role::Initiator })
            )),
    )
}

/// IKEv1: the side that asked refuses after the other had accepted: an error in place of the third message.
fn withdrawn(case: &Case<'_>) -> Option<Finding> {
    let n = case.n;
    if n.version != Version::V1
        || !n.esp().is_empty()
        || child_error::of(case).is_some()
        || n.step(exchange::QUICK_MODE, 3).is_some()
    {
        return None;
    }
    let second = n.step(exchange::QUICK_MODE, 2)?;
    let answer = n.events().find(|e| {
        e.exchange == exchange::V1_INFORMATIONAL
            && e.encrypted
            && e.from != second.from
            && e.time >= second.time
            && super::seconds(e.time - second.time) < AT_ONCE
    })?;
    let (asking, accepting) = (words::peer(case, answer.from), words::peer(case, second.from));
    let blame = if answer.from == Role::Initiator {
        Blame::Initiator
    } else {
        Blame::Responder
    };
    Some(
        Finding::new(
            &RULE,
            answer.place(),
            format!("Authentication worked and {accepting} accepted the data tunnel, but {asking}, who had asked for it, then refused it."),
        )
        .sure(0.8, Basis::Inferred)
        .blame(blame)
        .with([second.place()])
        .because(format!(
            "Phase 1 succeeded. {asking} asked for the data tunnel (Quick Mode 1 of 3) and {accepting} chose from what was offered (2 of 3). \
             In place of the third message {asking} sent an encrypted Informational of {} octets: an error. It cannot use what it had \
             offered itself: its kernel lacks the algorithm or refuses the policy, or it does not accept what {accepting} made of its \
             offer. Which one is encrypted.",
            answer.length
        ))
        .or(&[RuleId::ResponderFailure, RuleId::ChildProposalMismatch, RuleId::SelectorMismatch])
        .fix([format!(
            "On {asking}: read the log for the moment of frame {}. If its kernel could not install the keys, offer algorithms that it has \
             (Linux: the modules for the chosen cipher).{}",
            answer.frame,
            cookbook::how(case, answer.from, cookbook::Topic::Child)
        )])
        .settle(cookbook::log(case, answer.from)),
    )
}

fn v1<'a>(case: &Case<'a>) -> Option<Refused<'a>> {
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
    let answer = n.events().find(|e| {
        e.exchange == exchange::V1_INFORMATIONAL
            && e.encrypted
            && e.from != request.from
            && e.time >= request.time
            && (super::seconds(e.time - request.time) < AT_ONCE
                || request
                    .repeats()
                    .iter()
                    .any(|x| e.time >= x.time && super::seconds(e.time - x.time) < AT_ONCE))
    })?;
    let confidence = if case.quiet_after(request) >= 5.0 || request.repeat_count() > 0 {
        0.9
    } else {
        0.85
    };
    Some(Refused {
        request,
        answer,
        settled: true,
        confidence,
    })
}

fn v2<'a>(case: &Case<'a>) -> Option<Refused<'a>> {
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
    if !short || another || !n.esp().is_empty() {
        return None;
    }
    Some(Refused {
        request,
        answer,
        settled: true,
        confidence: 0.88,
    })
}

/// A bare error in IKE_AUTH that the initiator objects to: it is not about authentication.
fn v2_without_auth<'a>(case: &Case<'a>) -> Option<Refused<'a>> {
    let n = case.n;
    let answer = n.find(exchange::IKE_AUTH, 2, Role::Responder)?;
    let request = n.find(exchange::IKE_AUTH, 1, Role::Initiator)?;
    let objected =
        authentication_failed::bare(case, answer) && authentication_failed::objection(case, answer).is_some();
    (objected && n.esp().is_empty() && answer.message_id == 1).then_some(Refused {
        request,
        answer,
        settled: false,
        confidence: 0.65,
    })
}
