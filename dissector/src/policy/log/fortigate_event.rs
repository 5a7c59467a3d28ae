//! FortiGate's event log: `date=2026-01-01 time=12:00:06 ... logdesc="IPsec phase 1 error" ... reason="no SA proposal chosen"`.
//!
//! Fields: Fortinet's *FortiOS Log Message Reference*, 37120 to 37138; reasons: posted logs. One reason stands for several causes, so
//! none of them is sure; `diagnose debug application ike -1` shows more ([`super::fortigate`]). Old releases write no quotes, and
//! `rem_ip`, `loc_ip` and `error_reason`.

use super::fortigate::also;
use crate::policy::dialect::{Dialect, Sign};
use crate::policy::entry::{Cause, Entry};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::secret;
use crate::policy::text::{lines, quoted};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Log("FortiGate's event log"),
    sign: Sign::Lines(is_line),
    read,
    ..Dialect::LOG
};

/// What a reason says of phase 1 and of phase 2.
const REASONS: [(&str, Cause, Cause); 4] = [
    (
        "peer SA proposal not match local policy",
        Cause::IkeProposal,
        Cause::ChildProposal,
    ),
    ("no SA proposal chosen", Cause::IkeProposal, Cause::ChildProposal),
    (
        "probable pre-shared key mismatch",
        Cause::PskDiffers,
        Cause::PskDiffers,
    ),
    ("gateway validation failed", Cause::Identity, Cause::Identity),
];

fn is_line(line: &str) -> bool {
    line.contains("type=")
        && (line.contains("IPsec phase ") || line.contains("subtype=\"vpn\"") || line.contains("subtype=vpn"))
}

/// The value of one of these fields, with or without quotes.
fn field<'a>(line: &'a str, names: [&str; 2]) -> Option<&'a str> {
    let value = |name: &str| {
        let mut all = line.match_indices(name);
        all.find_map(|(at, _)| {
            let before = line.get(..at)?;
            let value = line.get(at + name.len()..)?.strip_prefix('=')?;
            (before.is_empty() || before.ends_with([' ', ',', '>', '\t'])).then_some(value)
        })
    };
    let value = names.into_iter().find_map(value)?;
    Some(match value.strip_prefix('"') {
        Some(value) => quoted(value).0,
        None => value.split([' ', ',']).next().unwrap_or_default(),
    })
}

fn read(policy: &mut Policy, text: &str) {
    for (number, line) in lines(text) {
        let Some((reason, of_ike, of_child)) = REASONS.iter().find(|(words, ..)| line.contains(words)) else {
            continue;
        };
        let phase_2 = line.contains("phase 2")
            || field(line, ["logid", "log_id"]).is_some_and(|id| id.ends_with("37125"));
        let mut one = Entry::new(number, line, if phase_2 { *of_child } else { *of_ike });
        one.text = secret::cleaned(reason);
        one.also = also(one.cause);
        one.peer = field(line, ["remip", "rem_ip"]).and_then(address);
        one.spi = field(line, ["cookies", "init_cookie"])
            .and_then(|both| u64::from_str_radix(both.split('/').next()?, 16).ok())
            .filter(|spi| *spi != 0);
        if let Some(own) = field(line, ["locip", "loc_ip"]).and_then(address) {
            policy.address(own);
        }
        // Of a key no log was seen.
        policy.unverified |= one.cause == Cause::PskDiffers;
        policy.push(one);
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Cause;
    use crate::tests::sample::{OWN, PEER, causes, read, survives};

    const LOG: &str = "\
date=2026-01-01 time=12:00:06 devname=\"fgt\" devid=\"FGT0\" eventtime=1767268806123456789 tz=\"+0000\" logid=\"0101037124\" type=\"event\" subtype=\"vpn\" level=\"error\" vd=\"root\" logdesc=\"IPsec phase 1 error\" msg=\"IPsec phase 1 error\" action=\"negotiate\" remip=192.0.2.10 locip=198.51.100.20 remport=500 locport=500 outintf=\"wan1\" cookies=\"1a2b3c4d5e6f7081/0000000000000000\" user=\"N/A\" status=\"negotiate_error\" reason=\"peer SA proposal not match local policy\" peer_notif=\"NOT-APPLICABLE\"
<188>date=2026-01-01 time=12:00:07 log_id=37125 type=event subtype=vpn rem_ip=192.0.2.10 loc_ip=198.51.100.20 status=negotiate_error error_reason=no SA proposal chosen
date=2026-01-01 time=12:00:08 type=\"event\" subtype=\"vpn\" logdesc=\"Progress IPsec phase 1\" remip=192.0.2.10 locip=198.51.100.20 status=\"success\" result=\"DONE\"
";

    #[test]
    fn a_reason_stands_for_several_causes() {
        let policy = read("event.log", LOG);
        assert_eq!(policy.kind.name(), "FortiGate's event log");
        assert_eq!(
            causes(&policy),
            [(1, Cause::IkeProposal), (2, Cause::ChildProposal)]
        );
        assert!(
            policy
                .entries
                .iter()
                .all(|e| !e.also.is_empty() && e.peer == Some(PEER))
        );
        assert_eq!(policy.addresses, [OWN]);
        let one = &policy.entries[0];
        assert_eq!(one.spi, Some(0x1A2B_3C4D_5E6F_7081));
        assert_eq!(one.text, "peer SA proposal not match local policy");
        let away = one.time.and_then(|t| t.away(1_767_268_806_123_456_789));
        assert_eq!(away, Some(0));
        survives(LOG);
    }
}
