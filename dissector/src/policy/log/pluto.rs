//! Libreswan's pluto: `"conn"[1] 192.0.2.10 #1: text` and `packet from 192.0.2.10:500: text`.
//!
//! Words are those of Libreswan 3.0 to 5.4 and of Openswan 2.6 (`ikev1_spdb_struct.c`, `ikev1.c`, `ikev1_quick.c`, `ikev2_proposals.c`,
//! `ikev2_unsecured.c`, `ikev2_auth.c`, `ikev2_ts.c`, `ikev2_child.c`). The proposals a connection allows are logged as it is loaded.
//! With `plutodebug` the daemon thinks aloud in lines that begin with `|` (`log.c`): what it weighs there is no refusal.

use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_VALUES;
use crate::policy::connection::{Child, Connection};
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::said::said;
use crate::policy::text::{halves, has, head, lines, shown};
use crate::policy::texts::Texts;
use crate::policy::value::{add, at, bounded};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("Libreswan's log"),
    sign: Sign::Lines(is_line),
    read,
    proof: Proof::Roles {
        begins: &[": initiating IKEv"],
        answers: &[
            ": responding to Main Mode",
            ": responding to Aggressive Mode",
            "processing IKE_SA_INIT request",
            ": responding to IKE_SA_INIT ",
        ],
    },
    ..Dialect::LOG
};

/// Words that state a cause. The first that is found counts.
static TEXTS: Texts<Cause> = Texts::with(CAUSES, beside);

const CAUSES: &[(&str, Cause)] = &[
    ("no preshared key found for", Cause::PskMissing),
    ("mismatch of preshared secrets", Cause::PskDiffers),
    ("computed hash does not match hash received", Cause::PskDiffers),
    ("no acceptable Oakley Transform", Cause::IkeProposal),
    ("no acceptable Proposal in IPsec SA", Cause::ChildProposal),
    ("we require PFS but", Cause::Pfs),
    (" not supported for PFS", Cause::Pfs),
    (
        "but no (wildcard) connection has been configured",
        Cause::NotAllowed {
            aggressive: true,
            found: false,
        },
    ),
    ("policy is set to silently drop all IKEv1", Cause::Version),
    ("policy is set to reject all IKEv1", Cause::Version),
    (
        "no suitable connection found with IKEv2 policy",
        Cause::NoConnection,
    ),
    // Of IKEv1, and of IKEv2 up to 3.32: it looks for connections of this address and authentication.
    ("parent SA message received on ", Cause::NoConnection),
    ("IKE_SA_INIT message received on ", Cause::NoConnection),
    (
        "no connection has been authorized",
        Cause::NotAllowed {
            aggressive: false,
            found: false,
        },
    ),
    ("eer attempted PSK authentication but we want ", Cause::AuthMethod),
    ("eer attempted EAP authentication, but ", Cause::AuthMethod),
    (
        "policy does not allow OAKLEY_PRESHARED_KEY authentication",
        Cause::AuthMethod,
    ),
    (
        "policy does not allow OAKLEY_RSA_SIG authentication",
        Cause::AuthMethod,
    ),
    (
        "policy does not allow Extended Authentication (XAUTH)",
        Cause::AuthMethod,
    ),
    (
        "policy mandates Extended Authentication (XAUTH)",
        Cause::AuthMethod,
    ),
    ("no PSK found for ", Cause::PskMissing),
    ("No matching PSK found for connection", Cause::PskMissing),
    ("AUTH mismatch: Received AUTH != computed AUTH", Cause::PskDiffers),
    ("PSK Authentication failed", Cause::PskDiffers),
    ("PSK authentication failed AUTH mismatch", Cause::PskDiffers),
    ("authentication failed: PSK AUTH mismatch", Cause::PskDiffers),
    (
        "received Hash Payload does not match computed value",
        Cause::PskDiffers,
    ),
    ("because no connection is known for", Cause::Selectors),
    ("with encrypted notification TS_UNACCEPTABLE", Cause::Selectors),
    (
        "o IKEv2 connection found with compatible Traffic Selectors",
        Cause::Selectors,
    ),
    ("responding with TS_UNACCEPTABLE", Cause::Selectors),
    (
        "peer proposal was rejected in a virtual connection policy",
        Cause::Selectors,
    ),
    (
        "peer proposal was reject in a virtual connection policy",
        Cause::Selectors,
    ),
    ("mismatched on first found connection", Cause::Identity),
    ("we require peer to have ID ", Cause::Identity),
    ("we require IKEv1 peer to have ID ", Cause::Identity),
    ("we require IKEv2 peer to have ID ", Cause::Identity),
    ("no suitable connection for peer ", Cause::Identity),
    (
        "ertificate payload rejected for this connection",
        Cause::Certificate,
    ),
    ("ertificate rejected for this connection", Cause::Certificate),
    ("no free address in addresspool", Cause::Address),
    ("address pool exhausted", Cause::Address),
    (
        "Authentication Failed: Incorrect Username or Password",
        Cause::Xauth,
    ),
    (
        "local policy requires Transport Mode but peer requires required Tunnel Mode",
        Cause::Encapsulation,
    ),
    (
        "policy dictates Transport, but peer requested Tunnel",
        Cause::Encapsulation,
    ),
    (
        "policy dictates Tunnel, but peer requested Transport",
        Cause::Encapsulation,
    ),
    (
        "responder established IKE SA; authenticated peer",
        Cause::Authenticated,
    ),
    (
        "policy dictates Transport Mode, but peer requested Tunnel",
        Cause::Encapsulation,
    ),
    (
        "policy dictates Tunnel Mode, but peer requested Transport",
        Cause::Encapsulation,
    ),
];

