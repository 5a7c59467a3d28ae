//! FortiGate: `diagnose debug application ike -1`, lines that begin with `ike `.
//!
//! A message begins with `comes PEER->OWN`; its SPIs and, but for a first message, its ID follow as `id=INITIATOR/RESPONDER:MESSAGE`. Before a refusal stand the lists of both
//! sides: `incoming proposal:` and `my proposal:`. The dumps of messages and keys that are printed besides are not looked at.

#[cfg(test)]
mod samples;

use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_VALUES;
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::text::lines;
use crate::policy::texts::Texts;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("FortiGate's log"),
    sign: Sign::Lines(is_line),
    read,
    proof: Proof::Roles {
        begins: &[": initiator"],
        answers: &[": responder"],
    },
    ..Dialect::LOG
};

/// Words that state a cause. The first that is found counts.
static TEXTS: Texts<Cause> = Texts::new(&[
    ("probable pre-shared secret mismatch", Cause::PskDiffers),
    ("probable pre-shared key mismatch", Cause::PskDiffers),
    ("failed to match peer selectors", Cause::Selectors),
    ("specified selectors mismatch", Cause::Selectors),
    ("no matching phase2", Cause::Selectors),
    ("peer ID verification failed", Cause::Identity),
    ("peer identifier does not match", Cause::Identity),
    ("encapsulation mode mismatch", Cause::Encapsulation),
]);

/// Words of a refusal whose lists stand before it.
const REFUSED: [&str; 4] = [
    "no SA proposal chosen",
    "no proposal chosen",
    "peer SA proposal not match local policy",
    "negotiation failure",
];

/// The text behind `ike ... `, if it is such a line.
fn said(line: &str) -> Option<&str> {
    let at = if line.starts_with("ike ") {
        0
    } else {
        line.find(" ike ").filter(|at| *at < 32)? + 1
    };
    let rest = line.get(at + 4..)?;
    let number = rest.split(':').next()?;
    (rest.starts_with("V=") || number.parse::<u32>().is_ok()).then_some(rest)
}

fn is_line(line: &str) -> bool {
    said(line).is_some_and(|rest| rest.contains(':'))
}

#[derive(Default)]
struct Context {
    peer: Option<IpAddr>,
    spi: Option<u64>,
    message: Option<u32>,
    lists: [Vec<Proposal>; 2],
    /// Which list is being printed: 0 the peer's, 1 the own.
    list: Option<usize>,
    names: Vec<String>,
    child: bool,
    refused: bool,
    /// The notification that it last said it received.
    told: Option<Cause>,
}

impl Context {
    fn proposal_ends(&mut self) {
        let names = std::mem::take(&mut self.names);
        if names.is_empty() {
            return;
        }
        let purpose = if self.child { Purpose::Esp } else { Purpose::Ike };
        if let Some(list) = self.list.and_then(|l| self.lists.get_mut(l))
            && list.len() < MAX_VALUES
        {
            list.push(Proposal::new(purpose, names.iter().map(String::as_str), &[]));
        }
    }
}

fn read(policy: &mut Policy, text: &str) {
    let mut now = Context::default();
    for (number, line) in lines(text) {
        let Some(rest) = said(line) else { continue };
        if let Some((_, ends)) = rest.split_once("comes ") {
            let mut ends = ends
                .split(',')
                .next()
                .unwrap_or_default()
                .split("->")
                .map(|e| address(e.split_whitespace().next().unwrap_or_default()));
            now = Context {
                peer: ends.next().flatten(),
                ..Context::default()
            };
            if let Some(own) = ends.next().flatten() {
                policy.address(own);
            }
        } else if let Some((_, ids)) = rest.split_once(" id=") {
            let spi = ids.split('/').next().unwrap_or_default();
            now.spi = u64::from_str_radix(spi, 16).ok().filter(|s| *s != 0);
            // `sent IKE msg` has the ID of a message of its own.
            if rest.contains(" exchange=") {
                now.message = message(ids);
            }
        } else if rest.contains("incoming proposal") || rest.contains("my proposal") {
            now.proposal_ends();
            let list = usize::from(rest.contains("my proposal"));
            now.list = Some(list);
            now.child = false;
            if let Some(list) = now.lists.get_mut(list) {
                list.clear();
            }
        } else if rest.contains("proposal id = ") {
            now.proposal_ends();
        } else if let Some((_, protocol)) = rest
            .split_once("protocol id = ")
            .or_else(|| rest.split_once("protocol = "))
        {
            now.child = protocol.contains("ESP");
        } else if !algorithm(&mut now, rest) {
            decide(policy, &mut now, number, line, rest);
        }
    }
}

