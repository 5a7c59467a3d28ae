//! racoon of ipsec-tools, and RouterOS, whose IKEv1 comes from it: `2026-01-01 12:00:06: ERROR: text`, `12:00:06 ipsec,error text`.
//!
//! Words are those of ipsec-tools 0.8 (`ipsec_doi.c`, `isakmp_ident.c`, `isakmp_agg.c`, `isakmp_quick.c`, `oakley.c`, `proposal.c`,
//! `remoteconf.c`); those of RouterOS alone are from MikroTik's manual and users' logs. racoon first says, for each pair of
//! transforms, what differs between its own ("DB", "my") and the peer's, and then that nothing was chosen.
//!
//! At its usual level it names no message: `isakmp_pindex` prints two bytes of an ID, and of failures that end by time alone. With
//! `log debug` (RouterOS: topics `ipsec,debug`) each message that came is dumped before what is said of it (`isakmp.c`, `plog.c`).

use crate::policy::bounds::MAX_VALUES;
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::said::{Said, Value, said};
use crate::policy::secret;
use crate::policy::stamp::Stamp;
use crate::policy::text::{halves, lines, shown};
use crate::policy::texts::Texts;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("racoon's log"),
    sign: Sign::Lines(is_line),
    read,
    follows: &[
        ["failed to get sainfo", "failed to pre-process"],
        ["respond new phase 2", "failed to get sainfo"],
        ["no suitable proposal found", "failed to get valid proposal"],
        ["respond new phase 1", "begin "],
    ],
    proof: Proof::Roles {
        begins: &["initiate new phase 1"],
        answers: &["respond new phase 1"],
    },
    ..Dialect::LOG
};

/// Words that state a cause. The first that is found counts.
static TEXTS: Texts<Cause> = Texts::new(&[
    ("couldn't find configuration", Cause::NoConnection),
    ("couldn't find the pskey", Cause::PskMissing),
    ("couldn't find the proper pskey", Cause::PskMissing),
    ("HASH mismatched", Cause::PskDiffers),
    // RouterOS: the first encrypted message cannot be read.
    (
        "parsing packet failed, possible cause: wrong password",
        Cause::PskDiffers,
    ),
    ("not acceptable Aggressive mode", Cause::Mode),
    ("not acceptable Identity Protection mode", Cause::Mode),
    ("not allowed in any applicable rmconf", Cause::Mode),
    ("Expecting IP address type in main mode", Cause::Identity),
    ("No ID match", Cause::Identity),
    ("ID mismatched", Cause::Identity),
    ("identity not found for peer", Cause::Identity),
    // RouterOS 7.
    ("identity not found for responder", Cause::Identity),
    // What is configured for a data tunnel is found by the identities of phase 2 (`sainfo.c`).
    ("failed to get sainfo", Cause::Selectors),
    ("no remote configuration found", Cause::NoConnection),
    ("unable to get local issuer certificate", Cause::Certificate),
    ("self signed certificate", Cause::Certificate),
    ("certificate has expired", Cause::Certificate),
    ("certificate is not yet valid", Cause::Certificate),
    ("ogin failed for user", Cause::Xauth),
    ("no policy found", Cause::Selectors),
]);

/// Words that end the comparison of proposals.
const REFUSED: &[&str] = &[
    "no suitable proposal found",
    "failed to get valid proposal",
    "no suitable policy found",
    "failed to get proposal for responder",
];

/// Those of phase 2.
const REFUSED_2: [&str; 2] = ["no suitable policy found", "failed to get proposal for responder"];

/// racoon's words for what differs in phase 1, and ours.
const PHASE_1: &[(&str, &str)] = &[
    ("enctype", "encryption"),
    ("hashtype", "hash"),
    ("dh_group", "dh-group"),
    ("authmethod", "auth-method"),
];

/// The same in phase 2.
const PHASE_2: &[(&str, &str)] = &[
    ("trns_id mismatched", "encryption"),
    ("authtype mismatched", "integrity"),
    ("pfs group mismatched", "dh-group"),
    ("encmode mismatched", "encapsulation"),
    ("proto_id mismatched", "protocol"),
    ("low key length proposed", "key-length"),
];