/// What is looked at besides.
fn beside() -> Vec<&'static str> {
    let others = [
        GROUP,
        MAIN_MODE,
        AGGRESSIVE_MODE,
        NO_PROPOSAL,
        IGNORING,
        IGNORED,
        OF_CONNECTION,
    ];
    INTERFACES.into_iter().chain(others).collect()
}
const GROUP: &str = "OAKLEY_GROUP ";
const MAIN_MODE: &str = "responding to Main Mode";
const AGGRESSIVE_MODE: &str = "responding to Aggressive Mode";
/// Before the name of an interface and its address (`kernel_xfrm.c` of 3.32, `iface.c`).
const INTERFACES: [&str; 3] = [
    "adding interface ",
    "adding UDP interface ",
    "adding TCP interface ",
];
const NO_PROPOSAL: &str = "no local proposal matches remote proposals ";
const IGNORING: &str = "ignoring informational payload ";
const IGNORED: &str = "received and ignored notification payload: ";
/// Behind a connection's name, as it is added.
const OF_CONNECTION: &str = "\":";

/// `"lab"[1] 192.0.2.10 #1: ...`: the connection, and the number of the state.
fn of_state(line: &str) -> bool {
    let behind_name = line.split_once('"').and_then(|(_, rest)| rest.split_once('"'));
    let state = behind_name.and_then(|(_, rest)| rest.split_once('#'));
    state.is_some_and(|(peer, rest)| {
        let number = rest.split_once(':').map_or("", |(number, _)| number);
        peer.starts_with(['[', ' ']) && !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit())
    })
}

/// What stands before the text of a debug line: nothing, or a clock and a program.
fn is_debug(line: &str) -> bool {
    let head = head(line, MAX_PREFIX);
    let head = head.split('"').next().unwrap_or_default();
    head.trim_start().starts_with("| ") || head.contains(": | ") || head.contains("Z | ")
}

/// Clock and program stand before so many bytes.
const MAX_PREFIX: usize = 120;

