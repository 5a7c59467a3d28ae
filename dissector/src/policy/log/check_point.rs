//! Check Point's log as syslog: `... CheckPoint 19710 - [action:"Reject"; cookiei:"..."; ike::"Main Mode Failed to match proposal: ..."; ]`.
//!
//! Words: Check Point's *Log Exporter* and posted logs. `cookiei` is the initiator's SPI.

use crate::policy::dialect::{Dialect, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::secret;
use crate::policy::text::{lines, quoted};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("Check Point's log"),
    sign: Sign::Lines(|line| line.contains("CheckPoint ") && line.contains("[action:\"")),
    read,
    ..Dialect::LOG
};

/// What is called wrong, and the attribute that differs.
const WRONG: [(&str, &str); 5] = [
    ("Encryption Algorithm", "encryption"),
    ("Key Length", "key-length"),
    ("Hash Algorithm", "hash"),
    ("Authentication Method", "auth-method"),
    ("Group Description", "dh-group"),
];

/// The value of `name:"value"`, or of `name::"value"`.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    [":\"", "::\""].iter().find_map(|sign| {
        let mut all = line.match_indices(name);
        all.find_map(|(at, _)| {
            let begins = line
                .get(..at)
                .is_some_and(|before| before.ends_with([' ', '[', ';']));
            let rest = line.get(at + name.len()..)?.strip_prefix(sign)?;
            begins.then(|| quoted(rest).0)
        })
    })
}

fn read(policy: &mut Policy, text: &str) {
    for (number, line) in lines(text) {
        let Some(said) = field(line, "ike") else { continue };
        let cause = if said.starts_with("Main Mode Failed to match proposal") {
            Cause::IkeProposal
        } else if said.starts_with("Quick Mode Failed to match proposal") {
            Cause::ChildProposal
        } else {
            continue;
        };
        let mut one = Entry::new(number, line, cause);
        // A method that is called a secret stands before the reason.
        let reason = said.find("Reason: ").and_then(|at| said.get(at..));
        one.text = secret::cleaned(reason.unwrap_or(said));
        one.spi = field(line, "cookiei").and_then(|c| u64::from_str_radix(c, 16).ok());
        one.peer = field(line, "src").and_then(address);
        if let Some((_, wrong)) = said.split_once("Wrong value for: ") {
            let known = WRONG.iter().find(|(name, _)| wrong.starts_with(name));
            one.differs = known.map(|(_, attribute)| *attribute).into_iter().collect();
        }
        if let Some(own) = field(line, "dst").and_then(address) {
            policy.address(own);
        }
        policy.push(one);
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{OWN, PEER, causes, read, survives};

    const LOG: &str = "1 2026-01-01T12:00:06Z gw CheckPoint 19710 - [action:\"Reject\"; origin:\"198.51.100.20\"; cookiei:\"1a2b3c4d5e6f7081\"; dst:\"198.51.100.20\"; \
        ike::\"Main Mode Failed to match proposal: Transform: AES-256, SHA256, Pre-shared secret, Group 14 (2048 bit); Reason: Wrong value for: Hash Algorithm\"; \
        src:\"192.0.2.10\"; ]\n1 2026-01-01T12:00:07Z gw CheckPoint 19710 - [action:\"Key Install\"; dst:\"198.51.100.20\"; ike::\"Main Mode completion.\"; src:\"192.0.2.10\"; ]\n";

    #[test]
    fn a_refusal_names_the_attribute_and_the_sa() {
        let policy = read("cp.log", LOG);
        assert_eq!(policy.kind.name(), "Check Point's log");
        assert_eq!(causes(&policy), [(1, Cause::IkeProposal)]);
        let one = &policy.entries[0];
        assert_eq!((one.peer, one.spi), (Some(PEER), Some(0x1A2B_3C4D_5E6F_7081)));
        assert_eq!(
            (one.differs.as_slice(), policy.addresses.as_slice()),
            (&["hash"][..], &[OWN][..])
        );
        assert!(
            one.time.is_some() && one.text.contains("Wrong value for: Hash Algorithm"),
            "{}",
            one.text
        );
        survives(LOG);
    }
}
