//! Running text of a peer: words that daemons use stay, addresses and names get their pseudonyms, whatever else there is
//! becomes `...`. What is not known to be harmless goes.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use super::Redactor;
use crate::negotiation::redact::Redact;

/// Words of the decisive lines of strongSwan's, Libreswan's and OpenIKED's logs, of algorithms and payloads, and of common
/// English. A token stays if it consists of these, of single letters and of short numbers.
const WORDS: &str = "\
 acceptable access active add added adding additional address addresses aes after again against ago aggressive ah alg algorithm \
 algorithms all allow allowed allows already alternative an and another any are as asked assigned asynchronous at attempt attempts \
 attribute attributes auth authby authenticate authenticated authenticating authentication authority authorization authorized available bad be \
 because been before better between block both but by bytes ca cakey camellia can cannot cb cbc ccm cert certificate certificates \
 certreq cfg chacha change chap charon check child childless childsa children chosen cky client close closed closing cmac code \
 config configuration configured connect connection connections constraint constraints contact contains control cookie could \
 create created crl curve data days dead decrypt decrypted decryption default delete deleted deleting denied des description \
 destination destroy detected detection dh did different differs discard discarded discarding dns do does done down dpd \
 drop dropped dropping due dynamic eap ec ecdsa ecp ed either empty enabled enc encapsulation encr encrypt encrypted encryption end \
 enough ensure entry error errors esn esp establish established establishing exchange exist exists expect expected expired explicit \
 failed failure fails fatal find finish first for fork found fqdn frag fragment fragmentation fragments free from full function gcm \
 gmac general generate generated generating generic get give given gone got group groups had half handle has hash hash_i hash_r have \
 header hmac host icmp id ident identity idi idir idr ignore ignored ignoring ike ikesa ikev iked implemented in inacceptable inbound \
 incorrect info information informational init initial initiate initiated initiating initiator inner install installed installing \
 integ integr integrity internal into invalid ip ipcomp ipsec ipv is isakmp issuer it its job ke keepalive key keying keys knl known \
 latf length libreswan lifetime like limit local log login look looking mac main make malformed many match matched matches matching \
 maximum md message method methods mic missing mismatch mismatched mobike mode modeconfig modecfg modp more most mschapv msg mtu \
 multiple must name nat natd need needed negotiate negotiated negotiation net netlink network new newhope next no none non nonce noesn \
 nonexistent not notification notify now null number oakley of off offered on once one only open openiked or origin other our out \
 outbound outer own packet packets padding pap parse parsed parsing password pass passthrough payload payloads peer peers pending \
 pfs pfsgroup phase pki plugin pluto policies policy poly pool possible pre preshared present prf private probable probably process \
 processing prop proper proposal proposals prot protocol provided psk public quick reached reason reauth reauthentication received \
 receive recv redirect refused regular reject rejected rekey rekeying remote remove removed repeated reply report request requested \
 requesting requests require required requires reserved reset resp respond responder responding response responses result retransmit \
 retransmission retransmissions retry return returned revoked rfc route rsa rw sa sad same sas sec second seconds secret secrets \
 security select selected selecting selection selector selectors send sending sent seq sequence server set setting sha shared should \
 side sig signature signed sit size skipping so source specified spi spis spd sr start started state states status still stroke \
 strongswan subject subnet succeeded successful such suitable sup support supported supports swanctl syntax task temporarily than \
 that the their them there these they this time timed timeout times tls to too traffic transform transforms transmit transport \
 triple tried trusted trust try trying ts tsi tsr tunnel two type types udp unable unacceptable unaccept unencrypted unexpected unique \
 unknown unreachable unsupported until up update use used user using valid validity value values verification verify version vid \
 virtual waiting want wanted wants warning was we were when which while will wins with within without wrong xauth xcbc xfrm yes you \
 your zero \
 any cn ou st dc uid serialnumber emailaddress gn sn \
 adderror addproposal config_getpolicy compute header ispi rspi keyid ikev1 ikev2 l2f l2tp tcp \
 jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun";

/// Attribute types of distinguished names (RFC 4514 3, and what daemons print): what stands behind one is a name.
pub(super) const NAMING: [&str; 18] = [
    "C",
    "CN",
    "DC",
    "E",
    "GN",
    "L",
    "O",
    "OU",
    "SN",
    "ST",
    "STREET",
    "T",
    "TITLE",
    "UID",
    "emailAddress",
    "serialNumber",
    "unstructuredName",
    "S",
];