fn is_line(line: &str) -> bool {
    [
        "added IKEv1 connection",
        "added IKEv2 connection",
        "packet from ",
        "adding UDP interface",
        "loading secrets from",
        // Before it lists its algorithms, in words that other logs have, too.
        "Starting Pluto (Libreswan",
        "Initializing NSS",
    ]
    .iter()
    .any(|w| line.contains(w))
        || of_state(line)
}

/// The words of a text that are addresses; the first is the peer's.
fn peer(line: &str) -> Option<IpAddr> {
    if let Some((_, rest)) = halves(line, "packet from ") {
        return address(rest.split_whitespace().next()?.trim_end_matches(':'));
    }
    let (_, rest) = line.split_once('"')?;
    let (_, rest) = rest.split_once('"')?;
    rest.split_whitespace().take(2).find_map(address)
}

/// `responding to IKE_AUTH message (ID 1) from ...`, `ignoring informational payload NO_PROPOSAL_CHOSEN, msgid=0a1b2c3d, length=12`,
/// `responding to Quick Mode proposal {msgid:0a1b2c3d}`.
fn message(line: &str) -> Option<u32> {
    if let Some((_, rest)) = halves(line, "message (ID ") {
        return rest.split(')').next()?.parse().ok();
    }
    let (_, rest) = halves(line, "msgid")?;
    u32::from_str_radix(rest.get(1..9)?, 16).ok()
}

/// IKE SAs by the number of their state, whose IKE_AUTH was decrypted, and nothing was logged of since.
///
/// Libreswan 5.2 to 5.4 drops what it would say of an identity that is not the expected one (`ikev2_ike_auth.c`: `update_peer_id` fails,
/// and its text is freed), and names every other reason to refuse this message. Older versions name this one as well. A log of which
/// lines were left out looks the same.
fn unsaid(policy: &mut Policy, text: &str) {
    if !has(text, REFUSED) {
        return;
    }
    let mut decrypted = HashSet::new();
    for (number, line) in lines(text).filter(|(_, line)| !is_debug(line)) {
        let Some(state) = state(line) else { continue };
        if line.contains(DECRYPTED) {
            decrypted.insert(state);
        } else if decrypted.remove(state) && line.contains(REFUSED) {
            let mut one = Entry::new(number, line, Cause::Identity);
            (one.peer, one.message) = (peer(line), message(line));
            one.detail = vec![said!(
                "no line before it names a reason, and Libreswan 5.2 to 5.4 names none if the peer's identity is not the one that is expected"
            )];
            one.also = &[Cause::PskDiffers, Cause::Certificate];
            policy.push(one);
        }
    }
}

const DECRYPTED: &str = "processing decrypted IKE_AUTH request";
const REFUSED: &str = " with encrypted notification AUTHENTICATION_FAILED";

/// The number of the state that a line is about.
fn state(line: &str) -> Option<&str> {
    let (_, rest) = halves(line, " #")?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest.get(..end).filter(|number| !number.is_empty())
}

/// `198.51.100.20:500`; from 5.1 on `198.51.100.20:UDP/500`.
fn own(word: &str) -> Option<IpAddr> {
    let ends = [":UDP/", ":TCP/"].iter().find_map(|port| word.find(port));
    address(word.get(..ends.unwrap_or(word.len()))?)
}

