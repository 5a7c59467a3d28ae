//! Daemons' logs -> their decisive lines: what was refused, when, of whom, and why.
//!
//! One file for each daemon: [`charon`] (strongSwan), [`pluto`] (Libreswan), [`iked`] (OpenIKED), [`racoon`] (ipsec-tools, RouterOS),
//! [`cisco`] (IOS, ASA), [`fortigate`], [`l2tp`] (xl2tpd and pppd, beside any of these). Only lines that state
//! a cause are kept, cut and escaped; a log's other lines, and whatever secrets they dump, are not.

mod charon;
mod cisco;
mod fortigate;
mod iked;
mod l2tp;
mod pluto;
mod racoon;

use super::file::Policy;
use super::text::head;

/// Whose log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Charon,
    Pluto,
    Iked,
    Racoon,
    Cisco,
    FortiGate,
    L2tp,
}

impl Kind {
    /// For sentences.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Charon => "strongSwan's log",
            Self::Pluto => "Libreswan's log",
            Self::Iked => "OpenIKED's log",
            Self::Racoon => "racoon's log",
            Self::Cisco => "Cisco's log",
            Self::FortiGate => "FortiGate's log",
            Self::L2tp => "xl2tpd's log",
        }
    }
}

/// How many lines of a file's beginning are looked at to tell whose log it is.
const BEGINNING: usize = 400;

/// How much of each of them, in bytes.
const HEAD: usize = 512;

/// Shorter lines are of no log.
const SHORT: usize = 8;

/// Whose log it is, from the form of most of its first lines; `None` if it is no log. Comments of a configuration are none.
pub(super) fn kind(text: &str) -> Option<Kind> {
    type IsLine = fn(&str) -> bool;
    const KINDS: [(Kind, IsLine); 6] = [
        (Kind::Charon, |line| charon::thread(line).is_some()),
        (Kind::Cisco, cisco::is_line),
        (Kind::Pluto, pluto::is_line),
        (Kind::Iked, iked::is_line),
        (Kind::FortiGate, fortigate::is_line),
        (Kind::Racoon, racoon::is_line),
    ];
    let beginning = || {
        let lines = text
            .lines()
            .take(BEGINNING)
            .map(|line| head(line, HEAD))
            .filter(|line| line.len() >= SHORT);
        lines.filter(|line| !line.trim_start().starts_with(['#', '!']))
    };
    let mut counts = [0_usize; KINDS.len()];
    for line in beginning() {
        let found = KINDS.iter().zip(&mut counts).find(|((_, is), _)| is(line));
        if let Some((_, count)) = found {
            *count += 1;
        }
    }
    // A log of several daemons is the IKE daemon's; where two count the same, the stricter form is listed first.
    let most = KINDS.iter().zip(counts).rev().max_by_key(|&(_, count)| count);
    match most {
        Some(((kind, _), 1..)) => Some(*kind),
        _ => beginning().any(l2tp::is_line).then_some(Kind::L2tp),
    }
}

/// What daemons say as they begin and as they answer; `initiating` alone is said of the peer as well.
const ROLES: [(Kind, [&[&str]; 2]); 6] = [
    (
        Kind::Charon,
        [
            &[
                "] initiating IKE_SA ",
                "] initiating Main Mode ",
                "] initiating Aggressive Mode ",
            ],
            &[" is initiating a"],
        ],
    ),
    (
        Kind::Pluto,
        [
            &[": initiating IKEv"],
            &[
                ": responding to Main Mode",
                ": responding to Aggressive Mode",
                "processing IKE_SA_INIT request",
            ],
        ],
    ),
    (
        Kind::Iked,
        [&[": send IKE_SA_INIT req"], &[": recv IKE_SA_INIT req"]],
    ),
    (
        Kind::Racoon,
        [&["initiate new phase 1"], &["respond new phase 1"]],
    ),
    // States, `(R) MM_KEY_EXCH` of IKEv1 and `(R) MsgID = 00000000 CurState: INIT` of IKEv2.
    (
        Kind::Cisco,
        [
            &["(I) MM_", "(I) AG_", "(I) QM_", "(I) MsgID"],
            &["(R) MM_", "(R) AG_", "(R) QM_", "(R) MsgID"],
        ],
    ),
    (Kind::FortiGate, [&[": initiator"], &[": responder"]]),
];

/// Reads a log.
pub(super) fn read(policy: &mut Policy, kind: Kind, text: &str) {
    match kind {
        Kind::Charon => charon::read(policy, text),
        Kind::Pluto => pluto::read(policy, text),
        Kind::Iked => iked::read(policy, text),
        Kind::Racoon => racoon::read(policy, text),
        Kind::Cisco => cisco::read(policy, text),
        Kind::FortiGate => fortigate::read(policy, text),
        Kind::L2tp => {}
    }
    l2tp::read(policy, text);
    let says = |words: &[&str]| text.lines().any(|line| words.iter().any(|w| line.contains(w)));
    if let Some((_, roles)) = ROLES.iter().find(|(k, _)| *k == kind) {
        policy.roles = roles.map(says);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_whose_most_lines_are() {
        // libreswan 4.10's own words: pluto lists its algorithms when it starts.
        let table = "Jan  1 12:00:06.1: initializing secured heap\n\
            Jan  1 12:00:06.2:   AES_CCM_16         [*128] IKEv1:     ESP     IKEv2:     ESP     FIPS aes_ccm\n\
            Jan  1 12:00:06.3:   3DES_CBC           [*192] IKEv1: IKE ESP     IKEv2: IKE ESP     FIPS 3des\n\
            Jan  1 12:00:07.1: \"lab\" #1: initiating IKEv2 connection\n";
        assert_eq!(kind(table), Some(Kind::Pluto));
        let debug = "Jan  1 12:00:06.123: ISAKMP:(0): processing SA payload. message ID = 0\n\
            Jan  1 12:00:06.124: IKEv2:(SESSION ID = 1,SA ID = 1):Failed to find a matching policy\n";
        assert_eq!(kind(debug), Some(Kind::Cisco));
        assert_eq!(kind("# a configuration\nconn lab\n"), None);
    }
}
