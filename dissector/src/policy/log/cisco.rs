//! Cisco IOS `debug crypto isakmp`, `ipsec` and `ikev2`, ASA `debug crypto ikev1` and `ikev2`, and their `%CRYPTO-` and `%ASA-` lines.
//!
//! IOS compares each transform with each policy and stops at the first attribute that differs; what came furthest stands for
//! the refusal. IKEv2 prints both sides' lists. Words: Cisco's troubleshooting documents 5409 and 115934, *ASA Syslog Messages*
//! (713xxx, 750003). A zone and a year are not printed; a clock that was never set begins with `*`. The ID of the message at hand
//! stands before what is said of it, and in `QM FSM error` after it.

#[cfg(test)]
mod samples;

use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_VALUES;
use crate::policy::dialect::{Dialect, Proof, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::secret;
use crate::policy::text::lines;
use crate::policy::texts::Texts;
use std::net::IpAddr;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("Cisco's log"),
    sign: Sign::Lines(is_line),
    read,
    // States, `(R) MM_KEY_EXCH` of IKEv1 and `(R) MsgID = 00000000 CurState: INIT` of IKEv2.
    proof: Proof::Roles {
        begins: &["(I) MM_", "(I) AG_", "(I) QM_", "(I) MsgID"],
        answers: &["(R) MM_", "(R) AG_", "(R) QM_", "(R) MsgID"],
    },
    ..Dialect::LOG
};

/// Words that state a cause by themselves.
static TEXTS: Texts<Cause> = Texts::new(&[
    ("All IPSec SA proposals found unacceptable", Cause::ChildProposal),
    ("No pre-shared key with ", Cause::PskMissing),
    ("%CRYPTO-4-IKMP_BAD_MESSAGE", Cause::PskDiffers),
    ("reserved not zero on ID payload", Cause::PskDiffers),
    ("probably due to mismatched pre-shared key", Cause::PskDiffers),
    ("%CRYPTO-5-IKMP_INVAL_CERT", Cause::Certificate),
    ("proxy identities not supported", Cause::Selectors),
    ("no matching crypto map entry for remote proxy", Cause::Selectors),
    (
        "There was no IPSEC policy found for received TS",
        Cause::Selectors,
    ),
    (
        "Crypto Map Policy not found for remote traffic selector",
        Cause::Selectors,
    ),
    ("Reason: crypto map policy not found", Cause::Selectors),
    ("map_db_find_best did not find matching map", Cause::Selectors),
    ("Crypto Map Policy not found for Src", Cause::Selectors),
    (
        "Peer authentication method configured is mismatching with the method proposed by peer",
        Cause::AuthMethod,
    ),
    (
        "No remote authentication method configured for peer",
        Cause::AuthMethod,
    ),
    (
        "Computed authentication value for peer differs from what peer sent",
        Cause::PskDiffers,
    ),
    (
        "No pre-shared key or trustpoint configured for self",
        Cause::PskMissing,
    ),
    ("Unable to find tunnel group for peer", Cause::NoConnection),
    (
        "IKE peer does not match remote peer as defined in L2L policy",
        Cause::NoConnection,
    ),
    ("IKEv2 not enabled in group policy", Cause::Version),
    ("Can't find a valid tunnel group", Cause::NoConnection),
    (
        "Conflicting protocols specified by tunnel-group and group-policy",
        Cause::NoConnection,
    ),
    (
        "Originate-Only: Cannot accept incoming tunnel",
        Cause::NoConnection,
    ),
    (
        "BASE GROUP default preshared key not configured",
        Cause::PskMissing,
    ),
    ("Client IKE Auth mode differs from the group's", Cause::AuthMethod),
    (
        "Xauth required but selected Proposal does not support",
        Cause::AuthMethod,
    ),
    ("Remote peer has failed user authentication", Cause::Xauth),
    ("Cannot obtain an IP", Cause::Address),
]);