fn read(policy: &mut Policy, text: &str) {
    unsaid(policy, text);
    // Groups of the offer at hand that are not supported: said before the offer is refused as a whole.
    let mut groups = Vec::new();
    let mut names = Names::new();
    for (number, line) in TEXTS.lines(text).filter(|(_, line)| !is_debug(line)) {
        if let Some((_, rest)) = halves(line, GROUP)
            && let Some((group, _)) = halves(rest, " not supported")
        {
            groups.extend(group.parse::<u16>().ok().filter(|_| groups.len() < MAX_VALUES));
        } else if line.contains(MAIN_MODE) || line.contains(AGGRESSIVE_MODE) {
            groups.clear();
        } else if let Some((_, rest)) = INTERFACES.iter().find_map(|words| halves(line, words)) {
            if let Some(own) = rest.split_whitespace().skip(1).find_map(own) {
                policy.address(own);
            }
        } else if let Some((_, rest)) = halves(line, NO_PROPOSAL) {
            let received = remote(rest);
            let child = rest.contains(":ESP:") || rest.contains(":AH:");
            let cause = if child {
                Cause::ChildProposal
            } else {
                Cause::IkeProposal
            };
            let mut one = Entry::new(number, line, cause);
            (one.peer, one.message) = (peer(line), message(line));
            one.received = received;
            policy.push(one);
        } else if let Some((_, cause)) = TEXTS.find(line) {
            let mut one = Entry::new(number, line, *cause);
            (one.peer, one.message) = (peer(line), message(line));
            if *cause == Cause::IkeProposal {
                one.refused_groups = std::mem::take(&mut groups);
            }
            policy.push(one);
        } else if let Some((_, rest)) = halves(line, IGNORING).or_else(|| halves(line, IGNORED)) {
            if let Some(cause) = Cause::received(rest.split(',').next().unwrap_or_default().trim()) {
                let mut one = Entry::new(number, line, cause);
                (one.peer, one.message) = (peer(line), message(line));
                policy.push(one);
            }
        } else {
            loaded(policy, &mut names, number, line);
        }
    }
}

/// Numbers of connections, by their names.
type Names = HashMap<String, usize>;

/// The connection of this name.
fn named<'a>(policy: &'a mut Policy, names: &Names, name: &str) -> Option<&'a mut Connection> {
    policy.connections.get_mut(*names.get(&shown(name))?)
}

/// `"lab":   1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048` as a connection is added.
fn loaded(policy: &mut Policy, known: &mut Names, number: u32, line: &str) -> Option<()> {
    let (_, rest) = line.split_once('"')?;
    let (name, said) = halves(rest, OF_CONNECTION)?;
    let said = said.trim();
    let version = said
        .strip_prefix("added ")
        .and_then(|s| s.strip_suffix(" connection"));
    let lists = said.contains(" proposals (connection add)");
    if (version.is_some() || lists) && named(policy, known, name).is_none() {
        policy.connection(name, number)?;
        known.insert(shown(name), policy.connections.len() - 1);
    }
    if let Some(version) = version {
        named(policy, known, name)?.version = match version {
            "IKEv1" => at(Version::V1, number),
            "IKEv2" => at(Version::V2, number),
            _ => None,
        };
        return Some(());
    }
    if lists {
        let c = named(policy, known, name)?;
        // Loaded again: what follows is the list that holds.
        if said.starts_with("IKE") {
            c.ike = None;
        } else {
            Arc::make_mut(&mut c.children).clear();
        }
        return Some(());
    }
    let (_, list) = said.split_once(':')?;
    let (protocol, names) = list.split_once('=')?;
    let purpose = match protocol {
        "IKE" => Purpose::Ike,
        "ESP" => Purpose::Esp,
        "AH" => Purpose::Ah,
        _ => return None,
    };
    let c = named(policy, known, name)?;
    let mut names: Vec<String> = names.split('-').map(str::to_owned).collect();
    if purpose == Purpose::Ike
        && let Some(prf) = names.get_mut(1)
    {
        *prf = prf
            .split('+')
            .map(|p| format!("PRF_{p}"))
            .collect::<Vec<_>>()
            .join("+");
    }
    let all = names.iter().flat_map(|n| n.split('+'));
    let proposal = Proposal::new(purpose, all, &[256, 128]);
    let into = if purpose == Purpose::Ike {
        &mut c.ike
    } else {
        if c.children.is_empty() {
            c.child(Child::default());
        }
        &mut c.last_child()?.proposals
    };
    add(into, number, proposal, || Proposal::unread(purpose));
    Some(())
}