/// Words that stay.
static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.split_ascii_whitespace().collect());

/// Hexadecimal digits and numbers from this length on are no harmless numbers.
const LONG: usize = 6;

fn in_token(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | ':' | '*' | '~' | '%')
}

/// One token with what stands around it.
struct Token<'a> {
    text: &'a str,
    /// The text before and behind it.
    before: &'a str,
    behind: &'a str,
}

/// Cuts text into tokens and what is between them; `replace` gives the new token and how many bytes behind it belong to it.
fn map(text: &str, mut replace: impl FnMut(&Token<'_>) -> Option<(String, usize)>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let gap = rest.find(in_token).unwrap_or(rest.len());
        let (between, rest) = rest.split_at(gap);
        out.push_str(between);
        at += gap;
        // Dots between two addresses are no part of the second.
        if let Some(first) = rest.chars().next()
            && matches!(first, '.' | '-' | ':')
            && !rest.starts_with("::")
        {
            out.push(first);
            at += first.len_utf8();
            continue;
        }
        let length = rest.find(|c| !in_token(c)).unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        // A full stop or a colon behind a word is none of it, but for an IPv6 address that ends so.
        let whole = rest.get(..length).unwrap_or_default();
        let token = if whole.parse::<IpAddr>().is_ok() {
            whole
        } else {
            whole.trim_end_matches(['.', ':', '-'])
        };
        if token.is_empty() {
            out.push_str(whole);
            at += length;
            continue;
        }
        let (before, behind) = (
            text.get(..at).unwrap_or_default(),
            text.get(at + token.len()..).unwrap_or_default(),
        );
        let taken = match replace(&Token {
            text: token,
            before,
            behind,
        }) {
            Some((new, more)) => {
                out.push_str(&new);
                token.len() + more
            }
            None => {
                out.push_str(token);
                token.len()
            }
        };
        at += taken;
    }
    out
}

/// It consists of words that stay.
fn is_harmless(token: &str) -> bool {
    let hexadecimal = token.len() >= LONG
        && token.contains(|c: char| c.is_ascii_digit())
        && token.chars().all(|c| c.is_ascii_hexdigit());
    let clock =
        token.split(':').count() == 3 && token.split(':').all(|p| p.len() == 2 && p.parse::<u8>().is_ok());
    if hexadecimal || token.starts_with("0x") {
        return false;
    }
    clock
        || token
            .split(|c: char| matches!(c, '_' | '-' | ':') || c.is_ascii_digit())
            .all(|part| part.len() < 2 || KNOWN.contains(part.to_ascii_lowercase().as_str()))
            && token
                .split(|c: char| !c.is_ascii_digit())
                .all(|digits| digits.len() < LONG)
            && !token.contains(['.', '@', '*', '~', '%'])
            && token.matches(':').count() < 2
            && token.is_ascii()
}

/// `255.255.0.0`.
fn is_mask(a: IpAddr) -> bool {
    match a {
        IpAddr::V4(a) => {
            a.to_bits().leading_ones() >= 8 && a.to_bits().count_zeros() == a.to_bits().trailing_zeros()
        }
        IpAddr::V6(_) => false,
    }
}

/// An address, a network, a range or an address with its port; and how many bytes behind the token belong to it.
fn redact_address(d: &mut Redactor, token: &Token<'_>) -> Option<(String, usize)> {
    if let Ok(mut a) = token.text.parse::<IpAddr>() {
        if is_mask(a) && token.before.ends_with('/') {
            return Some((token.text.to_owned(), 0));
        }
        let digits: String = token
            .behind
            .strip_prefix('/')
            .unwrap_or_default()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let more = token.behind.get(digits.len() + 1..).unwrap_or_default();
        let length = digits
            .parse::<u8>()
            .ok()
            .filter(|&l| l <= if a.is_ipv4() { 32 } else { 128 } && !more.starts_with('.'));
        let Some(length) = length else {
            d.address(&mut a);
            return Some((a.to_string(), 0));
        };
        if d.replacing {
            a = d.addresses.network_pseudonym(a, length);
        } else {
            d.addresses.learn_network(a, length);
        }
        return Some((format!("{a}/{length}"), digits.len() + 1));
    }
    for between in ["..", "-"] {
        if let Some((first, last)) = token.text.split_once(between)
            && let (Ok(first), Ok(last)) = (first.parse(), last.parse())
        {
            let mut range = (first, last);
            d.range(&mut range);
            return Some((format!("{}{between}{}", range.0, range.1), 0));
        }
    }
    let (host, port) = token.text.rsplit_once(':')?;
    let mut a = host
        .parse::<IpAddr>()
        .ok()
        .filter(|_| port.parse::<u16>().is_ok())?;
    d.address(&mut a);
    Some((format!("{a}:{port}"), 0))
}

