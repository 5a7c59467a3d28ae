//! `stalled`: both sides had been heard, then the exchange stopped, and the packets cannot say why.

use super::evidence;
use super::fragmentation_not_announced;
use crate::diagnosis::{
    Basis, Blame, Case, Class, Documentation, Facts, Finding, Found, Rule, RuleId, Settles, Severity, Stage,
    Step, Words, check, seconds, words,
};
use crate::negotiation::nat::Nat;
use crate::negotiation::standing::{self, Exchange, IkeSa, Open, Standing};
use crate::negotiation::{Event, Negotiation, Role, Sent, Version, exchange};
use crate::wire::vendor::Product;

pub(super) static RULE: Rule = Rule {
    id: RuleId::Stalled,
    stage: Stage::Contact,
    severity: Severity::Warning,
    class: Class::Failure,
    title: "The negotiation stopped half-way",
    documentation: Documentation {
        means: "Both sides had been heard, then one of them no longer went on. No packet says why.",
        evidence: "A message is repeated (at least three copies over at least 10 seconds) or waited for (30 seconds, a minute where a \
                   person may have to type something) and what has to follow it never comes; or it was answered, and the other side \
                   repeats its own message all the same.",
        why: "It depends on the step at which it stopped; the explanation lists what usually stops that step, likeliest first.",
        fix: "Read the log of the side that had to speak, for the moment of the last message.",
        not: "no-response, where nothing of the responder was seen; in-progress, where the capture ends too early; psk-mismatch, \
              port-4500-blocked, fragments-lost, return-path-blocked and peer-unreachable, where the step itself shows the cause; \
              peer-dead and rekey-failed, where the tunnel had been up.",
        references: &[
            "RFC 7296 2.1, 2.4",
            "RFC 2408 5.1",
            "strongSwan task_manager.h",
            "Libreswan ikev2_retransmit.c",
        ],
    },
    needs: &[Facts::NONE],
    settles: Settles::NEVER,
    check: check!(find, tell),
};

/// Where it stopped.
struct Stop<'a> {
    standing: Standing<'a>,
    open: Open<'a>,
    /// What looks like a Delete, in place of the next message.
    broken_off: Option<&'a Event>,
    /// Other attempts of the same story that stopped at the same step.
    alike: usize,
}

/// What usually stops a step.
struct Cause {
    /// As a verdict.
    id: RuleId,
    /// It needs a message that is lost on the way to the side that has to speak.
    lost: bool,
    /// As words.
    what: &'static str,
    /// What would confirm it.
    confirm: &'static str,
}

const fn cause(id: RuleId, what: &'static str, confirm: &'static str) -> Cause {
    Cause {
        id,
        lost: false,
        what,
        confirm,
    }
}

const fn lost(id: RuleId, what: &'static str, confirm: &'static str) -> Cause {
    Cause {
        id,
        lost: true,
        what,
        confirm,
    }
}

const COOKIES: Cause = cause(
    RuleId::ResponderFailure,
    "the responder does not know its own cookies again: several gateways behind one address, each with a secret of its own, or a \
     secret that changes too fast",
    "the responder's log; a capture at each of its members",
);
const NEW_ENDS: Cause = lost(
    RuleId::ReturnPathBlocked,
    "a NAT gives each packet another address or port, and the cookie is for the one before",
    "a capture at the responder: does the source of the first messages change?",
);
const SWAPPED: Cause = cause(
    RuleId::ResponderFailure,
    "the SPIs of the answer stand in the wrong order, so that the initiator cannot know it",
    "the version of the software that sent it, and its faults that are known",
);
const UNREAD: Cause = cause(
    RuleId::ResponderFailure,
    "the answer came in IKE fragments, which the initiator never announced that it reads",
    "the initiator's log: an unknown payload 53",
);
const ARRIVES: &str = "a capture on the side that has to speak: does the message arrive there?";
const ITS_LOG: &str = "the log of the side that has to speak";

