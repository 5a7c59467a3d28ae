//! Junos, SRX and MX: lines of kmd and iked, `kmd[1870]: IKE negotiation failed with error: ...`.
//!
//! Words: posted logs, and Juniper's *System Log Explorer* for the names `KMD_...`. That `No proposal chosen` of a failed negotiation
//! speaks of phase 1 is likely, and not verified. `src_ip` and `dst_ip` are the own address and the peer's.

use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::texts::Texts;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("Junos' log"),
    sign: Sign::Lines(is_line),
    read,
    proof: Proof::Roles {
        begins: &["Role: Initiator"],
        answers: &["Role: Responder"],
    },
    ..Dialect::LOG
};

/// Words that state a cause, and whether a log was seen that has them.
static TEXTS: Texts<(Cause, bool)> = Texts::new(&[
    (
        "IKE negotiation failed with error: No proposal chosen",
        (Cause::IkeProposal, false),
    ),
    (
        "IKE Phase-1 Failure: No proposal chosen",
        (Cause::IkeProposal, false),
    ),
    (") Policy lookup failed", (Cause::NoConnection, true)),
    ("Failed to match the peer proxy IDs", (Cause::Selectors, true)),
    ("KMD_VPN_TS_MISMATCH", (Cause::Selectors, true)),
]);

fn is_line(line: &str) -> bool {
    [" kmd[", " iked[", " KMD_", ": KMD_"]
        .iter()
        .any(|w| line.contains(w))
        && ["IKE ", "KMD_", "IPSec "].iter().any(|w| line.contains(w))
}

/// The address behind this word.
fn behind(line: &str, word: &str) -> Option<IpAddr> {
    let (_, rest) = line.split_once(word)?;
    address(rest.split(['/', ',', ']', ' ']).next()?)
}

fn read(policy: &mut Policy, text: &str) {
    for (number, line) in TEXTS.lines(text) {
        let Some((_, (cause, seen))) = TEXTS.find(line) else {
            continue;
        };
        let own = behind(line, "Local: ").or_else(|| behind(line, "src_ip="));
        let peer = behind(line, "Remote: ").or_else(|| behind(line, "dst_ip="));
        if let Some(own) = own {
            policy.address(own);
        }
        policy.unverified |= !seen;
        let mut one = Entry::new(number, line, *cause);
        one.peer = peer;
        policy.push(one);
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{OWN, PEER, causes, read, survives};

    const LOG: &str = "\
Jan  1 12:00:06  srx kmd[1870]: IKE negotiation failed with error: No proposal chosen. IKE Version: 1, VPN: v Gateway: g, Local: 198.51.100.20/500, Remote: 192.0.2.10/500, Local IKE-ID: Not-Available, Remote IKE-ID: Not-Available, VR-ID: 0: Role: Responder
Jan  1 12:01:06  srx kmd[1870]: IKE Phase-2: Failed to match the peer proxy IDs [p2_remote_proxy_id=ipv4_subnet(any:0,[0..7]=172.16.1.0/24)]
Jan  1 12:02:06  srx kmd[1870]: KMD_DPD_PEER_DOWN: DPD detected peer 192.0.2.10 is dead
";

    #[test]
    fn what_kmd_refuses_names_both_sides() {
        let policy = read("kmd", LOG);
        assert_eq!(policy.kind.name(), "Junos' log");
        assert_eq!(causes(&policy), [(1, Cause::IkeProposal), (2, Cause::Selectors)]);
        assert_eq!(
            (policy.addresses.as_slice(), policy.entries[0].peer),
            (&[OWN][..], Some(PEER))
        );
        assert_eq!(policy.roles, [false, true]);
        assert!(policy.unverified);
        survives(LOG);
    }
}
