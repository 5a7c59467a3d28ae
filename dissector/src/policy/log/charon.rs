//! strongSwan's charon: `13[CFG] text`; a thread's lines belong to the packet it last received.
//!
//! With `ike_name` the IKE SA stands before the text (`13[IKE] <gw|3> text`), with `log_level` a level in the group (`13[IKE2]`;
//! `file_logger.c`, `sys_logger.c`). A console has no thread (`[IKE] text`, `swanctl --initiate`, `ipsec up`), and the journal of
//! charon-systemd the text alone (`charon-systemd.c`).
//!
//! Words are those of strongSwan 4.2 to 6.0 (`ike_init.c`, `task_manager_v1.c`, `phase1.c`, `quick_mode.c`, `child_create.c`,
//! `proposal.c`, `auth_cfg.c`, `shared_key_authenticator`, `psk_authenticator`, `ike_auth.c`, `eap_authenticator.c`, `xauth.c`,
//! `payload.c`, `radius_socket.c`); up to 5.6.3 `inacceptable` stands for `unacceptable`.

#[cfg(test)]
mod samples;

use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::secret;
use crate::policy::text::{halves, head, lines, shown};
use crate::policy::texts::Texts;
use crate::policy::value::{bounded, values};
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("strongSwan's log"),
    sign: Sign::Lines(|line| said(line, true).is_some()),
    read,
    follows: &[
        ["received packet: from ", "parsed "],
        ["generating ", "sending packet: from "],
    ],
    proof: Proof::Roles {
        begins: &[
            "initiating IKE_SA ",
            "initiating Main Mode ",
            "initiating Aggressive Mode ",
        ],
        answers: &[" is initiating a"],
    },
    ..Dialect::LOG
};

/// Words that state a cause by themselves. The first that is found counts.
static TEXTS: Texts<Cause> = Texts::with(CAUSES, beside);

const CAUSES: &[(&str, Cause)] = &[
    ("no IKE config found for ", Cause::NoConnection),
    ("Aggressive Mode PSK disabled for security reasons", Cause::Mode),
    ("no shared key found for ", Cause::PskMissing),
    ("but MAC mismatched", Cause::PskDiffers),
    // Of Main Mode's identity; another message that cannot be read may only have lost its place in the chain of IVs.
    (
        "invalid ID_V1 payload length, decryption failed?",
        Cause::PskDiffers,
    ),
    (
        "invalid HASH_V1 payload length, decryption failed?",
        Cause::Unreadable,
    ),
    ("calculated HASH does not match HASH payload", Cause::PskDiffers),
    ("no peer config found", Cause::Identity),
    ("no matching peer config found", Cause::Identity),
    ("constraint requires public key authentication", Cause::AuthMethod),
    ("constraint check failed: EAP identity", Cause::AuthMethod),
    ("peer requested EAP, config unacceptable", Cause::AuthMethod),
    ("peer requested EAP, config inacceptable", Cause::AuthMethod),
    (
        "unacceptable: non-matching authentication done",
        Cause::AuthMethod,
    ),
    (
        "inacceptable: non-matching authentication done",
        Cause::AuthMethod,
    ),
    (
        "unacceptable: insufficient authentication rounds",
        Cause::AuthMethod,
    ),
    (
        "inacceptable: insufficient authentication rounds",
        Cause::AuthMethod,
    ),
    (
        "configured EAP-only authentication, but peer does not support it",
        Cause::AuthMethod,
    ),
    ("subject certificate invalid", Cause::Certificate),
    ("no issuer certificate found for", Cause::Certificate),
    ("certificate was revoked on ", Cause::Certificate),
    (
        "constraint check failed: peer not authenticated by CA ",
        Cause::Certificate,
    ),
    (
        "constraint check failed: peer not authenticated with peer cert ",
        Cause::Certificate,
    ),
    // Whose RADIUS server is silent (`radius_socket.c`).
    ("RADIUS Access-Request timed out after ", Cause::Radius),
    ("receiving RADIUS message failed: ", Cause::Radius),
    ("verification failed, retry", Cause::Eap),
    (
        "EAP-MS-CHAPv2 verification failed: maximum number of retries",
        Cause::Eap,
    ),
    ("EAP-MD5 verification failed", Cause::Eap),
    ("no EAP key found for hosts", Cause::Eap),
    ("received EAP_NAK, sending EAP_FAILURE", Cause::EapMethod),
    ("received EAP_FAILURE, EAP authentication failed", Cause::Eap),
    ("no XAuth secret found for ", Cause::Xauth),
    ("no virtual IP found", Cause::Address),
    (", unable to assign address", Cause::Address),
    ("no matching CHILD_SA config found", Cause::Selectors),
    ("no acceptable traffic selectors found", Cause::Selectors),
    ("unable to install inbound and outbound IPsec SA", Cause::Install),
];