const PATH: Cause = lost(
    RuleId::ReturnPathBlocked,
    "the message is lost on the way",
    ARRIVES,
);
const LARGE: Cause = lost(
    RuleId::FragmentsLost,
    "the message is too large for one packet, and IP fragments are dropped",
    "its length, and a capture on the other side with IP fragments",
);
const MOVE: Cause = lost(
    RuleId::Port4500Blocked,
    "the next message goes to UDP 4500, and that port is blocked",
    "a capture at both ends on UDP 4500",
);
const SERVICE: Cause = cause(
    RuleId::ResponderFailure,
    "the IKE service hangs, was stopped, or dropped the message",
    ITS_LOG,
);
const CHOICE: Cause = cause(
    RuleId::IkeProposalMismatch,
    "the initiator does not accept what the responder chose",
    "the initiator's log: \"received proposals inacceptable\" or the like",
);
const GROUPS: Cause = cause(
    RuleId::KeyExchangeMismatch,
    "a side cannot do the key exchange",
    "the log: an unsupported group, or not enough memory or processor time",
);
const NO_KEY: Cause = cause(
    RuleId::PskMissing,
    "no pre-shared key is found for the peer",
    "the log: \"no shared key found\", \"Can't find our PreShared Key\"",
);
const PROOF: Cause = cause(
    RuleId::AuthenticationFailed,
    "the side that has to speak does not accept the other's proof, or cannot make its own, and says nothing",
    ITS_LOG,
);
const CERTIFICATE: Cause = cause(
    RuleId::CertificateRejected,
    "the certificate is not accepted: unknown CA, wrong name, expired, or a revocation list that cannot be fetched",
    "the log of the side that had to check the certificate",
);
const IDENTITY: Cause = cause(
    RuleId::IdentityRejected,
    "the identity is not the one that is expected",
    "the log: an ID that does not match",
);
const METHOD: Cause = cause(
    RuleId::AuthMethodMismatch,
    "the two sides want different ways of authentication",
    "both configurations: pre-shared key, certificate, EAP or XAUTH",
);
const KEY: Cause = cause(
    RuleId::PskMismatch,
    "the pre-shared keys differ",
    "the log: a hash that does not match, or a message that cannot be decrypted",
);
const EAP: Cause = cause(
    RuleId::EapFailed,
    "EAP does not go on: the RADIUS server is silent, or a side does not understand the other's EAP message",
    "the log of the responder and of its RADIUS server",
);
const EAP_CLIENT: Cause = cause(
    RuleId::EapFailed,
    "nobody typed the name or password, or the client does not know the EAP method",
    "the client's screen and log",
);
const XAUTH: Cause = cause(
    RuleId::XauthFailed,
    "name and password are not answered for: the server asks a RADIUS or LDAP server that is silent, or refuses without a word",
    "the responder's log",
);
const XAUTH_CLIENT: Cause = cause(
    RuleId::XauthFailed,
    "nobody typed the name, password or code that XAUTH asks for, or the client is not set up for XAUTH",
    "the client's screen and log",
);
const ADDRESS: Cause = cause(
    RuleId::AddressAssignmentFailed,
    "mode configuration does not happen: one side waits to be asked (pull), the other to be told (push), or no address is free",
    "both configurations (Libreswan: modecfgpull; strongSwan: mode-config push or pull), and the server's address pool",
);
const SELECTORS: Cause = cause(
    RuleId::SelectorMismatch,
    "the networks of the two sides do not match, and the responder drops the request without a word",
    ITS_LOG,
);
const CHILD: Cause = cause(
    RuleId::ChildProposalMismatch,
    "no ESP algorithms in common, and the request is dropped without a word",
    ITS_LOG,
);
const PFS: Cause = cause(
    RuleId::PfsMismatch,
    "one side wants perfect forward secrecy, the other does not",
    "both configurations",
);
const WINDOWS_NAT: Cause = cause(
    RuleId::NatServerPolicy,
    "a Windows client does not go on with a server behind NAT",
    "the registry value AssumeUDPEncapsulationContextOnSendRule on the client",
);
const PPK: Cause = cause(
    RuleId::AuthenticationFailed,
    "the initiator insists on a post-quantum pre-shared key (PPK), and the responder did not announce one",
    "the initiator's log and configuration (strongSwan: ppk_required; Libreswan: ppk=insist)",
);
const HASHES: Cause = cause(
    RuleId::CertificateRejected,
    "the two sides announced no hash function in common for signatures, so with certificates neither can check the other's proof",
    "SIGNATURE_HASH_ALGORITHMS in both messages of IKE_SA_INIT",
);
const DEAD: Cause = cause(
    RuleId::PeerDead,
    "the side that has to speak was stopped or lost its network",
    ITS_LOG,
);
const CONNECTION: Cause = cause(
    RuleId::NoMatchingConnection,
    "the responder finds no connection for this peer once it looks closer",
    "the responder's log",
);