/// Text with nothing in it that names somebody. In a pattern, what is no address is a name; in a text it is one if it has the form of
/// one or was seen as one, and otherwise goes.
pub(super) fn redact(d: &mut Redactor, text: &str, pattern: bool) -> String {
    map(text, |token| {
        if let Some(found) = redact_address(d, token) {
            return Some(found);
        }
        let named = token.before.strip_suffix('=').is_some_and(|b| {
            NAMING.iter().any(|n| {
                b.ends_with(n) && !b.get(..b.len() - n.len()).unwrap_or_default().ends_with(in_token)
            })
        });
        let quoted = token.before.ends_with(['\'', '"', '[', '<', '`'])
            && token.behind.starts_with(['\'', '"', ']', '>']);
        let protocol = pattern && token.before.ends_with(['[', '/']);
        let known = d.names.knows(token.text);
        if is_harmless(token.text)
            && !named
            && !(known && quoted && !protocol)
            && !(pattern && known && !protocol)
        {
            return None;
        }
        let is_name = named
            || pattern
            || known
            || token.text.contains(['.', '@']) && token.text.contains(char::is_alphabetic);
        if !d.replacing {
            if is_name {
                d.names.learn(token.text);
            }
            return None;
        }
        Some((
            if is_name {
                d.names.pseudonym(token.text)
            } else {
                "...".to_owned()
            },
            0,
        ))
    })
}

/// Finished text without any original in it that can be told from a common word.
pub(super) fn scrub(d: &mut Redactor, text: &str) -> String {
    map(text, |token| {
        if let Ok(a) = token.text.parse::<IpAddr>() {
            return d
                .addresses
                .knows(a)
                .then(|| (d.addresses.address_pseudonym(a).to_string(), 0));
        }
        let telling = token.text.contains(['.', '@']) && token.text.contains(char::is_alphabetic);
        (telling && d.names.knows(token.text)).then(|| (d.names.pseudonym(token.text), 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        let mut d = Redactor::default();
        redact(&mut d, text, false);
        d.settle();
        redact(&mut d, text, false)
    }

    #[test]
    fn known_words_stay_and_everything_else_goes() {
        for (text, expected) in [
            (
                "Jan  1 12:00:06 08[CFG] looking for peer configs matching 10.1.1.10[server.example.net]...10.1.1.20[alice@example.net]",
                "Jan  1 12:00:06 08[CFG] looking for peer ... matching 10.20.30.8[host1.domain1.example]...10.20.30.16[user1@domain1.example]",
            ),
            (
                "received proposals: IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
                "received proposals: IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
            ),
            (
                "no secret for hunter2 c0ffee1234 and 0x1234 here",
                "no secret for ... ... and ... ...",
            ),
            (
                "no trusted RSA public key found for 'C=CH, O=Acme, CN=moon'",
                "no trusted RSA public key found for 'C=name1, O=name2, CN=name3'",
            ),
            (
                "packet from 198.51.100.20:500: failed",
                "packet from 203.0.113.16:500: failed",
            ),
            ("unknown keyword `Zürich`", "unknown ... `...`"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn networks_and_ranges_stay_such() {
        let mut d = Redactor::default();
        let text =
            "10.1.0.0/16[udp/l2f] 192.168.7.5-192.168.7.9 dynamic[udp/1701] %any vpn.example.net 0.0.0.0/0";
        redact(&mut d, text, true);
        d.settle();
        assert_eq!(
            redact(&mut d, text, true),
            "10.20.0.0/16[udp/l2f] 192.168.30.4-192.168.30.8 dynamic[udp/1701] %any host1.domain1.example 0.0.0.0/0"
        );
    }
}
