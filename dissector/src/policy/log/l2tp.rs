//! xl2tpd and pppd: `xl2tpd[884]: text`, `pppd[900]: text`, or bare texts of `pppd nodetach debug`.
//!
//! They tell what became of L2TP and PPP inside IPsec, which a capture shows to those alone who have the ESP keys. Their lines often
//! stand in one log with the IKE daemon's. Words are those of xl2tpd 1.3 (`control.c`, `xl2tpd.c`) and pppd 2.4 (`auth.c`, `chap-new.c`,
//! `upap.c`, `lcp.c`, `fsm.c`, `ipcp.c`). Frames that `debug` prints may hold a password; none of them is kept.

use crate::policy::dialect::{Dialect, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::text::{halves, has};
use crate::policy::texts::Texts;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("xl2tpd's log"),
    sign: Sign::Beside(is_line),
    read,
    ..Dialect::LOG
};

/// Words that state a cause. The first that is found counts.
static TEXTS: Texts<Cause> = Texts::with(CAUSES, beside);

const CAUSES: &[(&str, Cause)] = &[
    ("Denied connection to unauthorized peer", Cause::L2tp),
    ("Maximum retries exceeded for tunnel", Cause::L2tpSilent),
    ("Unable to deliver closing message for tunnel", Cause::L2tpSilent),
    (" authentication failed", Cause::Login),
    (" authentication failure", Cause::Login),
    ("peer refused to authenticate", Cause::Ppp),
    ("The remote system is required to authenticate itself", Cause::Ppp),
    ("No auth is possible", Cause::Ppp),
    ("LCP: timeout sending Config-Requests", Cause::Ppp),
    ("IPCP: timeout sending Config-Requests", Cause::Ppp),
    ("No network protocols running", Cause::Ppp),
    ("Could not determine remote IP address", Cause::Ppp),
    ("Could not determine local IP address", Cause::Ppp),
    ("Peer is not authorized to use remote address", Cause::Ppp),
];

/// Behind these words the peer's address stands.
const BEFORE_PEER: [&str; 4] = [
    "established with ",
    "Connecting to host ",
    CLOSED,
    "unauthorized peer ",
];
const CLOSED: &str = "closed to ";
/// How something ends.
const AUTHENTICATION: &str = " authentication";
const TERMINATED: &str = "LCP terminated by peer (";

/// What is looked at besides.
fn beside() -> Vec<&'static str> {
    BEFORE_PEER
        .into_iter()
        .chain([AUTHENTICATION, TERMINATED])
        .collect()
}

fn is_line(line: &str) -> bool {
    line.contains("xl2tpd[") || line.contains("pppd[") || line.starts_with("PPPoL2TP options:")
}

/// `control_finish: Connection closed to 198.51.100.20, port 1701 (No Authorization), Local: 34041, Remote: 2472`: closed for a reason.
fn closed(text: &str) -> bool {
    let Some((_, rest)) = halves(text, CLOSED) else {
        return false;
    };
    let reason = rest.split_once('(').and_then(|(_, r)| r.split_once(')'));
    // Without a reason, or when asked to, it was hung up.
    reason.is_some_and(|(reason, _)| {
        !matches!(reason, "" | "Goodbye!" | "Server closing" | "Expired" | "Timeout")
    })
}

/// How bare texts of pppd begin, which it writes without its name when it is not detached.
const BARE: [&str; 11] = [
    "CHAP auth",
    "PAP auth",
    "EAP auth",
    "MS-CHAP auth",
    "Peer ",
    "peer ",
    "LCP",
    "IPCP",
    "No ",
    "The remote system ",
    "Could not determine ",
];

/// `LCP terminated by peer (Authentication failed)`; who hangs up says so.
fn terminated(text: &str) -> bool {
    let reason = halves(text, TERMINATED);
    reason.is_some_and(|(_, reason)| !reason.starts_with("User request") && !reason.starts_with(')'))
}

fn read(policy: &mut Policy, text: &str) {
    // All of a long log at once, before each of its lines.
    let may = ["xl2tpd[", "pppd[", "PPPoL2TP options:"]
        .iter()
        .any(|w| has(text, w));
    if !may || !text.lines().any(is_line) {
        return;
    }
    let mut peer = None;
    for (number, line) in TEXTS.lines(text) {
        let l2tp = line.contains("xl2tpd[");
        let ppp = line.contains("pppd[");
        // Frames are printed as they are, with all that is in them.
        let frame = ["sent [", "rcvd ["].iter().any(|w| line.contains(w));
        let bare = BARE.iter().any(|w| line.starts_with(w)) && !line.contains("] ");
        if frame || !(l2tp || ppp || bare) {
            continue;
        }
        if l2tp {
            let after = BEFORE_PEER.iter().find_map(|w| line.split_once(w));
            if let Some(found) = after.and_then(|(_, rest)| address(rest.split_whitespace().next()?)) {
                peer = Some(found);
            }
        }
        let cause = TEXTS.find(line).map(|(_, c)| *c);
        let cause = cause.or_else(|| (l2tp && closed(line)).then_some(Cause::L2tp));
        let cause = cause.or_else(|| {
            let failed =
                line.contains("Peer ") && line.contains(" failed ") && line.ends_with(AUTHENTICATION);
            failed.then_some(Cause::Login)
        });
        let cause = cause.or_else(|| terminated(line).then_some(Cause::Ppp));
        if let Some(cause) = cause {
            let mut one = Entry::new(number, line, cause);
            one.peer = peer;
            one.by_peer = line.contains("terminated by peer");
            // xl2tpd names a call by its serial number.
            one.call = line.contains(", serial ");
            policy.push(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::read;

    #[test]
    fn the_outcome_of_l2tp_and_ppp_is_told_and_no_password() {
        let text = "xl2tpd[884]: Call established with 192.0.2.10, PID: 900, Local: 29058, Remote: 25345, Serial: 1\n\
                    rcvd [PAP AuthReq id=0x1 user=\"alice\" password=\"planted\"]\n\
                    Peer alice failed PAP authentication\n\
                    xl2tpd[884]: control_finish: Connection closed to 192.0.2.10, serial 1 ()\n";
        let policy = read("messages.log", text);
        assert_eq!(policy.kind.name(), "xl2tpd's log");
        let [one] = &policy.entries[..] else {
            panic!("{:?}", policy.entries)
        };
        assert_eq!(
            (one.line, one.cause, one.peer),
            (3, Cause::Login, "192.0.2.10".parse().ok())
        );
        assert!(!format!("{policy:?}").contains("planted"));
        let refused = "Jan  1 12:00:06 gw xl2tpd[883]: Connection 34041 closed to 192.0.2.10, port 1701 (No Authorization)\n";
        assert_eq!(read("x", refused).entries[0].cause, Cause::L2tp);
        let hung_up = "xl2tpd[883]: Connection 34041 closed to 192.0.2.10, port 1701 (Goodbye!)\n";
        assert!(read("x", hung_up).entries.is_empty());
    }
}