/// What usually stops the exchange after this message, likeliest first.
fn causes(case: &Case<'_>, open: &Open<'_>) -> Vec<&'static Cause> {
    use Exchange as X;
    let n = case.n;
    let signatures = n
        .v1_auth_method()
        .is_some_and(|m| !matches!(m, 1 | 65001 | 65002));
    let large = open.message.length > MAY_BE_FRAGMENTED || open.message.ip_fragmented();
    let next_large = n.certificate_requests > 0 || signatures;
    let windows = case.product(Role::Initiator) == Some(Product::Windows) && n.responder.nat == Nat::Behind;
    let mut list: Vec<&'static Cause> = Vec::new();
    if open.goes_round() {
        return vec![&COOKIES, &NEW_ENDS, &GROUPS];
    }
    if n.swapped.is_some() {
        return vec![&SWAPPED];
    }
    if unread(n, open) {
        list.push(&UNREAD);
    }
    if large {
        list.push(&LARGE);
    }
    // RFC 8784 3: who insists on it goes no further without.
    let ppk = |role| n.peer(role).sent(Sent::PostQuantumKey);
    if (open.said.exchange, open.awaited) == (X::SaInit, Role::Initiator)
        && ppk(Role::Initiator)
        && !ppk(Role::Responder)
    {
        list.push(&PPK);
    }
    let proof = matches!(
        (open.said.exchange, open.said.position),
        (X::SaInit, 2) | (X::FirstAuth, _)
    );
    if proof && n.initiator.shares_no_signature_hash(&n.responder) {
        list.push(&HASHES);
    }
    let by_step: &[&'static Cause] = match (open.said.exchange, open.said.position) {
        (X::SaInit, 1) => &[&PATH, &CONNECTION, &SERVICE],
        (X::SaInit, _)
            if matches!(
                open.next,
                Some(standing::Step {
                    exchange: X::SaInit,
                    ..
                })
            ) =>
        {
            &[&PATH, &GROUPS]
        }
        (X::SaInit, _) if open.asked_again > 0 => &[&PATH, &CHOICE],
        (X::SaInit, _) if next_large => &[&MOVE, &LARGE, &CERTIFICATE, &CHOICE],
        (X::SaInit, _) => &[&MOVE, &PROOF, &CHOICE, &LARGE],
        (X::Intermediate, _) => &[&LARGE, &GROUPS, &PATH, &SERVICE],
        (X::FirstAuth, 1) if n.certificate_requests > 0 => &[&CERTIFICATE, &METHOD, &PROOF, &PATH, &SERVICE],
        (X::FirstAuth, 1) => &[&PROOF, &METHOD, &PATH, &SERVICE],
        (X::FirstAuth, _) => &[&CERTIFICATE, &PROOF, &EAP_CLIENT, &METHOD, &PATH],
        (X::LaterAuth, 1) => &[&EAP, &PROOF, &SERVICE, &PATH],
        (X::LaterAuth, _) => &[&EAP_CLIENT, &CERTIFICATE, &PROOF, &PATH],
        (X::MainMode, 2) if open.asked_again > 0 => &[&PATH, &CHOICE],
        (X::MainMode, 2) => &[&CHOICE, &GROUPS, &PATH],
        (X::MainMode, 3) if signatures => &[&GROUPS, &PATH, &SERVICE],
        (X::MainMode, 3) => &[&NO_KEY, &GROUPS, &PATH, &SERVICE],
        (X::MainMode, 4) if open.asked_again > 0 => &[&PATH, &GROUPS],
        (X::MainMode, 4) if signatures => &[&MOVE, &LARGE, &CERTIFICATE],
        (X::MainMode, 4) => &[&MOVE, &NO_KEY, &PROOF],
        (X::MainMode, 5) if signatures => &[&LARGE, &CERTIFICATE, &IDENTITY, &MOVE],
        (X::MainMode, 5) => &[&KEY, &IDENTITY, &PATH],
        (X::MainMode, 6) if open.asked_again > 0 => &[&PATH],
        (X::MainMode, _) if open.awaited == Role::Responder => &[&XAUTH, &METHOD, &ADDRESS],
        (X::MainMode, _) if signatures => &[&CERTIFICATE, &IDENTITY, &METHOD],
        // Both could read the other: the keys agree.
        (X::MainMode, _) => &[&IDENTITY, &METHOD, &ADDRESS],
        (X::AggressiveMode, 2) if open.asked_again > 0 => &[&PATH, &CHOICE],
        (X::AggressiveMode, 2) => &[&KEY, &IDENTITY, &METHOD],
        (X::AggressiveMode, _) if open.awaited == Role::Responder => &[&KEY, &IDENTITY, &XAUTH],
        (X::AggressiveMode, _) => &[&METHOD, &ADDRESS, &IDENTITY],
        (X::Transaction, position) if position % 2 == 1 && open.awaited == Role::Initiator => {
            &[&XAUTH_CLIENT, &METHOD, &PATH]
        }
        (X::Transaction, position) if position % 2 == 1 => &[&ADDRESS, &XAUTH, &PATH],
        (X::Transaction, _) if open.awaited == Role::Responder => &[&XAUTH, &ADDRESS],
        (X::Transaction, _) => &[&ADDRESS, &XAUTH],
        (X::QuickMode, 1) => &[&SELECTORS, &CHILD, &PFS, &PATH],
        (X::QuickMode, _) if open.asked_again > 0 => &[&PATH, &CHILD],
        (X::QuickMode, _) => &[&CHILD, &SELECTORS, &PATH],
        (X::CreateChild, _) => &[&SELECTORS, &CHILD, &DEAD],
        (X::Informational | X::V1Informational, _) => &[&DEAD, &PATH],
        (X::Other(_), _) => &[&PATH, &SERVICE],
    };
    if windows && open.awaited == Role::Initiator && n.version == Version::V1 {
        list.push(&WINDOWS_NAT);
    }
    // The move is over, or there is none.
    let moves = !n.moved_to_4500() && n.nat_found() || n.moved_to_4500() && !n.peer(open.awaited).on_4500;
    let arrived = case.arrives_at(open.awaited);
    for &cause in by_step {
        let possible = match cause.id {
            RuleId::Port4500Blocked => moves,
            _ => true,
        };
        if possible && !(cause.lost && arrived) && !list.iter().any(|c| c.id == cause.id) {
            list.push(cause);
        }
    }
    list.retain(|c| !(c.lost && arrived));
    list
}