/// Words that state a cause in a text that begins so.
const TOGETHER: [(&str, &str, Cause); 5] = [
    ("IDir ", " does not match to ", Cause::Identity),
    ("no trusted ", " public key found for ", Cause::Certificate),
    ("no ", "private key found for ", Cause::OwnKey),
    ("constraint requires ", " authentication, but ", Cause::AuthMethod),
    ("received IDr ", ", but require ", Cause::Identity),
];

/// What is looked at besides: what a thread is at, and what states a cause together with other words.
fn beside() -> Vec<&'static str> {
    let others = [
        RECEIVED,
        SENDING,
        LOOKING,
        PARSED,
        SUBJECT,
        OFFERED,
        CONFIGURED,
        NONE_ALLOWS,
        OTHER_IDENTITY,
        EAP,
        RADIUS,
        XAUTH,
        SELECTORS,
    ];
    let together = TOGETHER.into_iter().map(|(_, words, _)| words);
    let all = REFUSED.into_iter().chain(NOTIFIED).chain(together);
    all.chain(others).collect()
}
const RECEIVED: &str = "received packet: from ";
const SENDING: &str = "sending packet: from ";
const LOOKING: &str = "looking for ";
const PARSED: &str = "parsed ";
const SUBJECT: &str = "received end entity cert ";
const OFFERED: &str = "received proposals: ";
const CONFIGURED: &str = "configured proposals: ";
const NONE_ALLOWS: &str = ", but none allows ";
const OTHER_IDENTITY: &str = "constraint check failed: identity '";
const EAP: &str = "EAP method ";
const RADIUS: &str = "RADIUS authentication of ";
const XAUTH: &str = "XAuth authentication of ";
const SELECTORS: &str = "traffic selectors ";
/// Behind the name of a notification that was received.
const NOTIFIED: [&str; 2] = ["error notify", "notify, no CHILD_SA built"];
/// No proposal of those that were received is acceptable.
const REFUSED: [&str; 5] = [
    "no proposal found",
    "received proposals unacceptable",
    "received proposals inacceptable",
    "no acceptable proposal found",
    "no matching proposal found",
];

/// Where a thread of this number would be, a line stands that names none.
const NO_THREAD: u8 = 255;
/// What charon's lines are about (`debug.c`).
const GROUPS: [&str; 18] = [
    "DMN", "MGR", "IKE", "CHD", "JOB", "CFG", "KNL", "NET", "ASN", "ENC", "TNC", "IMC", "IMV", "PTS", "TLS",
    "APP", "ESP", "LIB",
];
/// How texts begin that stand without thread and group, beside those that state a cause.
const OPENERS: [&str; 9] = [
    RECEIVED,
    SENDING,
    OFFERED,
    CONFIGURED,
    "initiating IKE_SA ",
    "initiating Main Mode IKE_SA ",
    "initiating Aggressive Mode IKE_SA ",
    "looking for peer configs matching ",
    "establishing CHILD_SA ",
];

/// The thread's number, and the text behind `NN[GRP] `, `[GRP] ` or the name of the daemon. `begins`: without any of these it is a
/// line of charon's only if it begins as its lines do.
fn said(line: &str, begins: bool) -> Option<(u8, &str)> {
    let head = head(line, MAX_PREFIX);
    for (at, _) in head.match_indices('[') {
        let group = line.get(at + 1..at + 4).filter(|group| GROUPS.contains(group));
        let after = line.get(at + 4..).unwrap_or_default();
        // A level may follow the group.
        let after = after
            .strip_prefix(|c: char| matches!(c, '0'..='4'))
            .unwrap_or(after);
        if let (Some(_), Some(text)) = (group, after.strip_prefix("] ")) {
            let before = line.get(..at).unwrap_or_default();
            let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let number = before.get(before.len() - digits..).unwrap_or_default();
            return match digits {
                2..=5 => Some((number.parse().unwrap_or(NO_THREAD - 1), unnamed(text))),
                0 if before.is_empty() || before.ends_with([' ', '\t']) => Some((NO_THREAD, unnamed(text))),
                _ => None,
            };
        }
    }
    let text = match halves(line, "charon-systemd") {
        Some((_, rest)) => halves(rest, ": ")?.1,
        None => line,
    };
    let opens = || OPENERS.iter().any(|words| text.starts_with(words)) || text.contains(" is initiating a");
    (text.len() < line.len() || !begins || opens()).then_some((NO_THREAD, text))
}

