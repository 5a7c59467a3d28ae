//! strongSwan's charon: `13[CFG] text`; a thread's lines belong to the packet it last received.
//!
//! Words are those of strongSwan 5.9 (`ike_init.c`, `task_manager_v1.c`, `phase1.c`, `quick_mode.c`, `child_create.c`,
//! `shared_key_authenticator`, `ike_auth.c`, `eap_authenticator.c`, `xauth.c`).

use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::secret;
use crate::policy::text::lines;
use crate::policy::value::{bounded, values};
use crate::wire::vendor::Product;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("strongSwan's log"),
    sign: Sign::Lines(|line| thread(line).is_some()),
    read,
    logged: &[(
        Product::StrongSwan,
        "`journalctl -u strongswan` or `swanctl --log`",
    )],
    files: &["charon.log"],
    proof: Proof::Roles {
        begins: &[
            "] initiating IKE_SA ",
            "] initiating Main Mode ",
            "] initiating Aggressive Mode ",
        ],
        answers: &[" is initiating a"],
    },
    ..Dialect::LOG
};

/// Words that state a cause by themselves. The first that is found counts.
const TEXTS: &[(&str, Cause)] = &[
    ("no IKE config found for ", Cause::NoConnection),
    ("Aggressive Mode PSK disabled for security reasons", Cause::Mode),
    ("no shared key found for ", Cause::PskMissing),
    ("but MAC mismatched", Cause::PskDiffers),
    (
        "invalid ID_V1 payload length, decryption failed?",
        Cause::PskDiffers,
    ),
    ("calculated HASH does not match HASH payload", Cause::PskDiffers),
    ("no peer config found", Cause::Identity),
    ("no matching peer config found", Cause::Identity),
    ("constraint requires public key authentication", Cause::AuthMethod),
    ("constraint check failed: EAP identity", Cause::AuthMethod),
    ("subject certificate invalid", Cause::Certificate),
    ("no issuer certificate found for", Cause::Certificate),
    ("verification failed, retry", Cause::Eap),
    ("no EAP key found for hosts", Cause::Eap),
    ("received EAP_NAK, sending EAP_FAILURE", Cause::Eap),
    ("no virtual IP found", Cause::Address),
    ("no matching CHILD_SA config found for ", Cause::Selectors),
    ("unable to install inbound and outbound IPsec SA", Cause::Install),
];

/// The thread's number, and the text after `NN[GRP] `.
fn thread(line: &str) -> Option<(u8, &str)> {
    let mut from = 0;
    while let Some(at) = line.get(from..)?.find('[') {
        let at = from + at;
        let number = at.checked_sub(2).and_then(|b| line.get(b..at));
        let group = line
            .get(at + 1..at + 4)
            .filter(|g| g.bytes().all(|b| b.is_ascii_uppercase()));
        if let (Some(number), Some(_)) = (number, group)
            && let Some(text) = line.get(at + 4..).and_then(|t| t.strip_prefix("] "))
            && let Ok(number) = number.parse()
        {
            return Some((number, text));
        }
        from = at + 1;
        if from > 200 {
            return None;
        }
    }
    None
}

/// What a thread is at.
#[derive(Clone, Debug, Default)]
struct Context {
    peer: Option<IpAddr>,
    /// ID of the message it received.
    message: Option<u32>,
    received: Vec<Proposal>,
    allowed: Vec<Proposal>,
    /// The peer sent a certificate of its own.
    certificate: bool,
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
    if let Some((_, found)) = TEXTS.iter().find(|(words, _)| text.contains(words)) {
        return Some(*found);
    }
    if text.starts_with("found ") && text.contains(", but none allows ") {
        return Some(Cause::NotAllowed {
            aggressive: text.contains("Aggressive Mode"),
            found: true,
        });
    }
    if text.starts_with("IDir ") && text.contains(" does not match to ") {
        return Some(Cause::Identity);
    }
    if text.starts_with("no trusted ") && text.contains(" public key found for ") {
        return Some(Cause::Certificate);
    }
    if text.starts_with("XAuth authentication of ") && text.ends_with(" failed") {
        return Some(Cause::Xauth);
    }
    if text.starts_with("EAP method ") && text.contains(" failed for peer ") {
        return Some(Cause::Eap);
    }
    // Of IKEv2's child SAs, and of IKEv1's Informationals; a refusal of IKE_SA_INIT stands in clear on the wire.
    if let Some(rest) = text.strip_prefix("received ")
        && let Some((name, after)) = rest.split_once(' ')
        && matches!(after, "error notify" | "notify, no CHILD_SA built")
        && let Some(received) = Cause::received(name)
    {
        return Some(received);
    }
    (text.starts_with("traffic selectors ") && text.ends_with(" unacceptable")).then_some(Cause::Selectors)
}

fn read(policy: &mut Policy, text: &str) {
    let mut contexts: Vec<Context> = vec![Context::default(); 256];
    for (number, line) in lines(text) {
        if policy.log_is_full() {
            break;
        }
        let Some((thread, said)) = thread(line) else {
            continue;
        };
        let Some(context) = contexts.get_mut(usize::from(thread)) else {
            continue;
        };
        if let Some(rest) = said.strip_prefix("received packet: from ") {
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
        } else if let Some(rest) = said.strip_prefix("parsed ") {
            // `parsed QUICK_MODE request 1029475246 [ HASH SA No ID ID ]`
            let id = rest.split(" [").next().and_then(|r| r.rsplit(' ').next());
            context.message = id.and_then(|id| id.parse().ok());
        } else if said.starts_with("received end entity cert ") {
            context.certificate = true;
        } else if let Some(rest) = said.strip_prefix("received proposals: ") {
            context.received = proposals(rest);
        } else if let Some(rest) = said.strip_prefix("configured proposals: ") {
            context.allowed = proposals(rest);
        } else if let Some(one) = decisive(number, line, said, context) {
            policy.push(one);
        }
    }
}

fn decisive(number: u32, line: &str, said: &str, context: &mut Context) -> Option<Entry> {
    const REFUSED: [&str; 4] = [
        "no proposal found",
        "received proposals unacceptable",
        "no acceptable proposal found",
        "no matching proposal found",
    ];
    let refused = REFUSED.iter().any(|r| said.starts_with(r));
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
            one.differs = vec![certificate(said, context.certificate)];
        }
        if one.cause == Cause::Selectors {
            // The responder's own networks stand left in IKEv2's text and right in IKEv1's: kept as they stand.
            let words = secret::without(said).split_whitespace();
            one.selectors = values(words.filter(|w| w.contains('/')));
        }
        one
    };
    one.peer = context.peer;
    one.message = context.message;
    Some(one)
}

/// What of a certificate is refused: its validity, its authority; it is missing, or stands for another identity (`credential_manager.c`
/// looks certificates up by identity, and says nothing more where none fits).
fn certificate(said: &str, sent: bool) -> &'static str {
    if said.contains("certificate invalid (valid ") {
        "certificate-validity"
    } else if said.contains("no issuer certificate found") {
        "certificate-authority"
    } else if sent {
        "identity"
    } else {
        "certificate"
    }
}