/// The side that has to speak was sent IKE fragments unasked.
fn unread(n: &Negotiation, open: &Open<'_>) -> bool {
    fragmentation_not_announced::unasked(n).is_some_and(|unasked| unasked.by == open.awaited)
}

/// A message of this length may be more than one packet on the way (RFC 7383 1; a path of 1280 bytes has to be expected of IPv6).
pub(super) const MAY_BE_FRAGMENTED: u32 = 1280;

fn find<'a>(case: &Case<'a>) -> Option<Found<Stop<'a>>> {
    let n = case.n;
    // Most that nobody answers is known at once.
    if n.responder.messages == 0 && n.responder_spi.is_none() {
        return None;
    }
    let standing = case.standing();
    if !standing.both_heard() || standing.is_up() {
        return None;
    }
    let (open, broken_off) = match standing.broken_off() {
        Some((open, delete)) => (open, Some(delete)),
        None => (standing.stopped()?, None),
    };
    if is_use(case, &open) || is_one_sided(case, &open) || is_renewal(case, &open) || is_probe(case, &open) {
        return None;
    }
    let repeated = open.message.repeat_count() > 0 || open.asked_again > 0;
    let confidence = match broken_off {
        // Notifications of the same length are possible while the capture ends with it: INITIAL-CONTACT (RFC 2407 4.6.3.3).
        Some(delete) if case.quiet_after(delete) < 5.0 => 0.55,
        Some(_) => 0.75,
        None if repeated => 0.85,
        None => 0.75,
    };
    let blame = match (case.arrives_at(open.awaited), open.awaited) {
        _ if broken_off.is_some_and(|e| e.from == Role::Initiator) => Blame::Initiator,
        _ if broken_off.is_some() => Blame::Responder,
        _ if n.swapped.is_some() && open.awaited == Role::Initiator => Blame::Responder,
        (false, _) => Blame::Either,
        (true, Role::Initiator) => Blame::Initiator,
        (true, Role::Responder) => Blame::Responder,
    };
    let asks_for_data = matches!(
        open.said.exchange,
        Exchange::QuickMode | Exchange::CreateChild | Exchange::Informational
    );
    let stage = match standing.ike {
        IkeSa::Up if asks_for_data => Stage::ChildSa,
        IkeSa::Up | IkeSa::Authenticating => Stage::Auth,
        IkeSa::Asking | IkeSa::Negotiating => Stage::IkeSa,
    };
    let alike = alike(case, &open);
    // What happens each time is no accident of the path or the moment.
    let confidence = if alike > 1 { confidence + 0.05 } else { confidence };
    let ids: Vec<RuleId> = match broken_off {
        Some(delete) if delete.from != open.awaited => vec![RuleId::DeletedEarly],
        Some(_) => (causes(case, &open).iter())
            .filter(|cause| !cause.lost)
            .map(|cause| cause.id)
            .collect(),
        None => causes(case, &open).iter().map(|cause| cause.id).collect(),
    };
    let finding = Finding::of(&RULE, broken_off.map_or(open.place(), Event::place))
        .sure(confidence, Basis::Inferred)
        .at(stage)
        .blame(blame)
        .with([open.message.place()])
        .with(open.before.map(|e| e.place()))
        .with(open.error.map(|x| x.place))
        .or(&ids);
    Some(finding.having(Stop {
        standing,
        open,
        broken_off,
        alike,
    }))
}