/// What IOS says of one attribute, in the order in which it compares.
const OFFERED: [(&str, Attribute); 6] = [
    (
        "Encryption algorithm offered does not match policy",
        Attribute::Encryption,
    ),
    ("Proposed key length does not match policy", Attribute::KeyLength),
    ("Hash algorithm offered does not match policy", Attribute::Hash),
    (
        "authentication offered but does not match policy",
        Attribute::AuthMethod,
    ),
    (
        "Authentication method offered does not match policy",
        Attribute::AuthMethod,
    ),
    (
        "Diffie-Hellman group offered does not match policy",
        Attribute::DhGroup,
    ),
];

/// The text of a line behind its clock, if it is one of these logs.
fn is_line(line: &str) -> bool {
    let line = line.trim_start();
    let mark = [
        "ISAKMP:",
        "ISAKMP (",
        "ISAKMP-PAK",
        "ISAKMP-ERROR",
        "IKEv2:",
        "IKEv2-",
        "[IKEv1",
        "[IKE COMMON",
        "IPSEC(",
    ]
    .iter()
    .filter_map(|m| line.find(m))
    .min();
    // Before it stands a clock, or nothing.
    let clocked = mark.is_some_and(|at| {
        let before = line.get(..at).unwrap_or_default();
        (before.is_empty() && line.contains(':'))
            // pluto has a table of algorithms, with columns for IKEv1 and IKEv2.
            || (before.matches(':').count() >= 2 && !before.contains(['#', '{', '"']) && !before.contains("IKEv1:"))
    });
    clocked
        || ["%ASA-", "%CRYPTO-", "%IKEV2-"].iter().any(|m| {
            line.split_once(m)
                .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
}

/// The word behind this text, as an address.
fn after(line: &str, text: &str) -> Option<IpAddr> {
    let (_, rest) = line.split_once(text)?;
    let word = rest
        .trim_start()
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | ')' | ']' | '!'))
        .next()?;
    address(word.trim_end_matches(['.', ':', '!']))
}

/// `processing SA payload. message ID = 3329780046` (negative in older releases of IOS), `Message id: 1` (IKEv2),
/// `IKE_DECODE RECEIVED Message (msgid=7b80c2b0)` (ASA).
fn message(line: &str) -> Option<u32> {
    if let Some((_, rest)) = line.split_once("RECEIVED Message (msgid=") {
        return u32::from_str_radix(rest.split(')').next()?, 16).ok();
    }
    let rest = ["message ID = ", "Message id: "]
        .iter()
        .find_map(|words| line.split_once(words))?
        .1;
    let number = rest.split(|c: char| c != '-' && !c.is_ascii_digit()).next()?;
    let signed = || number.parse().ok().map(i32::cast_unsigned);
    number.parse().ok().or_else(signed)
}

/// `QM FSM error (P2 struct &0x00007fff33763a70, mess id 0x2c44baec)!` (ASA, syslog 713902).
fn quick_mode_failed(line: &str) -> Option<u32> {
    let (_, rest) = line.split_once("QM FSM error (")?;
    let (_, id) = rest.split_once("mess id 0x")?;
    u32::from_str_radix(id.split(')').next()?, 16).ok()
}

/// What the lines of one message said so far.
#[derive(Default)]
struct Context {
    peer: Option<IpAddr>,
    spi: Option<u64>,
    /// ID of the message that was received.
    message: Option<u32>,
    /// What is printed is a message of its own.
    sends: bool,
    psk: Option<bool>,
    /// Attributes of the transform at hand, and all transforms.
    transform: Vec<String>,
    received: Vec<Proposal>,
    /// The comparison that came furthest: its rank, its attribute, its line.
    furthest: Option<(usize, Attribute, u32, String)>,
    /// The line of the entry whose lists are being printed, and which list.
    open: Option<(u32, bool)>,
    child: bool,
    /// ID of a Quick Mode that failed, and the line that says so.
    failed: Option<(u32, u32)>,
}

