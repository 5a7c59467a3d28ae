//! Addresses and networks in the notation of configurations and logs: `10.1.0.0/16[udp/l2f]`, `192.168.7.5-192.168.7.9`,
//! `2001:db8::1[500]`. What has exactly this form keeps it, with pseudonyms in it; anything else is a name.

use std::net::IpAddr;

use super::Redactor;
use crate::negotiation::redact::Redact;

/// Protocols by name (IANA protocol-numbers), as selectors have them.
const PROTOCOLS: [&str; 12] = [
    "ah",
    "any",
    "esp",
    "gre",
    "icmp",
    "icmpv6",
    "ipv6-icmp",
    "ip",
    "sctp",
    "tcp",
    "udp",
    "0",
];
/// Ports that stay, by name (IANA service-names-port-numbers) and number: IKE's, L2TP's, any and none.
const PORTS: [&str; 10] = [
    "any",
    "isakmp",
    "ipsec-nat-t",
    "ipsec-msft",
    "l2f",
    "l2tp",
    "opaque",
    "%any",
    "0",
    "65535",
];

/// An address, as it stands or in brackets.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.unwrap_or(text).parse().ok()
}

/// The text with pseudonyms in it; `None` if it has another form.
pub(super) fn replaced(by: &mut Redactor, text: &str) -> Option<String> {
    let (place, rest) = match text.find(['[', ' ']) {
        Some(at) if at > 0 => text.split_at(at),
        _ => (text, ""),
    };
    // `a to b`, as products print ranges.
    if let Some(last) = rest.strip_prefix(" to ").or_else(|| rest.strip_prefix(" - ")) {
        return range(by, place, last, " to ");
    }
    let place = places(by, place)?;
    let limits = if rest.is_empty() {
        String::new()
    } else {
        limits(by, rest)?
    };
    Some(place + &limits)
}

fn range(by: &mut Redactor, first: &str, last: &str, between: &str) -> Option<String> {
    let mut range = (address(first)?, address(last)?);
    by.range(&mut range);
    Some(format!("{}{between}{}", range.0, range.1))
}

/// `10.1.0.0/16`, `10.1.1.1`, `10.1.1.1-10.1.1.9`, `dynamic`.
fn places(by: &mut Redactor, text: &str) -> Option<String> {
    if let Some(mut a) = address(text) {
        by.address(&mut a);
        return Some(a.to_string());
    }
    if let Some((first, last)) = text.split_once("..").or_else(|| text.split_once('-')) {
        return range(by, first, last, "-");
    }
    if let Some((base, length)) = text.split_once('/') {
        let (base, length) = (address(base)?, length.parse::<u8>().ok()?);
        if length > if base.is_ipv4() { 32 } else { 128 } {
            return None;
        }
        if by.replacing {
            let first = by.addresses.in_network(base, length);
            return Some(format!("{first}/{length}"));
        }
        by.addresses.learn(base, length);
        return Some(String::new());
    }
    matches!(text, "dynamic" | "%dynamic" | "any" | "%any" | "%any4" | "%any6").then(|| text.to_owned())
}

/// `[udp/l2f]`, `[500]`, ` UDP port 1701`: protocol and port, of closed lists or as a pseudonym.
fn limits(by: &mut Redactor, text: &str) -> Option<String> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let parts: Vec<String> = inner
        .split('/')
        .map(|part| {
            let known = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(part));
            if known(&PROTOCOLS) || known(&PORTS) {
                return Some(part.to_owned());
            }
            let mut ports = part.split('-').map(|port| {
                let mut port = port.parse::<u16>().ok()?;
                by.port(&mut port);
                Some(port.to_string())
            });
            let ports: Option<Vec<String>> = ports.by_ref().take(2).collect();
            ports.map(|ports| ports.join("-"))
        })
        .collect::<Option<_>>()?;
    Some(format!("[{}]", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_form_keeps_it_and_all_else_is_a_name() {
        let mut by = Redactor::default();
        let all = [
            ("10.1.0.0/16[udp/l2f]", "10.0.0.0/16[udp/l2f]"),
            ("10.1.7.9/16", "10.0.0.1/16"),
            ("10.1.7.9", "10.0.0.1"),
            ("192.168.7.5-192.168.7.9", "10.1.0.1-10.1.0.2"),
            ("dynamic[udp/1701]", "dynamic[udp/1701]"),
            ("198.51.100.20[61000]", "198.18.0.1[49152]"),
            ("%any", "%any"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("vpn.example.net", "name1"),
            ("4711/0815", "name2"),
            ("10.1.7.9/99", "name3"),
            ("host/server", "name4"),
            ("10-1-1-99", "name5"),
            ("2001:db8:7::5", "3fff::1"),
        ];
        for (text, _) in all {
            by.pattern(&mut text.to_owned());
        }
        by.settle();
        for (text, expected) in all {
            let mut replaced = text.to_owned();
            by.pattern(&mut replaced);
            assert_eq!(replaced, expected, "{text}");
        }
    }
}