/// Attempts of the same story, of the nearest ones, that stopped at the same step.
fn alike(case: &Case<'_>, open: &Open<'_>) -> usize {
    /// Of so many it is looked at.
    const NEAREST: usize = 16;
    let n = case.n;
    let stops_there = |m: &&Negotiation| {
        let other = Standing::of(case.tracker, m);
        other
            .stopped()
            .is_some_and(|other| (other.said, other.awaited) == (open.said, open.awaited))
    };
    let story = case.siblings().filter(|m| m.story() == n.story() && m.started);
    let nearest = story.rev().take(NEAREST);
    nearest.filter(stops_there).count()
}

/// The beginning is missing, and what is seen is how an IKE SA is used, not how it is made.
fn is_use(case: &Case<'_>, open: &Open<'_>) -> bool {
    use Exchange as X;
    let making = !matches!(
        open.said.exchange,
        X::QuickMode | X::CreateChild | X::Informational | X::V1Informational | X::Other(_) | X::Transaction
    );
    !case.n.started && !making
}

/// The capture holds one direction only: nothing of the side that has to speak is in it, and nobody repeats anything.
fn is_one_sided(case: &Case<'_>, open: &Open<'_>) -> bool {
    case.n.peer(open.awaited).messages == 0 && open.message.copies() < 3
}

/// A renewed IKE SA of IKEv1 needs no tunnel of its own: that of the one before goes on.
fn is_renewal(case: &Case<'_>, open: &Open<'_>) -> bool {
    use Exchange as X;
    let n = case.n;
    let made = matches!(
        (open.said.exchange, open.said.position),
        (X::MainMode, 6) | (X::AggressiveMode, 3) | (X::Transaction, 2)
    );
    let up = |m: &Negotiation| m.came_to(exchange::QUICK_MODE, 3);
    made && (n.predecessor().is_some() || !n.esp().is_empty() || case.siblings().any(up))
}

/// Who begins as barely as a scanner and never goes on wanted no more than the answer.
fn is_probe(case: &Case<'_>, open: &Open<'_>) -> bool {
    use Exchange as X;
    let early = matches!(
        (open.said.exchange, open.said.position),
        (X::SaInit | X::MainMode | X::AggressiveMode, 2)
    );
    case.n.started && case.n.is_bare() && early && open.is_silent() && !open.goes_round()
}

fn tell(case: &Case<'_>, found: &Found<Stop<'_>>) -> Words {
    let Stop {
        standing,
        open,
        broken_off,
        alike,
    } = &found.facts;
    if let Some(delete) = broken_off {
        return tell_broken_off(case, standing, open, delete);
    }
    if case.n.swapped.is_some() {
        return tell_swapped(case, open);
    }
    let n = case.n;
    let spoke = words::peer(case, open.awaited.other());
    let awaited = words::peer(case, open.awaited);
    let step = words::the_step(n, open.message.exchange, open.message.position);
    let copies = words::times(open.message.copies());
    let again = open.before.filter(|_| open.is_asked_again());
    let summary = match again {
        _ if open.goes_round() => {
            let (i, r) = words::peers(case);
            format!(
                "The negotiation goes in a circle: {r} asks {i} for its first message again and again, and never takes it."
            )
        }
        Some(before) => {
            let before = words::the_step(n, before.exchange, before.position);
            format!("The negotiation stopped: {spoke} answered {before}, but {awaited} only repeats it.")
        }
        None if open.message.repeat_count() > 0 => {
            format!("The negotiation stopped: {spoke} sent {step} {copies}, and {awaited} did not answer.")
        }
        None if open.next.is_none() => {
            format!("The negotiation stopped after {step}: neither {awaited} nor {spoke} went on from there.")
        }
        None => format!("The negotiation stopped after {step} of {spoke}: {awaited} did not go on."),
    };
    let reached = reached(standing);
    let silence = match again {
        Some(_) => format!(
            "{awaited} sent its message {} more after the answer.",
            words::times(open.asked_again)
        ),
        None => format!(
            "{spoke} sent {step} {copies}, and in the {:.0} seconds up to the end of the capture nothing that goes on from there came from \
             {awaited}.",
            seconds(open.since)
        ),
    };
    let error = open.error.map_or_else(String::new, |x| {
        format!(
            " {awaited} answered with {} in clear (frame {}), on which alone nobody may act.",
            words::notify(n, x.kind),
            x.place.frame
        )
    });
    let unasked = if unread(n, open) {
        format!(
            " {spoke} answered in IKE fragments, although {awaited} had not announced in IKE_SA_INIT that it reads them (RFC 7383 2.3)."
        )
    } else {
        String::new()
    };
    let keys = if agreed_on_key(case, open) {
        " Each side could read the other's encrypted message, so the pre-shared keys agree."
    } else {
        ""
    };
    let place = if case.arrives_at(open.awaited) {
        format!(
            " The capture was taken at {awaited}, so the message did arrive there: what it does not send is its own decision."
        )
    } else if case.arrives_at(open.awaited.other()) {
        format!(" The capture was taken at {spoke}: it cannot show whether the message reaches {awaited}.")
    } else {
        String::new()
    };
    let anew = if open.began_anew {
        " The initiator then began another negotiation."
    } else {
        ""
    };
    let others = match alike {
        0 => String::new(),
        1 => " Another attempt of the same two peers stopped at the same step.".to_owned(),
        many => format!(
            " {many} other attempts of the same two peers stopped at the same step, so it is no accident: something there fails each time."
        ),
    };
    let list = causes(case, open);
    let usual: Vec<String> = (list.iter().zip(1..))
        .map(|(cause, n)| format!("({n}) {}", cause.what))
        .collect();
    let confirm: Vec<String> = (list.iter().zip(1..))
        .map(|(cause, n)| format!("({n}) {}", cause.confirm))
        .collect();
    let fixes = std::iter::once(Step::on(
        case,
        open.awaited,
        format!(
            "look in the log {} and after it, and fix what it reports.",
            words::moment(case, open.message.frame)
        ),
    ));
    let path = (!case.arrives_at(open.awaited)).then(|| {
        // Of the ports that NAT gives nobody can know before.
        Step::path(format!(
            "On the path: allow UDP 500 and UDP 4500 between {} and {}, in both directions.",
            n.initiator.address, n.responder.address
        ))
    });
    let fragments = unread(n, open).then(|| {
        Step::on(
            case,
            open.awaited.other(),
            "send this peer no IKE fragments, as long as it does not announce that it reads them (Libreswan: fragmentation=no; strongSwan: \
             fragmentation = no), or update it: some versions send them unasked.",
        )
    });
    Words::new(summary)
        .because(format!(
            "{reached}. {silence}{error}{unasked}{keys}{place}{anew}{others} The packets do not show why. What usually stops this step, likeliest first: {}.",
            usual.join("; ")
        ))
        .fix(fragments.into_iter().chain(fixes).chain(path))
        .settle(evidence::log(case, open.awaited))
        .settle(format!("for the causes above: {}", confirm.join("; ")))
}