/// `1:IKE:ENCR=AES_CBC_256;INTEG=HMAC_SHA2_256_128;PRF=HMAC_SHA2_256;DH=MODP3072 2:...`.
fn remote(text: &str) -> Vec<Proposal> {
    let all = text.split_whitespace().filter_map(|one| {
        let mut parts = one.splitn(3, ':');
        let (_number, protocol, list) = (parts.next()?, parts.next()?, parts.next()?);
        let purpose = match protocol {
            "IKE" => Purpose::Ike,
            "ESP" => Purpose::Esp,
            "AH" => Purpose::Ah,
            _ => return None,
        };
        let names: Vec<String> = list
            .trim_end_matches(['[', ']'])
            .split([';', ','])
            .filter_map(|t| {
                let (kind, name) = t.split_once('=')?;
                Some(match (kind, name) {
                    ("PRF", _) => format!("PRF_{name}"),
                    // As 5.x says it.
                    ("ESN", "NO") => "noesn".to_owned(),
                    ("ESN", "YES") => "esn".to_owned(),
                    _ => name.to_owned(),
                })
            })
            .collect();
        Some(Proposal::new(purpose, names.iter().map(String::as_str), &[]))
    });
    bounded(all, || Proposal::unread(Purpose::Ike))
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{OWN, PEER, causes, read, survives};

    /// As Libreswan 5.2 logs it, between what it says of another IKE SA.
    const LOG: &str = "\
Jan  1 12:00:11.191224: \"lab\"[1] 192.0.2.10 #1: processing decrypted IKE_AUTH request from 192.0.2.10:UDP/4500 containing SK{IDi,IDr,AUTH,SA,TSi,TSr}
Jan  1 12:00:11.191300: | rhc: thinking aloud #1: whatever
Jan  1 12:00:11.191400: \"lab\"[2] 192.0.2.99 #2: received IKE_AUTH request, computing DH in the background
Jan  1 12:00:11.192263: \"lab\"[1] 192.0.2.10 #1: responding to IKE_AUTH message (ID 1) from 192.0.2.10:4500 with encrypted notification AUTHENTICATION_FAILED
";

    #[test]
    fn a_refusal_without_a_reason_is_likely_one_of_the_identity() {
        let policy = read("pluto.log", LOG);
        assert_eq!(policy.kind.name(), "Libreswan's log");
        assert_eq!(causes(&policy), [(4, Cause::Identity)]);
        let one = &policy.entries[0];
        assert_eq!((one.peer, one.message), (Some(PEER), Some(1)));
        assert!(one.also.contains(&Cause::PskDiffers) && !one.detail.is_empty());
        survives(LOG);
    }

    #[test]
    fn its_own_addresses_are_those_of_its_interfaces() {
        for line in [
            "adding interface eth0/eth0 (esp-hw-offload not supported by kernel) 198.51.100.20:500",
            "adding UDP interface eth0 198.51.100.20:4500",
            "addconn: adding interface eth0 198.51.100.20:UDP/4500 (NAT)",
            "adding interface eth0 198.51.100.20:TCP/4500",
        ] {
            let policy = read("x", &format!("Initializing NSS\n{line}\n"));
            assert_eq!(policy.addresses, [OWN], "{line}");
        }
    }

    #[test]
    fn a_reason_that_is_logged_counts_whatever_it_is() {
        let with = |reason: &str| {
            LOG.replace(
                "\"lab\"[2] 192.0.2.99 #2",
                &format!("\"lab\"[1] 192.0.2.10 #1: {reason}"),
            )
        };
        let key = "authentication failed: computed hash does not match hash received from peer ID_FQDN '@client.example'";
        assert_eq!(causes(&read("x", &with(key))), [(3, Cause::PskDiffers)]);
        assert!(
            read("x", &with("a reason that nobody knows here"))
                .entries
                .is_empty()
        );
    }
}