/// `554498e2804b4c46/9352e4e98f9c4c1a:00000001 len=72`; messages without ID have 0.
fn message(ids: &str) -> Option<u32> {
    let all = ids.split(' ').next()?;
    match all.split_once(':') {
        Some((_, id)) => u32::from_str_radix(id, 16).ok(),
        None => Some(0),
    }
}

/// `type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256`, `type=ENCR, val=AES_CBC (key_len = 256)`, `trans_id = ESP_AES_CBC (key_len = 256)`.
fn algorithm(now: &mut Context, rest: &str) -> bool {
    let bits = |text: &str| -> String {
        let (_, after) = text
            .split_once("key-len=")
            .or_else(|| text.split_once("key_len = "))
            .unwrap_or_default();
        after.chars().take_while(char::is_ascii_digit).collect()
    };
    if let Some((_, name)) = rest.split_once("trans_id = ESP_") {
        // Each transform of IKEv1's second phase is an offer of its own.
        now.proposal_ends();
        let word: String = name
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        now.names.push(format!("{word}{}", bits(name)));
        return true;
    }
    let Some((_, kind)) = rest.split_once("type=") else {
        return rest.contains("trans_id = ") || rest.contains("encapsulation = ");
    };
    let Some((kind, value)) = kind.split_once(", val=") else {
        return true;
    };
    let word = value
        .split([' ', ',', '.'])
        .next()
        .unwrap_or_default()
        .trim_start_matches("AUTH_");
    match kind {
        "OAKLEY_ENCRYPT_ALG" => {
            now.proposal_ends();
            now.names.push(format!("{word}{}", bits(value)));
        }
        "ENCR" => now.names.push(format!("{word}{}", bits(value))),
        "PRF" => now.names.push(format!("prf-{}", word.trim_start_matches("PRF_"))),
        "OAKLEY_HASH_ALG" | "OAKLEY_GROUP" | "INTEGR" | "DH_GROUP" | "AUTH_ALG" | "GROUP_DESCRIPTION"
            if word != "NONE" =>
        {
            now.names.push(word.to_owned());
        }
        _ => {}
    }
    true
}

/// `received notify type TS_UNACCEPTABLE`: the peer's word.
fn told(rest: &str) -> Option<Cause> {
    let words = ["received notify type ", "processing notify type "];
    let (_, name) = words.iter().find_map(|words| rest.split_once(words))?;
    Cause::received(name.trim_end_matches('.').trim())
}

fn decide(policy: &mut Policy, now: &mut Context, number: u32, line: &str, rest: &str) {
    let refused = REFUSED.iter().any(|t| rest.contains(t));
    let cause = if let Some((_, cause)) = TEXTS.find(rest) {
        *cause
    } else if refused && !now.refused {
        now.proposal_ends();
        let child =
            rest.contains("IPsec SA") || now.lists.iter().flatten().any(|p| p.purpose == Purpose::Esp);
        if child {
            Cause::ChildProposal
        } else {
            Cause::IkeProposal
        }
    } else if let Some(cause) = told(rest) {
        // Said again as it is processed.
        if now.told == Some(cause) {
            return;
        }
        now.told = Some(cause);
        cause
    } else {
        return;
    };
    now.refused |= refused;
    let mut one = Entry::new(number, line, cause);
    one.peer = now.peer;
    (one.spi, one.message) = (now.spi, now.message);
    if matches!(cause, Cause::IkeProposal | Cause::ChildProposal) {
        [one.received, one.allowed] = std::mem::take(&mut now.lists);
    }
    policy.push(one);
}