fn is_line(line: &str) -> bool {
    let topic = |line: &str| {
        let mut words = line.split_whitespace().take(3);
        words.any(|w| w == "ipsec" || w.starts_with("ipsec,") || w.contains(",ipsec"))
    };
    line.contains(" racoon: ")
        || line.contains("<=>") && (line.contains("phase 1") || line.contains("phase1"))
        || [": ERROR: ", ": INFO: ", ": DEBUG: ", ": WARNING: "]
            .iter()
            .any(|level| line.find(level).is_some_and(|at| at < 40))
            && line.starts_with("20")
        || topic(line) && line.starts_with(|c: char| c.is_ascii_alphanumeric()) && Stamp::of(line).is_some()
}

/// What differs between two transforms: attribute, own value and the peer's, line.
struct Differing {
    pair: String,
    attribute: &'static str,
    own: String,
    peer: String,
    line: u32,
}

/// `rejected hashtype: DB(prop#1:trns#2):Peer(prop#1:trns#1) = MD5:SHA`.
fn phase_1(line: u32, text: &str) -> Option<Differing> {
    let text = secret::without(text);
    let (_, rest) = halves(text, "rejected ")?;
    let (word, rest) = rest.split_once(':')?;
    let (_, attribute) = PHASE_1.iter().find(|(name, _)| *name == word)?;
    let (pair, values) = halves(rest, " = ")?;
    let (own, peer) = values.trim().split_once(':')?;
    Some(Differing {
        pair: secret::cleaned(&pair.replace(' ', "")),
        attribute,
        own: secret::cleaned(own),
        peer: secret::cleaned(peer),
        line,
    })
}

/// `pfs group mismatched: my:2 peer:0`.
fn phase_2(line: u32, text: &str) -> Option<Differing> {
    let text = secret::without(text);
    let (words, attribute) = PHASE_2.iter().find(|(words, _)| text.contains(words))?;
    let (_, values) = text.split_once(words)?;
    let value = |names: [&str; 2]| {
        let (_, value) = names.iter().find_map(|n| values.split_once(n))?;
        Some(secret::cleaned(value.split_whitespace().next()?))
    };
    Some(Differing {
        pair: String::new(),
        attribute,
        own: value(["my:", "mine:"])?,
        peer: value(["peer:", "peer:"])?,
        line,
    })
}

/// The pair that differs least, and in what.
fn nearest(differing: &[Differing]) -> Vec<&Differing> {
    let of = |pair: &str| differing.iter().filter(|d| d.pair == pair).collect::<Vec<_>>();
    let all = differing.iter().map(|d| of(&d.pair));
    let mut best: Vec<&Differing> = all.min_by_key(Vec::len).unwrap_or_default();
    let mut seen = Vec::new();
    best.retain(|d| {
        let new = !seen.contains(&d.attribute);
        seen.push(d.attribute);
        new
    });
    best
}