impl Context {
    fn transform_ends(&mut self) {
        let names = std::mem::take(&mut self.transform);
        if names.is_empty() || self.received.len() > MAX_VALUES {
            return;
        }
        let proposal = Proposal::new(Purpose::Ike, names.iter().map(String::as_str), &[]);
        if !self.received.contains(&proposal) {
            self.received.push(match self.received.len() {
                0..MAX_VALUES => proposal,
                _ => Proposal::unread(Purpose::Ike),
            });
        }
    }
}

fn read(policy: &mut Policy, text: &str) {
    let mut now = Context::default();
    for (number, line) in lines(text) {
        let begins = ["received packet from ", "Received Packet [From "]
            .iter()
            .find_map(|t| after(line, t));
        if let Some(peer) = begins {
            now = Context {
                peer: Some(peer),
                psk: now.psk,
                ..Context::default()
            };
            if let Some(own) = after(line, "/To ") {
                policy.address(own);
            }
            continue;
        }
        now.sends |= line.contains("Sending Packet [To ");
        if !now.sends {
            now.message = message(line).or(now.message);
        }
        if let Some((_, rest)) = line.split_once("Initiator SPI : ") {
            let spi = rest.split_whitespace().next().unwrap_or_default();
            now.spi = u64::from_str_radix(spi, 16).ok().or(now.spi);
            continue;
        }
        if let Some(id) = quick_mode_failed(line) {
            let said = policy.entries.last_mut();
            match said.filter(|e| e.message.is_none() && number.saturating_sub(e.line) < 8) {
                Some(one) => one.message = Some(id),
                // The reason follows it.
                None => now.failed = Some((id, number)),
            }
            now.peer = after(line, "IP = ").or(now.peer);
            continue;
        }
        if let Some(peer) = after(line, "IP = ").or_else(|| after(line, "Remote:")) {
            now.peer = Some(peer);
            if let Some(own) = after(line, "Local:") {
                policy.address(own);
            }
        }
        if line.contains("authentication method is 'PSK'") {
            now.psk = Some(true);
        } else if line.contains("authentication method is '") {
            now.psk = Some(false);
        }
        if !attribute(&mut now, line) && !lists(policy, &mut now, number, line) {
            decide(policy, &mut now, number, line);
        }
    }
}

/// A line about one transform; is it one?
fn attribute(now: &mut Context, line: &str) -> bool {
    if line.contains("Checking ISAKMP transform ") {
        now.transform_ends();
        return true;
    }
    let Some((_, said)) = line.split_once("ISAKMP:") else {
        return false;
    };
    // Newer releases have the number of the connection here as well.
    let said = match said.strip_prefix(" (").and_then(|s| s.split_once("):")) {
        Some((_, rest)) => rest,
        None => said,
    };
    if !said.starts_with("  ") {
        return false;
    }
    let said = said.trim();
    for (key, prefix) in [("encryption ", ""), ("hash ", ""), ("default group ", "group")] {
        if let Some(value) = said.strip_prefix(key) {
            now.transform.push(format!("{prefix}{value}"));
            return true;
        }
    }
    if let Some(bits) = said.strip_prefix("keylength of ") {
        // It follows the cipher, at once or later.
        if let Some(cipher) = now
            .transform
            .iter_mut()
            .find(|n| n.to_ascii_lowercase().starts_with("aes"))
        {
            cipher.push_str(bits);
        }
        return true;
    }
    false
}

