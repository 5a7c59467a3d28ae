//! Palo Alto's `ikemgr.log`: `2026-01-01 12:00:06.123 +0000  [PERR]: {    1:    4}: text`. Much of it is racoon's.
//!
//! Words: Palo Alto's knowledge base and posted logs, and racoon's `sainfo.c`. The SA at hand stands in a line of its own, own address
//! first, with both cookies.

use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::text::halves;
use crate::policy::texts::Texts;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("Palo Alto's ikemgr.log"),
    sign: Sign::Lines(is_line),
    read,
    proof: Proof::Roles {
        begins: &["STARTED AS INITIATOR"],
        answers: &["STARTED AS RESPONDER"],
    },
    follows: &[
        ["STARTED AS ", "Initiated SA: "],
        ["failed to get sainfo", "failed to pre-process"],
    ],
    ..Dialect::LOG
};

/// Words that state a cause.
static TEXTS: Texts<Cause> = Texts::with(CAUSES, || vec![SA]);

const CAUSES: &[(&str, Cause)] = &[
    ("failed to get sainfo", Cause::Selectors),
    ("no proposal chosen", Cause::IkeProposal),
    ("was not presented in the IKE proposal", Cause::IkeProposal),
    ("does not match peers id", Cause::Identity),
    (
        "Couldn't find configuration for IKE phase-1 request",
        Cause::NoConnection,
    ),
];

/// Behind it stand both ends and the cookies.
const SA: &str = " SA: ";

/// How grave a line is.
const LEVELS: [&str; 5] = ["[PNTF]: {", "[PERR]: {", "[PWRN]: {", "[INFO]: {", "[DEBG]: {"];

fn is_line(line: &str) -> bool {
    LEVELS.iter().any(|level| line.contains(level))
}

/// `198.51.100.20[500]-192.0.2.10[500] cookie:1a2b3c4d5e6f7081:0000000000000000`.
fn sa(line: &str) -> Option<(IpAddr, IpAddr, Option<u64>)> {
    let (_, rest) = halves(line, SA)?;
    let (own, rest) = halves(rest, "]-")?;
    let peer = rest.split(']').next()?;
    let cookie = halves(rest, "cookie:").and_then(|(_, c)| u64::from_str_radix(c.get(..16)?, 16).ok());
    let bare = |text: &str| address(text.split('[').next()?);
    Some((bare(own)?, bare(peer)?, cookie.filter(|c| *c != 0)))
}

fn read(policy: &mut Policy, text: &str) {
    let (mut peer, mut spi) = (None, None);
    for (number, line) in TEXTS.lines(text) {
        if let Some((own, other, cookie)) = sa(line) {
            policy.address(own);
            (peer, spi) = (Some(other), cookie);
        }
        let Some((_, cause)) = TEXTS.find(line) else {
            continue;
        };
        let mut one = Entry::new(number, line, *cause);
        (one.peer, one.spi) = (peer, spi);
        policy.push(one);
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{OWN, PEER, causes, read, survives};

    const LOG: &str = "\
2026-01-01 12:00:05.123 +0000  [PNTF]: {    1:     }: ====> PHASE-1 NEGOTIATION STARTED AS RESPONDER, MAIN MODE <====
                                                      ====> Initiated SA: 198.51.100.20[500]-192.0.2.10[500] cookie:1a2b3c4d5e6f7081:92a3b4c5d6e7f809 <====
2026-01-01 12:00:05.423 +0000  [PNTF]: {    1:    4}: ====> PHASE-2 NEGOTIATION STARTED AS RESPONDER, (QUICK MODE) <====
2026-01-01 12:00:05.424 +0000  [PERR]: {    1:    4}: failed to get sainfo.
2026-01-01 12:00:05.425 +0000  [PERR]: {    1:    4}: failed to pre-process packet.
";

    #[test]
    fn proxy_ids_that_are_not_known_are_selectors() {
        let policy = read("ikemgr.log", LOG);
        assert_eq!(policy.kind.name(), "Palo Alto's ikemgr.log");
        assert_eq!(causes(&policy), [(4, Cause::Selectors)]);
        let one = &policy.entries[0];
        assert_eq!((one.peer, one.spi), (Some(PEER), Some(0x1A2B_3C4D_5E6F_7081)));
        assert_eq!(
            (policy.addresses.as_slice(), policy.roles),
            (&[OWN][..], [false, true])
        );
        // As the web interface shows it, the newest first.
        let turned: String = LOG.lines().rev().map(|line| format!("{line}\n")).collect();
        assert_eq!(causes(&read("ikemgr.log", &turned)), [(2, Cause::Selectors)]);
        survives(LOG);
    }
}