/// How far it came, as the beginning of the reasoning.
fn reached(standing: &Standing<'_>) -> &'static str {
    match standing.ike {
        IkeSa::Asking => "The responder was heard before",
        IkeSa::Negotiating => "Both sides had begun to agree on algorithms and keys",
        IkeSa::Authenticating => {
            "Algorithms and keys were agreed, and the sides were about to prove who they are"
        }
        IkeSa::Up => "Both sides had proved who they are; a data tunnel was still missing",
    }
}

/// The answer has its SPIs in the wrong order.
fn tell_swapped(case: &Case<'_>, open: &Open<'_>) -> Words {
    let (spoke, awaited) = (
        words::peer(case, open.message.from),
        words::peer(case, open.awaited),
    );
    let step = words::step(case.n, open.message.exchange, open.message.position);
    Words::new(format!(
        "{spoke} answers with its two SPIs in the wrong order, so {awaited} cannot use the answer."
    ))
    .because(format!(
        "{step} of {spoke} (frame {}) has the initiator's SPI where the responder's belongs, and the other way round (RFC 7296 3.1). No \
         implementation finds its negotiation by that; {awaited} sent its own message {} more after it.",
        open.message.frame,
        words::times(open.asked_again)
    ))
    .fix([Step::on(
        case,
        open.message.from,
        "update its IKE software: this is a fault of it, which no setting fixes.",
    )])
    .settle(evidence::log(case, open.message.from))
}

/// One side breaks off in place of the next message.
fn tell_broken_off(case: &Case<'_>, standing: &Standing<'_>, open: &Open<'_>, delete: &Event) -> Words {
    let breaks = words::peer(case, delete.from);
    let step = words::the_step(case.n, open.message.exchange, open.message.position);
    let list: Vec<_> = causes(case, open)
        .into_iter()
        .filter(|cause| !cause.lost)
        .collect();
    let own = delete.from == open.awaited;
    let why = if own {
        let usual: Vec<String> = (list.iter().zip(1..))
            .map(|(cause, n)| format!("({n}) {}", cause.what))
            .collect();
        format!(
            "What usually makes a side break off at this step, likeliest first: {}.",
            usual.join("; ")
        )
    } else {
        format!(
            "{breaks} had asked itself and did not wait for the answer: it was told to stop, or its configuration was loaded again."
        )
    };
    Words::new(format!(
        "The negotiation stopped after {step}: {breaks} broke it off with an encrypted message that has the length of a Delete."
    ))
    .because(format!(
        "{}. {} sent {step}. In place of the next message {breaks} sent an encrypted Informational of {} bytes, as long as a Delete of \
         the IKE SA, and nothing followed. What it says is encrypted: it may also be a notification of the same length. {why}",
        reached(standing),
        words::peer(case, open.message.from),
        delete.length
    ))
    .fix([Step::on(
        case,
        delete.from,
        format!("look in the log {} and fix what it reports.", words::moment(case, delete.frame)),
    )])
    .settle(evidence::log(case, delete.from))
    .settle(evidence::keys(case))
}

/// Main Mode 6 was not answered with message 5 again: both sides could decrypt, and a pre-shared key is part of the keys
/// (RFC 2409 5).
fn agreed_on_key(case: &Case<'_>, open: &Open<'_>) -> bool {
    let sixth = case.n.came_to(exchange::MAIN_MODE, 6);
    let psk = matches!(case.n.v1_auth_method(), Some(1 | 65001 | 65002));
    sixth && psk && open.asked_again == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::Made;
    use ikewhy_testkit::packets::payloads;

    /// Main Mode and Quick Mode up to this message, between these hop limits.
    fn ikev1(messages: usize, limits: (u8, u8)) -> Made {
        let mut made = Made::new();
        for n in 0..messages {
            match n {
                0..=5 => made.main_mode_message(n, limits),
                _ => made.quick_mode(10 * i64::try_from(n).unwrap(), n.is_multiple_of(2), limits),
            }
        }
        made
    }

    /// IKE_SA_INIT and IKE_AUTH with EAP up to this message, seen beside the client.
    fn ikev2(messages: usize) -> Made {
        let mut made = Made::new();
        for n in 0..messages {
            made.ikev2_eap_message(n);
        }
        made
    }

    fn verdict(made: &mut Made) -> RuleId {
        made.verdicts()[0]
    }

    /// The last message comes again three times, as strongSwan would send it (4, 7.2 and 13 seconds apart).
    fn repeat_last(made: &mut Made, messages: usize) {
        for at in [4_000, 11_200, 24_200] {
            made.again(at, messages);
        }
    }

    /// The last two messages come again three times.
    fn repeat_both(made: &mut Made, messages: usize) {
        for at in [4_000, 11_200, 24_200] {
            made.again(at, messages - 1);
            made.again(at + 10, messages);
        }
    }

    #[test]
    fn a_cut_is_open_until_patience_has_passed() {
        for messages in 2..=8 {
            let mut made = ikev1(messages, (64, 63));
            made.until(20_000);
            assert_eq!(
                made.quiet(RuleId::Stalled),
                [RuleId::InProgress],
                "IKEv1 {messages}"
            );
            made.until(120_000);
            made.fires(RuleId::Stalled);
        }
        for messages in 2..=7 {
            let mut made = ikev2(messages);
            made.until(20_000);
            assert_eq!(
                made.quiet(RuleId::Stalled),
                [RuleId::InProgress],
                "IKEv2 {messages}"
            );
            made.until(120_000);
            made.fires(RuleId::Stalled);
        }
    }

    #[test]
    fn what_is_repeated_in_vain_is_a_failure() {
        for messages in 1..=8 {
            let mut made = ikev1(messages, (64, 63));
            repeat_last(&mut made, messages);
            let expected = match messages {
                1 => RuleId::NoResponse,
                5 => RuleId::PskMismatch,
                _ => RuleId::Stalled,
            };
            assert_eq!(verdict(&mut made), expected, "IKEv1 {messages}");
        }
        for messages in 1..=7 {
            let mut made = ikev2(messages);
            repeat_last(&mut made, messages);
            let expected = if messages == 1 {
                RuleId::NoResponse
            } else {
                RuleId::Stalled
            };
            assert_eq!(verdict(&mut made), expected, "IKEv2 {messages}");
        }
    }

    #[test]
    fn an_answer_in_the_initiators_own_capture_did_arrive() {
        // Beside the client; beside the server; in between.
        for (limits, seen) in [
            ((64, 63), RuleId::Stalled),
            ((63, 64), RuleId::ReturnPathBlocked),
            ((63, 62), RuleId::ReturnPathBlocked),
        ] {
            for messages in [2, 4, 6, 8] {
                let mut made = ikev1(messages, limits);
                repeat_both(&mut made, messages);
                assert_eq!(verdict(&mut made), seen, "IKEv1 {messages} {limits:?}");
            }
        }
        for messages in [2, 4, 6, 8] {
            let mut made = ikev2(messages);
            repeat_both(&mut made, messages);
            assert_eq!(verdict(&mut made), RuleId::Stalled, "IKEv2 {messages}");
        }
    }

    #[test]
    fn an_icmp_error_about_the_open_message_says_why() {
        for (messages, port) in [(3, 500), (5, 4500)] {
            let mut made = ikev1(messages - 1, (64, 63));
            made.port = port;
            made.main_mode_message(messages - 1, (64, 63));
            for at in [60, 4_000, 11_200] {
                if at > 60 {
                    made.again(at, messages);
                }
                made.icmp_about(at + 1, messages, 3, 3);
            }
            assert_eq!(
                verdict(&mut made),
                RuleId::PeerUnreachable,
                "{messages} on {port}"
            );
        }
        // What was answered all the same was reached.
        let mut made = ikev1(5, (64, 63));
        made.icmp_about(45, 5, 3, 3);
        made.main_mode_message(5, (64, 63));
        made.until(120_000);
        assert_eq!(verdict(&mut made), RuleId::Stalled);
    }

    #[test]
    fn who_stops_at_one_step_each_time_does_so_for_a_reason() {
        let mut made = Made::new();
        for attempt in 0..4 {
            if attempt > 0 {
                made.other_spis(false);
            }
            let at = 60_000 * attempt;
            made.ikev2_step(at, true, (exchange::IKE_SA_INIT, 0), 0, 0);
            made.ikev2_step(at + 10, false, (exchange::IKE_SA_INIT, 0), 0, 0);
            made.ikev2_step(at + 20, true, (exchange::IKE_AUTH, 1), 35, 300);
        }
        made.until(400_000);
        assert_eq!(made.verdicts(), [RuleId::Stalled; 4]);
        let report = made.report();
        assert!(report.contains("3 other attempts"), "{report}");
    }

    #[test]
    fn a_loss_that_is_overcome_is_none() {
        let mut made = ikev1(1, (64, 63));
        repeat_last(&mut made, 1);
        for n in 1..6 {
            made.main_mode_message(n, (64, 63));
        }
        for at in [60, 70, 80] {
            made.quick_mode(30_000 + at, at != 70, (64, 63));
        }
        made.until(120_000);
        assert_eq!(verdict(&mut made), RuleId::Established);
    }

    /// So many first messages, each answered by the demand for a cookie that it does not hold.
    fn cookies(rounds: u8) -> Made {
        let mut made = Made::new();
        for round in 0..rounds {
            let at = 100 * i64::from(round);
            let cookie = |n: u8| (41, [&[0, 0, 0x40, 6][..], &[n; 20]].concat());
            let first = [
                cookie(round),
                (33, vec![0, 0, 0, 8, 1, 1, 0, 0]),
                (40, vec![5; 32]),
            ];
            let (_, with) = first.split_at(usize::from(round == 0));
            let list = if round == 0 { with } else { &first[..] };
            made.isakmp(
                at,
                true,
                (64, 63),
                (list[0].0, exchange::IKE_SA_INIT, 8, 0),
                &payloads(list),
            );
            let demand = payloads(&[cookie(round + 1)]);
            made.isakmp(
                at + 10,
                false,
                (64, 63),
                (41, exchange::IKE_SA_INIT, 0x20, 0),
                &demand,
            );
        }
        made
    }

    #[test]
    fn a_cookie_is_normal_and_a_circle_of_them_is_not() {
        assert_eq!(verdict(&mut cookies(2)), RuleId::InProgress);
        let mut made = cookies(8);
        assert_eq!(verdict(&mut made), RuleId::Stalled);
        let report = made.report();
        assert!(report.contains("in a circle"), "{report}");
    }

    #[test]
    fn what_looks_like_a_delete_breaks_off() {
        // AES and SHA1: HASH and a Delete of both cookies take 64 bytes, HASH and a bare notification 48.
        for (length, expected) in [(64, RuleId::Stalled), (48, RuleId::InProgress)] {
            let mut made = ikev1(7, (64, 63));
            let step = (8, exchange::V1_INFORMATIONAL, 1, 0x77);
            made.isakmp(90, true, (64, 63), step, &vec![9; length]);
            assert_eq!(verdict(&mut made), expected, "{length}");
        }
        // A sign of life is answered.
        let mut made = ikev1(7, (64, 63));
        made.isakmp(
            90,
            true,
            (64, 63),
            (8, exchange::V1_INFORMATIONAL, 1, 0x77),
            &[9; 64],
        );
        made.isakmp(
            95,
            false,
            (64, 63),
            (8, exchange::V1_INFORMATIONAL, 1, 0x78),
            &[8; 64],
        );
        assert_ne!(verdict(&mut made), RuleId::Stalled);
    }

    #[test]
    fn after_message_six_the_keys_agree() {
        let mut made = ikev1(6, (64, 63));
        made.until(120_000);
        let report = made.report();
        assert!(report.contains("the pre-shared keys agree"), "{report}");
        assert!(!report.contains("psk-mismatch"), "{report}");
    }
}