/// `Received Policies:` and `Expected Policies:`, each with proposals below.
fn lists(policy: &mut Policy, now: &mut Context, number: u32, line: &str) -> bool {
    let refused = line.contains("Failed to find a matching policy");
    let (received, expected) = (
        line.contains("Received Policies"),
        line.contains("Expected Policies"),
    );
    if refused || received || expected {
        match now.open {
            None => {
                now.open = Some((number, false));
                policy.push(made(now, number, line, Cause::IkeProposal));
            }
            // What is quoted is the line that says so.
            Some((first, list)) if refused => {
                let said = opened(policy, first).filter(|one| !one.text.contains("Failed to find"));
                if let Some(one) = said {
                    (one.line, one.text) = (number, secret::cleaned(line));
                    now.open = Some((number, list));
                }
            }
            Some(_) => {}
        }
        if let Some((_, list)) = &mut now.open
            && (received || expected)
        {
            *list = expected;
        }
        // The list may stand in the same line.
        if !line.contains("Proposal 1:") {
            return true;
        }
    }
    let Some((first, expected)) = now.open else {
        return false;
    };
    let Some((_, names)) = line
        .split_once("Proposal ")
        .and_then(|(_, rest)| rest.split_once(':'))
    else {
        return false;
    };
    let (proposal, child) = ikev2(names);
    if let Some(one) = opened(policy, first) {
        if child {
            one.cause = Cause::ChildProposal;
        }
        let list = if expected {
            &mut one.allowed
        } else {
            &mut one.received
        };
        if list.len() < MAX_VALUES {
            list.push(proposal);
        }
    }
    true
}

/// The entry of this line, among the last ones.
fn opened(policy: &mut Policy, line: u32) -> Option<&mut Entry> {
    policy
        .entries
        .iter_mut()
        .rev()
        .take(8)
        .find(|one| one.line == line)
}

/// `ENCRYPTION: AES-CBC-128 PRF: SHA512 INTEGRITY: SHA512 DH GROUP: DH_GROUP_384_ECP/Group 20`: each with its label (IOS XE 16).
fn labelled(text: &str) -> Option<(Proposal, bool)> {
    const LABELS: [(&str, &str); 5] = [
        ("ENCRYPTION:", ""),
        ("PRF:", "prf-"),
        ("INTEGRITY:", ""),
        ("DH GROUP:", "group"),
        ("ESN:", ""),
    ];
    if !text.contains("ENCRYPTION:") {
        return None;
    }
    let ends = |at: usize| {
        let next = LABELS
            .iter()
            .filter_map(|(label, _)| Some(at + text.get(at..)?.find(label)?));
        next.min().unwrap_or(text.len())
    };
    let mut names = Vec::new();
    for (label, prefix) in LABELS.iter().take(4) {
        let Some(at) = text.find(label) else { continue };
        let begin = at + label.len();
        let values = text.get(begin..ends(begin)).unwrap_or_default();
        if *prefix == "group" {
            let groups = values.split("/Group ").skip(1);
            names.extend(
                groups
                    .take(MAX_VALUES)
                    .filter_map(|g| Some(format!("group{}", g.split_whitespace().next()?))),
            );
        } else {
            let values = values.split_whitespace().filter(|v| !matches!(*v, "None" | "DH"));
            names.extend(values.take(MAX_VALUES).map(|v| format!("{prefix}{v}")));
        }
    }
    let child = text.contains("ESN:");
    let purpose = if child { Purpose::Esp } else { Purpose::Ike };
    Some((
        Proposal::new(purpose, names.iter().map(String::as_str), &[]),
        child,
    ))
}