/// An attribute in a sentence.
fn in_words(attribute: &'static str) -> &'static str {
    match attribute {
        "dh-group" => "dh group",
        "auth-method" => "auth method",
        "key-length" => "key length",
        other => other,
    }
}

/// "the hash here is MD5, SHA was offered (line 12)".
fn detail(differing: &[&Differing]) -> Vec<Said> {
    let parts = differing.iter().map(|d| {
        said!(
            "{} here {}, offered {} (line {})",
            Value::Own(in_words(d.attribute)),
            &d.own,
            &d.peer,
            d.line as usize
        )
    });
    parts.collect()
}

/// `100 bytes message received from 192.0.2.10[500] to 198.51.100.20[500]`, RouterOS: `===== received 100 bytes from ...`.
fn received(line: &str) -> bool {
    line.contains(" bytes message received from ") || line.contains("===== received ")
}

/// Initiator's SPI and message ID in the first line of a dump: words of four bytes (RFC 2408 3.1, RFC 7296 3.1).
fn header(line: &str) -> Option<(u64, u32)> {
    let bytes = |w: &&str| w.len() == 8 && w.bytes().all(|b| b.is_ascii_hexdigit());
    let mut words = line.split_whitespace().skip_while(|w| !bytes(w));
    let mut next = || {
        words
            .next()
            .filter(bytes)
            .and_then(|w| u32::from_str_radix(w, 16).ok())
    };
    let (high, low, _responder, _spi, _what, id) = (next()?, next()?, next()?, next()?, next()?, next()?);
    next()?;
    let spi = u64::from(high) << 32 | u64::from(low);
    (spi != 0).then_some((spi, id))
}

fn read(policy: &mut Policy, text: &str) {
    let mut peer: Option<IpAddr> = None;
    let (mut one, mut two): (Vec<Differing>, Vec<Differing>) = (Vec::new(), Vec::new());
    let mut refused_at = None;
    // SPI and ID of the message that came last, and the line that announces its dump.
    let (mut spi, mut message, mut announced) = (None, None, None);
    for (number, line) in lines(text) {
        if received(line) {
            (spi, message, announced) = (None, None, Some(number));
            continue;
        }
        // racoon breaks the line before the bytes.
        if announced.is_some_and(|at| number - at <= 2)
            && let Some((i, id)) = header(line)
        {
            (spi, message, announced) = (Some(i), Some(id), None);
            continue;
        }
        // `respond new phase 1 negotiation: 198.51.100.20[500]<=>192.0.2.10[500]`, own address first.
        if let Some((before, after)) = halves(line, "<=>") {
            let own = before.split_whitespace().next_back().and_then(address);
            if let (Some(own), Some(other)) = (own, after.split_whitespace().next().and_then(address)) {
                policy.address(own);
                peer = Some(other);
            }
            if line.contains("new phase") {
                one.clear();
                two.clear();
                refused_at = None;
            }
        }
        if let Some(found) = phase_1(number, line) {
            one.extend(Some(found).filter(|_| one.len() < MAX_VALUES));
        } else if let Some(found) = phase_2(number, line) {
            two.extend(Some(found).filter(|_| two.len() < MAX_VALUES));
        } else if REFUSED.iter().any(|words| line.contains(words)) {
            // Several lines say so one after another; the first has what differs.
            if refused_at.is_some_and(|at| number - at < 4) {
                continue;
            }
            refused_at = Some(number);
            let second = !two.is_empty() || REFUSED_2.iter().any(|words| line.contains(words));
            let differing = nearest(if second { &two } else { &one });
            let only = |name: &str| !differing.is_empty() && differing.iter().all(|d| d.attribute == name);
            let cause = match second {
                false if only("auth-method") => Cause::AuthMethod,
                false => Cause::IkeProposal,
                true if only("dh-group") => Cause::Pfs,
                true if only("encapsulation") => Cause::Encapsulation,
                true => Cause::ChildProposal,
            };
            let mut refusal = Entry::new(number, line, cause);
            refusal.peer = own_words(line).or(peer);
            (refusal.spi, refusal.message) = (spi, message);
            refusal.differs = differing.iter().map(|d| d.attribute).collect();
            refusal.detail = detail(&differing);
            one.clear();
            two.clear();
            policy.push(refusal);
        } else if let Some((_, cause)) = TEXTS.find(line) {
            // What refuses in general follows it.
            refused_at = Some(number);
            let mut found = Entry::new(number, line, *cause);
            found.peer = own_words(line).or(peer);
            // `identity not found for responder: ADDR4:198.51.100.20 peer: ADDR4:192.0.2.10`
            if let Some((own, other)) = both(line) {
                policy.address(own);
                found.peer = Some(other);
            }
            (found.spi, found.message) = (spi, message);
            if *cause == Cause::Selectors {
                let networks = secret::without(line)
                    .split_whitespace()
                    .filter(|w| w.contains('/'));
                found.selectors = networks.take(2).map(shown).collect();
            }
            if *cause == Cause::Certificate {
                let valid = line.contains("expired") || line.contains("not yet valid");
                found.differs = vec![if valid {
                    "certificate-validity"
                } else {
                    "certificate-authority"
                }];
            }
            policy.push(found);
        }
    }
}

/// The responder, which says so, and its peer.
fn both(line: &str) -> Option<(IpAddr, IpAddr)> {
    let (_, rest) = halves(line, "identity not found for responder: ADDR")?;
    let (own, rest) = halves(rest, " peer: ADDR")?;
    let bare = |text: &str| text.split_once(':')?.1.split_whitespace().next()?.parse().ok();
    Some((bare(own)?, bare(rest)?))
}

/// `ipsec,error 192.0.2.10 failed to get valid proposal`: the peer stands before the text, or with `[500]` in it.
fn own_words(line: &str) -> Option<IpAddr> {
    if line.contains("<=>") {
        return None;
    }
    line.split_whitespace().find_map(|w| {
        w.trim_end_matches('.')
            .parse()
            .ok()
            .or_else(|| w.contains('[').then(|| address(w))?)
    })
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::read;

    #[test]
    fn the_nearest_pair_of_transforms_says_what_differs() {
        let text = "2026-01-01 12:00:06: INFO: respond new phase 1 negotiation: 198.51.100.20[500]<=>192.0.2.10[500]\n\
                    2026-01-01 12:00:06: ERROR: rejected enctype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = AES-CBC:3DES-CBC\n\
                    2026-01-01 12:00:06: ERROR: rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = SHA:MD5\n\
                    2026-01-01 12:00:06: ERROR: rejected dh_group: DB(prop#1:trns#1):Peer(prop#1:trns#2) = 2048-bit MODP group:1024-bit MODP group\n\
                    2026-01-01 12:00:06: ERROR: no suitable proposal found.\n\
                    2026-01-01 12:00:06: ERROR: failed to get valid proposal.\n";
        let policy = read("racoon.log", text);
        assert_eq!(policy.kind.name(), "racoon's log");
        let [one] = &policy.entries[..] else {
            panic!("{:?}", policy.entries)
        };
        assert_eq!(
            (one.line, one.cause, one.peer),
            (5, Cause::IkeProposal, "192.0.2.10".parse().ok())
        );
        assert_eq!(one.differs, ["dh-group"]);
        assert!(
            one.detail[0]
                .to_string()
                .contains("offered 1024-bit MODP group (line 4)"),
            "{:?}",
            one.detail
        );
        assert_eq!(
            policy.addresses,
            ["198.51.100.20".parse::<std::net::IpAddr>().unwrap()]
        );
    }

    #[test]
    fn routeros_says_the_same_behind_its_topics() {
        let text = "17:21:08 ipsec rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = MD5:SHA\n\
                    17:21:08 ipsec,error no suitable proposal found.\n\
                    17:21:08 ipsec,error 10.5.107.112 failed to get valid proposal.\n\
                    17:21:09 ipsec,error parsing packet failed, possible cause: wrong password\n";
        let policy = read("router.log", text);
        let causes: Vec<_> = policy.entries.iter().map(|e| e.cause).collect();
        assert_eq!(causes, [Cause::IkeProposal, Cause::PskDiffers]);
        assert!(policy.entries.iter().all(|e| e.time.is_some()));
    }

    #[test]
    fn phase_2_names_group_and_mode() {
        let text = "2026-01-01 12:00:06: ERROR: pfs group mismatched: my:14 peer:0\n\
                    2026-01-01 12:00:06: ERROR: no suitable policy found.\n\
                    2026-01-01 12:00:09: ERROR: no policy found: 172.16.77.0/24[0] 172.16.1.0/24[0] proto=any dir=in\n";
        let policy = read("racoon.log", text);
        let causes: Vec<_> = policy.entries.iter().map(|e| e.cause).collect();
        assert_eq!(causes, [Cause::Pfs, Cause::Selectors]);
        assert_eq!(policy.entries[1].selectors.len(), 2);
    }

    #[test]
    fn a_dumped_message_gives_its_ids_to_what_is_said_of_it() {
        let dump = "1a2b3c4d 5e6f7081 92a3b4c5 d6e7f809 08102001 a1b2c3d4 000000bc 5f0a0b0c";
        let said = "ERROR: no policy found: 172.16.1.0/24[0] 172.16.77.0/24[0] proto=any dir=in\n\
                    2026-01-01 12:00:09: ERROR: failed to get proposal for responder.\n";
        let racoon = format!(
            "2026-01-01 12:00:09: DEBUG: 188 bytes message received from 192.0.2.10[500] to 198.51.100.20[500]\n\
             2026-01-01 12:00:09: DEBUG: \n{dump}\n0badf00d 0badf00d 0badf00d 0badf00d 0badf00d 0badf00d 0badf00d\n\
             2026-01-01 12:00:09: {said}"
        );
        let policy = read("racoon.log", &racoon);
        let [one] = &policy.entries[..] else {
            panic!("{:?}", policy.entries)
        };
        let ids = (Some(0x1A2B_3C4D_5E6F_7081), Some(0xA1B2_C3D4));
        assert_eq!(
            (one.cause, one.spi, one.message),
            (Cause::Selectors, ids.0, ids.1)
        );
        // The next message comes without a dump: nothing is known of it.
        let next = format!(
            "{racoon}2026-01-01 12:00:12: DEBUG: 188 bytes message received from 192.0.2.10[500]\n2026-01-01 12:00:12: {said}"
        );
        let policy = read("racoon.log", &next);
        let ids: Vec<_> = policy.entries.iter().map(|e| (e.spi, e.message)).collect();
        assert_eq!(
            ids,
            [(Some(0x1A2B_3C4D_5E6F_7081), Some(0xA1B2_C3D4)), (None, None)]
        );
    }
}