/// So many lines show how they begin.
const BEGINNING: usize = 400;
/// A group stands before so many bytes.
const MAX_PREFIX: usize = 200;

/// The text behind `<gw|3> ` or `<3> `: name and number of the IKE SA.
fn unnamed(text: &str) -> &str {
    let named = text.strip_prefix('<').and_then(|rest| halves(rest, "> "));
    match named {
        Some((name, rest)) => {
            let number = name.rsplit('|').next().unwrap_or_default();
            let is = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            if is { rest } else { text }
        }
        None => text,
    }
}

/// Own address and the peer's: `198.51.100.20...192.0.2.10`, identities in brackets behind them.
fn ends(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (own, peer) = halves(text, "...")?;
    let own = own.split_whitespace().next_back()?;
    let peer = peer.split([' ', ',', '[']).next()?;
    Some((address(own)?, address(peer)?))
}

/// What a thread is at.
#[derive(Clone, Debug, Default)]
struct Context {
    peer: Option<IpAddr>,
    /// ID of the message it received.
    message: Option<u32>,
    received: Vec<Proposal>,
    allowed: Vec<Proposal>,
    /// The message that it received has a certificate, as far as its payloads are known.
    certificate: Option<bool>,
    /// Subject of the peer's certificate.
    subject: String,
}

/// The lists that were read last. A tunnel that tries again and again logs the same ones.
#[derive(Default)]
struct Lists<'a> {
    received: (&'a str, Vec<Proposal>),
    configured: (&'a str, Vec<Proposal>),
}

/// The list in this text, which may be the last one.
fn again<'a>(last: &mut (&'a str, Vec<Proposal>), text: &'a str) -> Vec<Proposal> {
    if last.0 != text {
        *last = (text, proposals(text));
    }
    last.1.clone()
}

/// `IKE:A/B/C, IKE:D/E`.
fn proposals(text: &str) -> Vec<Proposal> {
    let all = text.split(", ").filter_map(|one| {
        let (protocol, names) = one.trim().split_once(':')?;
        let purpose = match protocol {
            "IKE" => Purpose::Ike,
            "ESP" => Purpose::Esp,
            "AH" => Purpose::Ah,
            _ => return None,
        };
        Some(Proposal::new(purpose, names.split('/'), &[]))
    });
    bounded(all, || Proposal::unread(Purpose::Ike))
}

fn cause(text: &str) -> Option<Cause> {
    if let Some((_, found)) = TEXTS.find(text) {
        return Some(*found);
    }
    if text.starts_with("found ") && text.contains(NONE_ALLOWS) {
        return Some(Cause::NotAllowed {
            aggressive: text.contains("Aggressive Mode"),
            found: true,
        });
    }
    let together = TOGETHER
        .iter()
        .find(|(begins, has, _)| text.starts_with(begins) && text.contains(has));
    if let Some((.., cause)) = together {
        return Some(*cause);
    }
    if text.starts_with(OTHER_IDENTITY) && text.contains(" required") {
        return Some(Cause::Identity);
    }
    if text.starts_with(EAP) || text.starts_with(RADIUS) {
        return text.contains(" failed").then_some(Cause::Eap);
    }
    if text.starts_with(XAUTH) && text.ends_with(" failed") {
        return Some(Cause::Xauth);
    }
    // Of IKEv2's child SAs, and of IKEv1's Informationals; a refusal of IKE_SA_INIT stands in clear on the wire.
    if let Some(rest) = text.strip_prefix("received ")
        && let Some((name, after)) = rest.split_once(' ')
        && NOTIFIED.contains(&after)
        && let Some(received) = Cause::received(name)
    {
        return Some(received);
    }
    let unacceptable = [" unacceptable", " inacceptable"]
        .iter()
        .any(|word| text.ends_with(word));
    (text.starts_with(SELECTORS) && unacceptable).then_some(Cause::Selectors)
}

