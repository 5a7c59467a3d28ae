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
use crate::policy::text::{halves, lines};
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

/// Words of a refusal whose lists stand before it. Without its own list they say as well that no gateway has this version, mode or
/// address.
const REFUSED: [&str; 3] = [
    "no SA proposal chosen",
    "no proposal chosen",
    "peer SA proposal not match local policy",
];

/// Follows such words or precedes them; alone it counts behind both lists.
const FAILURE: &str = "negotiation failure";

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

/// What a FortiGate says with the words that it has for this cause: its gateways are found by all of it.
pub(super) fn also(cause: Cause) -> &'static [Cause] {
    match cause {
        Cause::IkeProposal => &[Cause::NoConnection, Cause::Version, Cause::Mode],
        Cause::ChildProposal => &[Cause::Pfs, Cause::Selectors],
        Cause::Identity => &[Cause::Certificate],
        _ => &[],
    }
}

#[derive(Default)]
struct Context<'a> {
    peer: Option<IpAddr>,
    spi: Option<u64>,
    message: Option<u32>,
    lists: [Vec<Proposal>; 2],
    /// Which list is being printed: 0 the peer's, 1 the own.
    list: Option<usize>,
    names: Vec<String>,
    child: bool,
    refused: bool,
    /// A line that says so without a cause, until another one names it.
    failed: Option<(u32, &'a str)>,
    /// The notification that it last said it received.
    told: Option<Cause>,
}

impl Context<'_> {
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

    /// This line refuses what the lists before it hold.
    fn refuse(&mut self, policy: &mut Policy, number: u32, line: &str) {
        self.proposal_ends();
        self.refused = true;
        let child =
            line.contains("IPsec SA") || self.lists.iter().flatten().any(|p| p.purpose == Purpose::Esp);
        let cause = if child {
            Cause::ChildProposal
        } else {
            Cause::IkeProposal
        };
        let mut one = self.entry(number, line, cause);
        [one.received, one.allowed] = std::mem::take(&mut self.lists);
        if one.allowed.is_empty() {
            one.also = also(cause);
        }
        policy.push(one);
    }

    /// Nothing that follows speaks of this message, or of these lists.
    fn ends(&mut self, policy: &mut Policy) {
        self.proposal_ends();
        if let Some((number, line)) = self.failed.take()
            && !self.refused
            && self.lists.iter().all(|list| !list.is_empty())
        {
            self.refuse(policy, number, line);
        }
    }

    fn entry(&self, number: u32, line: &str, cause: Cause) -> Entry {
        let mut one = Entry::new(number, line, cause);
        one.peer = self.peer;
        (one.spi, one.message) = (self.spi, self.message);
        one
    }
}

fn read(policy: &mut Policy, text: &str) {
    let mut now = Context::default();
    for (number, line) in lines(text) {
        let Some(rest) = said(line) else { continue };
        if let Some((_, ends)) = halves(rest, "comes ") {
            now.ends(policy);
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
        } else if let Some((_, ids)) = halves(rest, " id=") {
            let spi = ids.split('/').next().unwrap_or_default();
            now.spi = u64::from_str_radix(spi, 16).ok().filter(|s| *s != 0);
            // `sent IKE msg` has the ID of a message of its own.
            if rest.contains(" exchange=") {
                now.message = message(ids);
            }
        } else if rest.contains("incoming proposal") || rest.contains("my proposal") {
            now.ends(policy);
            let list = usize::from(rest.contains("my proposal"));
            now.list = Some(list);
            now.child = false;
            if let Some(list) = now.lists.get_mut(list) {
                list.clear();
            }
        } else if rest.contains("proposal id = ") {
            now.proposal_ends();
        } else if let Some((_, protocol)) =
            halves(rest, "protocol id = ").or_else(|| halves(rest, "protocol = "))
        {
            now.child = protocol.contains("ESP");
        } else if !algorithm(&mut now, rest) {
            decide(policy, &mut now, number, line, rest);
        }
    }
    now.ends(policy);
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
fn algorithm(now: &mut Context<'_>, rest: &str) -> bool {
    let bits = |text: &str| -> String {
        let (_, after) = halves(text, "key-len=")
            .or_else(|| halves(text, "key_len = "))
            .unwrap_or_default();
        after.chars().take_while(char::is_ascii_digit).collect()
    };
    if let Some((_, name)) = halves(rest, "trans_id = ESP_") {
        // Each transform of IKEv1's second phase is an offer of its own.
        now.proposal_ends();
        let word: String = name
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        now.names.push(format!("{word}{}", bits(name)));
        return true;
    }
    let Some((_, kind)) = halves(rest, "type=") else {
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

fn decide<'a>(policy: &mut Policy, now: &mut Context<'a>, number: u32, line: &'a str, rest: &str) {
    let refused = || REFUSED.iter().any(|t| rest.contains(t));
    if let Some((_, cause)) = TEXTS.find(rest) {
        policy.push(now.entry(number, line, *cause));
    } else if !now.refused && refused() {
        now.refuse(policy, number, line);
    } else if rest.contains(FAILURE) {
        now.failed = Some((number, line));
    } else if let Some(cause) = told(rest)
        // Said again as it is processed.
        && now.told != Some(cause)
    {
        now.told = Some(cause);
        policy.push(now.entry(number, line, cause));
    }
}
