//! OpenIKED's iked: `spi=0xINITIATOR: function: text` (`iked -dv`; `ikev2.c`, `ikev2_pld.c`, `ikev2_msg.c`).
//!
//! It lists what a peer offered, a line for each algorithm, before it says that nothing was chosen.

use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_VALUES;
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::text::halves;
use crate::policy::texts::Texts;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("OpenIKED's log"),
    sign: Sign::Lines(is_line),
    read,
    proof: Proof::Roles {
        begins: &[": send IKE_SA_INIT req"],
        answers: &[": recv IKE_SA_INIT req"],
    },
    ..Dialect::LOG
};

static TEXTS: Texts<Cause> = Texts::with(CAUSES, beside);

const CAUSES: &[(&str, Cause)] = &[
    ("IKEv1 not supported", Cause::Version),
    ("ikev2_msg_authverify failed", Cause::PskDiffers),
    ("no compatible policy found", Cause::Identity),
    ("failed to load CHILD SA", Cause::Install),
    ("ikev2_add_error: TS_UNACCEPTABLE", Cause::Selectors),
];

/// What is looked at besides: of whom a line is, and what came.
fn beside() -> Vec<&'static str> {
    vec![SPI, PEER, HEADER, PAYLOAD, RANGE, PROPOSAL, NO_PROPOSAL]
}
const SPI: &str = "spi=0x";
const PEER: &str = " peer ";
const HEADER: &str = "ikev2_pld_parse: header ";
const PAYLOAD: &str = "decrypted payload ";
const RANGE: &str = "ikev2_pld_ts: start ";
const PROPOSAL: &str = "ikev2_log_proposal: ";
const NO_PROPOSAL: &str = "ikev2_add_error: NO_PROPOSAL_CHOSEN";

fn is_line(line: &str) -> bool {
    line.contains("spi=0x") && line.contains(": ")
        || line.contains("ikev2_pld_")
        || line.contains("config_getpolicy:")
        || line.contains("ecv: IKEv1 not supported")
        || line.contains("recv: IKEv1 not supported")
}

fn read(policy: &mut Policy, text: &str) {
    // The SPI of the SA at hand, what was logged of its offer: number, purpose, names.
    let mut offer: Vec<(String, Purpose, Vec<String>)> = Vec::new();
    let mut at = None;
    let mut peer = None;
    // ID of the message it last took apart.
    let mut message = None;
    let mut selectors = Selectors::default();
    for (number, line) in TEXTS.lines(text) {
        let spi =
            halves(line, SPI).and_then(|(_, rest)| u64::from_str_radix(rest.split(':').next()?, 16).ok());
        if spi.is_some() && spi != at {
            (at, peer) = (spi, None);
            offer.clear();
        }
        if let Some((_, rest)) = halves(line, HEADER) {
            let id = halves(rest, " msgid ").and_then(|(_, r)| r.split(' ').next());
            message = id.and_then(|id| id.parse().ok());
        }
        if let Some((_, rest)) = halves(line, PEER) {
            let mut words = rest.split_whitespace();
            if let Some(found) = words.next().and_then(|w| address(w.trim_end_matches(','))) {
                peer = Some(found);
            }
            if let (Some("local"), Some(own)) = (words.next(), words.next())
                && let Some(own) = address(own.trim_end_matches(','))
            {
                policy.address(own);
            }
        }
        if let Some(narrowed) = selectors.read(number, line) {
            policy.push(Entry { message, ..narrowed });
        }
        if let Some((_, rest)) = halves(line, PROPOSAL) {
            logged(&mut offer, rest);
            continue;
        }
        let cause = if line.contains(NO_PROPOSAL) {
            let child = offer.iter().any(|o| o.1 != Purpose::Ike);
            Some(if child {
                Cause::ChildProposal
            } else {
                Cause::IkeProposal
            })
        } else {
            TEXTS.find(line).map(|t| t.1)
        };
        if let Some(cause) = cause {
            let mut one = Entry::new(number, line, cause);
            one.spi = spi.or(at);
            (one.peer, one.message) = (peer, message);
            if matches!(cause, Cause::ChildProposal | Cause::IkeProposal) {
                one.received = offer
                    .drain(..)
                    .map(|(_, purpose, names)| {
                        Proposal::new(purpose, names.iter().map(String::as_str), &[]).complete()
                    })
                    .collect();
            }
            policy.push(one);
        }
    }
}

/// The responder's selectors (TSr) in an IKE_AUTH or CREATE_CHILD_SA request and in its answer, which `iked -dvv` lists.
#[derive(Default)]
struct Selectors {
    spi: Option<u64>,
    answer: bool,
    tsr: bool,
    asked: Vec<(IpAddr, IpAddr)>,
    answered: Vec<(IpAddr, IpAddr)>,
}

impl Selectors {
    /// Takes a line. An entry once all of an answer lies elsewhere than what was asked for (`ikev2_resp_create_child_sa`
    /// and `ikev2_resp_ike_auth` answer with the policy's own flows).
    fn read(&mut self, number: u32, line: &str) -> Option<Entry> {
        if let Some(rest) = halves(line, HEADER).and_then(|(_, rest)| rest.strip_prefix("ispi 0x")) {
            let spi = u64::from_str_radix(rest.split_whitespace().next()?, 16).ok();
            let answer = rest.ends_with(" response 1");
            let same = answer && self.spi == spi;
            let asked = if same {
                std::mem::take(&mut self.asked)
            } else {
                Vec::new()
            };
            *self = Self {
                spi,
                answer,
                asked,
                ..Self::default()
            };
        } else if let Some((_, rest)) = halves(line, PAYLOAD) {
            self.tsr = rest.starts_with("TSr ");
        } else if let Some((_, rest)) = halves(line, RANGE).filter(|_| self.tsr) {
            let (start, end) = halves(rest, " end ")?;
            let range = (address(start)?, address(end)?);
            let list = if self.answer {
                &mut self.answered
            } else {
                &mut self.asked
            };
            if list.len() < MAX_VALUES {
                list.push(range);
            }
            let meet = |a: &(IpAddr, IpAddr), b: &(IpAddr, IpAddr)| a.0 <= b.1 && b.0 <= a.1;
            let first = *self.asked.first()?;
            let elsewhere = self.answered == [range] && !self.asked.iter().any(|asked| meet(asked, &range));
            return elsewhere.then(|| {
                let mut one = Entry::new(number, line, Cause::Elsewhere);
                one.spi = self.spi;
                one.selectors = [first, range].map(|(a, b)| format!("{a} to {b}")).into();
                one
            });
        }
        None
    }
}

/// `IKE #1 ENCR=AES_CBC-256`.
fn logged(offer: &mut Vec<(String, Purpose, Vec<String>)>, text: &str) -> Option<()> {
    let mut words = text.split_whitespace();
    let (protocol, number, transform) = (words.next()?, words.next()?, words.next()?);
    let purpose = match protocol {
        "IKE" => Purpose::Ike,
        "ESP" => Purpose::Esp,
        "AH" => Purpose::Ah,
        _ => return None,
    };
    let (kind, name) = transform.split_once('=')?;
    let name = match kind {
        "PRF" => format!("PRF_{name}"),
        "ESN" if name == "NONE" => "noesn".to_owned(),
        _ => name.to_owned(),
    };
    if let Some(o) = offer.iter_mut().find(|o| o.0 == number && o.1 == purpose) {
        if o.2.len() < MAX_VALUES {
            o.2.push(name);
        }
    } else if offer.len() < MAX_VALUES {
        offer.push((number.to_owned(), purpose, vec![name]));
    }
    Some(())
}