fn read(policy: &mut Policy, text: &str) {
    let mut contexts: Vec<Context> = vec![Context::default(); 256];
    let mut lists = Lists::default();
    // Where no line names a group, all of them are the daemon's.
    let grouped = lines(text).take(BEGINNING).any(|(_, line)| {
        said(line, true).is_some_and(|(thread, text)| {
            thread != NO_THREAD || line.contains("] ") && text.len() < line.len()
        })
    });
    for (number, line) in TEXTS.lines(text) {
        let Some((thread, said)) = said(line, grouped) else {
            continue;
        };
        let Some(context) = contexts.get_mut(usize::from(thread)) else {
            continue;
        };
        if let Some(rest) = said.strip_prefix(RECEIVED) {
            let mut ends = rest
                .split(" to ")
                .map(|end| address(end.split_whitespace().next().unwrap_or_default()));
            *context = Context {
                peer: ends.next().flatten(),
                ..Context::default()
            };
            if let Some(own) = ends.next().flatten() {
                policy.address(own);
            }
        } else if let Some(rest) = said.strip_prefix(SENDING) {
            if let Some(own) = rest.split_whitespace().next().and_then(address) {
                policy.address(own);
            }
        } else if said.starts_with(LOOKING) {
            // `looking for an IKEv2 config for 198.51.100.20...192.0.2.10`
            if let Some((own, peer)) = ends(said) {
                policy.address(own);
                context.peer = context.peer.or(Some(peer));
            }
        } else if let Some(rest) = said.strip_prefix(PARSED) {
            // `parsed QUICK_MODE request 1029475246 [ HASH SA No ID ID ]`
            let id = rest.split(" [").next().and_then(|r| r.rsplit(' ').next());
            context.message = id.and_then(|id| id.parse().ok());
            context.certificate = certified(rest);
        } else if let Some(subject) = said.strip_prefix(SUBJECT) {
            context.certificate = Some(true);
            context.subject = shown(subject);
        } else if let Some(rest) = said.strip_prefix(OFFERED) {
            context.received = again(&mut lists.received, rest);
        } else if let Some(rest) = said.strip_prefix(CONFIGURED) {
            context.allowed = again(&mut lists.configured, rest);
        } else if let Some(one) = decisive(number, line, said, context) {
            policy.push(one);
        }
    }
}

fn decisive(number: u32, line: &str, said: &str, context: &mut Context) -> Option<Entry> {
    // It goes on with another connection.
    let goes_on = said.ends_with(", trying alternative config");
    let refused = REFUSED.iter().any(|r| said.starts_with(r)) && !goes_on;
    let mut one = if refused {
        let child = context.received.iter().any(|p| p.purpose != Purpose::Ike);
        let cause = if child {
            Cause::ChildProposal
        } else {
            Cause::IkeProposal
        };
        let mut one = Entry::new(number, line, cause);
        one.received = std::mem::take(&mut context.received);
        one.allowed = std::mem::take(&mut context.allowed);
        one
    } else {
        let mut one = Entry::new(number, line, cause(said)?);
        if one.cause == Cause::Certificate {
            one.differs = certificate(said, context).into_iter().collect();
        }
        if one.cause == Cause::Selectors {
            // The responder's own networks stand left in IKEv2's text and right in IKEv1's: kept as they stand.
            let words = secret::without(said).split_whitespace();
            one.selectors = values(words.filter(|w| w.contains('/')));
        }
        one
    };
    // `no IKE config found for 198.51.100.20...192.0.2.10, sending NO_PROPOSAL_CHOSEN`
    one.peer = context.peer.or_else(|| ends(said).map(|(_, peer)| peer));
    one.message = context.message;
    Some(one)
}

/// Whether a message that was parsed has a certificate: `IKE_AUTH request 1 [ IDi CERT AUTH ... ]`; of a fragment that is not known.
fn certified(parsed: &str) -> Option<bool> {
    let (_, payloads) = parsed.split_once('[')?;
    let has = |name: &str| payloads.split_whitespace().any(|payload| payload == name);
    (has("IDi") || has("IDr") || has("ID")).then(|| has("CERT"))
}

/// What of a certificate is refused: its validity, its authority; it is missing, or stands for another identity (`credential_manager.c`
/// looks certificates up by identity, and says nothing more where none fits). What only the silence of other lines would tell is not
/// told: they may be missing.
fn certificate(said: &str, context: &Context) -> Option<&'static str> {
    if said.contains("certificate invalid (valid ") {
        return Some("certificate-validity");
    }
    if said.contains("no issuer certificate found") {
        return Some("certificate-authority");
    }
    let identity = said.rsplit('\'').nth(1).filter(|identity| !identity.is_empty())?;
    match context.certificate? {
        false => Some("certificate"),
        true => (!context.subject.is_empty() && !context.subject.contains(identity)).then_some("identity"),
    }
}