/// `AES-CBC-256 SHA1 SHA96 DH_GROUP_1024_MODP/Group 2`: cipher, PRF, integrity, group; of a data tunnel no PRF, but ESN.
fn ikev2(text: &str) -> (Proposal, bool) {
    if let Some(labelled) = labelled(text) {
        return labelled;
    }
    let (mut ciphers, mut hashes, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let child = text.contains("ESN");
    let mut words = text.split_whitespace().take(MAX_VALUES);
    while let Some(word) = words.next() {
        if word.ends_with("/Group") {
            rest.push(format!("group{}", words.next().unwrap_or_default()));
        } else if word.starts_with("SHA") || word.starts_with("MD5") {
            // Lengths of check values are written together with the name.
            hashes.push(match word {
                "SHA96" => "SHA1",
                "MD596" => "MD5",
                other => other,
            });
        } else if word == "Don't" || word == "use" || word.contains("ESN") || word == "Disabled" {
        } else {
            ciphers.push(word.to_owned());
        }
    }
    let aead = ciphers.iter().any(|c| c.contains("GCM"));
    let prfs = if child {
        0
    } else if aead {
        hashes.len()
    } else {
        hashes.len() / 2
    };
    for (i, hash) in hashes.into_iter().enumerate() {
        rest.push(if i < prfs {
            format!("prf-{hash}")
        } else {
            hash.to_owned()
        });
    }
    let purpose = if child { Purpose::Esp } else { Purpose::Ike };
    let names = ciphers.iter().chain(&rest).map(String::as_str);
    (Proposal::new(purpose, names, &[]), child)
}

fn made(now: &Context, number: u32, line: &str, cause: Cause) -> Entry {
    let mut one = Entry::new(number, line, cause);
    one.peer = now.peer;
    one.spi = now.spi.filter(|s| *s != 0);
    one.message = now.message;
    one
}

fn decide(policy: &mut Policy, now: &mut Context, number: u32, line: &str) {
    for (rank, (text, attribute)) in OFFERED.iter().enumerate() {
        if line.contains(text) {
            now.transform_ends();
            if now.furthest.as_ref().is_none_or(|f| rank > f.0) {
                now.furthest = Some((rank, *attribute, number, line.to_owned()));
            }
            return;
        }
    }
    // ASA: Mismatched attribute types for class Group Description:  Rcv'd: Group 2  Cfg'd: Group 5
    if let Some((_, class)) = line.split_once("Mismatched attribute types for class ") {
        let found = [
            ("Encryption", Attribute::Encryption),
            ("Key", Attribute::KeyLength),
            ("Hash", Attribute::Hash),
            ("Auth", Attribute::AuthMethod),
            ("Group", Attribute::DhGroup),
        ]
        .iter()
        .enumerate()
        .find(|(_, (word, _))| class.starts_with(word));
        if let Some((rank, (_, attribute))) = found
            && now.furthest.as_ref().is_none_or(|f| rank > f.0)
        {
            now.furthest = Some((rank, *attribute, number, line.to_owned()));
        }
        return;
    }
    let refused = ["no offers accepted!", "All SA proposals found unacceptable"]
        .iter()
        .any(|t| line.contains(t));
    if refused {
        now.transform_ends();
        let furthest = now.furthest.take();
        let cause = match furthest {
            Some((_, Attribute::AuthMethod, ..)) => Cause::AuthMethod,
            _ => Cause::IkeProposal,
        };
        let mut one = made(now, number, line, cause);
        one.received = std::mem::take(&mut now.received);
        if let Some((_, attribute, number, text)) = furthest {
            one.differs.push(attribute.name());
            (one.line, one.text) = (number, secret::cleaned(&text));
        }
        policy.push(one);
    } else if let Some((_, rest)) = line.split_once(" SA policy not acceptable! (local ") {
        let own = rest.split_whitespace().next().and_then(address);
        let peer = after(rest, "remote ");
        if let Some(own) = own {
            policy.address(own);
        }
        let phase2 = line.contains("phase 2");
        let said = policy
            .entries
            .last_mut()
            .filter(|e| number.saturating_sub(e.line) < 64 && (phase2 == now.child));
        match said {
            Some(one) => one.peer = one.peer.or(peer),
            None => {
                let cause = if phase2 {
                    Cause::ChildProposal
                } else {
                    Cause::IkeProposal
                };
                let mut one = made(now, number, line, cause);
                one.peer = one.peer.or(peer);
                policy.push(one);
            }
        }
    } else if line.contains("transform proposal") && line.contains("not supported for identity") {
        now.child = true;
        policy.push(made(now, number, line, Cause::ChildProposal));
    } else if line.contains("Verification of peer's authentication data FAILED") {
        if let Some(psk) = now.psk {
            let cause = if psk {
                Cause::PskDiffers
            } else {
                Cause::Certificate
            };
            policy.push(made(now, number, line, cause));
        }
    } else if let Some((text, cause)) = TEXTS.find(line) {
        now.child |= matches!(cause, Cause::Selectors | Cause::ChildProposal);
        let mut one = made(now, number, line, *cause);
        // Why a session is torn down follows what was refused.
        let follows = text.starts_with("Reason: ");
        let said = policy
            .entries
            .last()
            .filter(|e| number.saturating_sub(e.line) < 8);
        if follows && said.is_some_and(|e| e.cause == *cause && e.peer == one.peer) && now.failed.is_none() {
            return;
        }
        if let Some((id, _)) = now.failed.take().filter(|(_, at)| number.saturating_sub(*at) < 8) {
            one.message = Some(id);
        }
        one.peer = after(line, text)
            .filter(|_| *cause == Cause::PskMissing)
            .or_else(|| after(line, "message from "))
            .or_else(|| after(line, "received from "))
            .or(one.peer);
        policy.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of *ASA Syslog Messages*.
    #[test]
    fn what_an_asa_refuses_by_groups_and_users_is_told() {
        for (said, cause) in [
            (
                "713206: Group = g, Username = u, IP = 192.0.2.10 Tunnel Rejected: Conflicting protocols specified by tunnel-group and group-policy",
                Cause::NoConnection,
            ),
            (
                "713195: Group = g, Username = u, IP = 192.0.2.10 Tunnel rejected: Originate-Only: Cannot accept incoming tunnel yet!",
                Cause::NoConnection,
            ),
            (
                "713138: IP = 192.0.2.10 Group 192.0.2.10 not found and BASE GROUP default preshared key not configured",
                Cause::PskMissing,
            ),
            (
                "713165: Group = g, Username = u, IP = 192.0.2.10 Client IKE Auth mode differs from the group's configured Auth mode",
                Cause::AuthMethod,
            ),
            (
                "713167: Group = g, Username = u, IP = 192.0.2.10 Remote peer has failed user authentication - check configured username and password",
                Cause::Xauth,
            ),
            (
                "713132: Group = g, Username = u, IP = 192.0.2.10 Cannot obtain an IP address for remote peer",
                Cause::Address,
            ),
        ] {
            let policy = crate::policy::read(
                "asa.log",
                &format!("Jan 01 2026 12:00:06 asa : %ASA-3-{said}\n"),
                None,
            );
            let [one] = &policy.entries[..] else {
                panic!("{said}: {:?}", policy.entries)
            };
            assert_eq!(
                (one.cause, one.peer),
                (cause, "192.0.2.10".parse().ok()),
                "{said}"
            );
        }
    }

    #[test]
    fn message_ids_in_all_spellings() {
        let ids = [
            (
                "ISAKMP: (1001):processing SA payload. message ID = 3329780046",
                Some(3_329_780_046),
            ),
            (
                "ISAKMP (0:1): processing HASH payload. message ID = -965187250",
                Some(3_329_780_046),
            ),
            ("\tspi 0, message ID = 0, sa = 0x7EFF654479B0", Some(0)),
            (
                "IKEv2:Initiator SPI : 0123456789ABCDEF - Responder SPI : 0 Message id: 1",
                Some(1),
            ),
            (
                "[IKEv1]: IP = 192.0.2.10, IKE_DECODE RECEIVED Message (msgid=7b80c2b0) with payloads : HDR",
                Some(0x7B80_C2B0),
            ),
            (
                "[IKEv1]: IP = 192.0.2.10, IKE_DECODE SENDING Message (msgid=7b80c2b0) with payloads : HDR",
                None,
            ),
            ("ISAKMP: (1001):processing SA payload. message ID = ", None),
        ];
        for (line, id) in ids {
            assert_eq!(message(line), id, "{line}");
        }
        let failed =
            "Group = A, IP = 192.0.2.10, QM FSM error (P2 struct &0x00007fff33763a70, mess id 0x2c44baec)!";
        assert_eq!(quick_mode_failed(failed), Some(0x2C44_BAEC));
    }
}
