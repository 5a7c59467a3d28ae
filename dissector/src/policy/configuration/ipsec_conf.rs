//! ipsec.conf of strongSwan and of Libreswan: `conn NAME` and indented `key=value` (ipsec.conf(5) of both).
//!
//! `conn %default` and `also=` are inherited. The dialects differ in few words: `;` before a group, `ikev2=` and
//! `authby=` are Libreswan's; `keyexchange=` and `!` are strongSwan's (Libreswan 4.11 knows `keyexchange=` as well).
//!
//! strongSwan appends its default proposals to a list that does not end with `!` (ipsec.conf(5); `stroke_config.c`,
//! `proposal.c`). They differ between releases and with the plugins that are loaded, so what only they say counts as assumed.
//! `auto=ignore` deletes a connection of strongSwan's; Libreswan only does not load it by itself.

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_CONNECTIONS;
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::said::{Value, said};
use crate::policy::text::{shown, statements};
use crate::policy::value::{Lined, Listed, Shared, at, bounded, list, listed, shared};
use crate::wire::vendor::Product;
use std::collections::HashMap;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Named("ipsec.conf"),
    sign: Sign::Line(is),
    read,
    includes: true,
    endings: &["conf"],
    secrets: Secrets::AllBut(&KEYS),
    ..Dialect::CONFIGURATION
};

/// A section of it.
fn is(line: &str) -> bool {
    ["conn ", "conn\t", "config setup"]
        .iter()
        .any(|s| line.starts_with(s))
}

/// What is read of all settings.
const KEYS: [&str; 22] = [
    "left",
    "right",
    "leftid",
    "rightid",
    "leftsubnet",
    "leftsubnets",
    "rightsubnet",
    "rightsubnets",
    "ike",
    "esp",
    "ah",
    "phase2alg",
    "type",
    "auto",
    "ikev2",
    "keyexchange",
    "authby",
    "leftauth",
    "rightauth",
    "aggressive",
    "aggrmode",
    "also",
];
/// What strongSwan holds the peer's certificate to, whichever way it proves itself (`stroke_config.c`, `build_auth_cfg`).
const DEMANDS: [&str; 5] = [
    "rightca",
    "rightcert",
    "rightcertpolicy",
    "rightrsasigkey",
    "rightsigkey",
];
/// What else a connection can have (ipsec.conf(5) of both, what is common). Where it has something else, what it leaves out may be just
/// that.
const OTHERS: [&str; 52] = [
    "closeaction",
    "compress",
    "connaddrfamily",
    "ddos-mode",
    "dpdaction",
    "dpddelay",
    "dpdtimeout",
    "dscp",
    "eap_identity",
    "aaa_identity",
    "encapsulation",
    "esn",
    "failureshunt",
    "forceencaps",
    "fragmentation",
    "ikelifetime",
    "ikepad",
    "inactivity",
    "initial-contact",
    "installpolicy",
    "intermediate",
    "keyingtries",
    "keylife",
    "lifetime",
    "lifebytes",
    "lifepackets",
    "margintime",
    "mark",
    "mark_in",
    "mark_out",
    "mobike",
    "modecfg",
    "modecfgpull",
    "mtu",
    "nat-ikev1-method",
    "negotiationshunt",
    "overlapip",
    "pfs",
    "phase2",
    "ppk",
    "reauth",
    "rekey",
    "rekeyfuzz",
    "rekeymargin",
    "replay_window",
    "reqid",
    "retransmit-interval",
    "retransmit-timeout",
    "salifetime",
    "send_vendorid",
    "tfc",
    "xauth",
];

/// A setting that is known, whatever it says.
fn is_known(key: &str) -> bool {
    OTHERS.contains(&key) || key.starts_with("left") || key.starts_with("right") || key.starts_with("xauth")
}

/// The most sections.
const MAX_SECTIONS: usize = 16 * MAX_CONNECTIONS;

/// One `key=value` and its line.
type Setting<'a> = (&'static str, &'a str, u32);

#[derive(Default)]
struct Section<'a> {
    name: &'a str,
    line: u32,
    /// Its own settings, each once: the last one wins. Later those it inherits, too, in front of them.
    settings: Vec<Setting<'a>>,
    also: Vec<&'a str>,
    /// A setting of it is not known.
    unread: bool,
    state: State,
}

/// How far the inheritance of a section is followed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unknown,
    Begun,
    Known,
}

/// Puts a setting behind the others, in place of one with the same key.
fn set<'a>(settings: &mut Vec<Setting<'a>>, one: Setting<'a>) {
    settings.retain(|s| s.0 != one.0);
    settings.push(one);
}

fn read(policy: &mut Policy, text: &str) {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut inside = false;
    for (number, line) in statements(text) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("conn"), Some(name)) => {
                inside = sections.len() < MAX_SECTIONS;
                if inside {
                    sections.push(Section {
                        name,
                        line: number,
                        ..Section::default()
                    });
                } else {
                    policy.more_connections += 1;
                }
            }
            (Some("config" | "ca"), Some(_)) => inside = false,
            (Some("version"), _) => {}
            _ => match line.split_once('=') {
                Some((key, value)) if inside => {
                    let value = value
                        .split(" #")
                        .next()
                        .unwrap_or_default()
                        .trim()
                        .trim_matches('"');
                    let key = KEYS.iter().chain(&DEMANDS).find(|known| **known == key.trim());
                    match (key, sections.last_mut()) {
                        (Some(&"also"), Some(s)) => s.also.push(value),
                        (Some(key), Some(s)) => set(&mut s.settings, (key, value, number)),
                        (None, Some(s)) => {
                            let key = line.split('=').next().unwrap_or_default().trim();
                            s.unread |= !is_known(key);
                        }
                        (None, None) | (Some(_), None) => {}
                    }
                }
                Some(_) => {}
                None => policy.note(number, "neither a section nor a setting"),
            },
        }
    }
    let mut defaults: Vec<Setting<'_>> = Vec::new();
    for s in sections.iter().filter(|s| s.name == "%default") {
        s.settings.iter().for_each(|&one| set(&mut defaults, one));
    }
    inherit(&mut sections);
    let mut made = Made::default();
    for section in sections.iter().filter(|s| !s.name.starts_with('%')) {
        let mut all = defaults.clone();
        section.settings.iter().for_each(|&one| set(&mut all, one));
        // A rule of the kernel's is never negotiated.
        let rule =
            |s: &Setting<'_>| matches!((s.0, s.1), ("type", "passthrough" | "pass" | "drop" | "reject"));
        if all.iter().any(rule) {
            continue;
        }
        if let Some(&(_, _, line)) = all.iter().find(|s| (s.0, s.1) == ("auto", "ignore"))
            && of_strongswan(&all)
        {
            policy.note(
                line,
                said!(
                    "auto=ignore: strongSwan does not load the connection {}",
                    section.name
                ),
            );
            continue;
        }
        for &(key, value, line) in all
            .iter()
            .filter(|s| ["ike", "esp", "ah", "phase2alg"].contains(&s.0))
        {
            let purpose = if key == "ike" { Purpose::Ike } else { Purpose::Esp };
            let libreswan = of_libreswan(&all);
            let known = || list_of(value, purpose, libreswan).iter().all(|p| p.whole);
            if value != "default" && !*made.known.entry((line, libreswan)).or_insert_with(known) {
                policy.note(
                    line,
                    said!(
                        "{}= names something that is not recognized, so nothing is concluded from this list",
                        Value::Own(key)
                    ),
                );
            }
        }
        if let Some(c) = policy.connection(section.name, section.line) {
            fill(c, &all, &mut made);
            c.unread |= section.unread;
        }
    }
}

/// Gives each section what it inherits by `also=`: its own settings win. Each is followed once, without a call for each level;
/// what leads back to a section at hand adds nothing.
fn inherit(sections: &mut [Section<'_>]) {
    let mut by_name = HashMap::new();
    for (at, section) in sections.iter().enumerate() {
        by_name.entry(section.name).or_insert(at);
    }
    for first in 0..sections.len() {
        // Sections at hand, each with the number of its next `also=`.
        let mut stack = vec![(first, 0)];
        while let Some((at, next)) = stack.last_mut() {
            let Some(section) = sections.get_mut(*at) else {
                break;
            };
            if section.state == State::Unknown {
                section.state = State::Begun;
            }
            let also = match section.state {
                State::Known => None,
                _ => section.also.get(*next),
            };
            *next += 1;
            match also.map(|name| by_name.get(name)) {
                Some(Some(&other)) => {
                    if sections.get(other).is_some_and(|s| s.state == State::Unknown) {
                        stack.push((other, 0));
                    }
                }
                Some(None) => {}
                None => {
                    let at = *at;
                    stack.pop();
                    settle(sections, at, &by_name);
                }
            }
        }
    }
}

/// All that a section inherits is known.
fn settle(sections: &mut [Section<'_>], at: usize, by_name: &HashMap<&str, usize>) {
    let Some(section) = sections.get(at).filter(|s| s.state != State::Known) else {
        return;
    };
    let mut all = Vec::new();
    let others = section
        .also
        .iter()
        .filter_map(|name| sections.get(*by_name.get(name)?));
    let inherited = others
        .filter(|s| s.state == State::Known)
        .flat_map(|s| &s.settings);
    inherited
        .chain(&section.settings)
        .for_each(|&one| set(&mut all, one));
    if let Some(section) = sections.get_mut(at) {
        (section.settings, section.state) = (all, State::Known);
    }
}

/// What was made of settings, which many sections may inherit, by their lines.
#[derive(Default)]
struct Made {
    lists: HashMap<u32, Listed<String>>,
    names: HashMap<u32, Shared<String>>,
    proposals: HashMap<(u32, bool), Listed<Proposal>>,
    /// Of a list: all it names is known.
    known: HashMap<(u32, bool), bool>,
}

fn fill(c: &mut Connection, settings: &[Setting<'_>], made: &mut Made) {
    let get = |key: &str| settings.iter().find(|s| s.0 == key);
    let lists = &mut made.lists;
    let mut own = |key: &str| {
        let &(_, value, line) = get(key)?;
        lists
            .entry(line)
            .or_insert_with(|| listed(list(value), line))
            .clone()
    };
    let names = &mut made.names;
    let mut text = |key: &str| {
        let &(_, value, line) = get(key)?;
        let name = || shared(shown(value.trim_start_matches('@')), line);
        names.entry(line).or_insert_with(name).clone()
    };
    let libreswan = of_libreswan(settings);
    c.product = match (libreswan, of_strongswan(settings)) {
        (true, false) => Some(Product::Libreswan),
        (false, true) => Some(Product::StrongSwan),
        _ => None,
    };
    let mut proposals = |value: &str, purpose, line| {
        let list = || proposals(value, purpose, libreswan, line);
        made.proposals
            .entry((line, libreswan))
            .or_insert_with(list)
            .clone()
    };
    c.local = own("left");
    c.remote = own("right");
    c.local_id = text("leftid");
    c.remote_id = text("rightid");
    for &(key, value, line) in settings {
        match (key, value) {
            // Libreswan: insist, propose and yes mean IKEv2 alone since 3.31; never, no: IKEv1.
            ("ikev2", "insist" | "yes" | "propose") | ("keyexchange", "ikev2") => {
                c.version = at(Version::V2, line)
            }
            ("ikev2", "never" | "no") | ("keyexchange", "ikev1") => c.version = at(Version::V1, line),
            ("aggressive" | "aggrmode", v) => {
                c.aggressive = matches!(v, "yes" | "no")
                    .then_some(v == "yes")
                    .and_then(|yes| at(yes, line));
                c.unread |= c.aggressive.is_none();
            }
            ("authby" | "leftauth" | "rightauth", v) => {
                let auth = match v {
                    "secret" | "psk" => Some(Auth::Psk),
                    _ if v.starts_with("rsa") || v.starts_with("pubkey") || v.starts_with("ecdsa") => {
                        Some(Auth::Certificate)
                    }
                    _ if v.starts_with("eap") => Some(Auth::Eap),
                    _ if v.starts_with("xauth") => Some(Auth::Xauth),
                    _ => None,
                }
                .map(|value| Lined { value, line });
                if key != "rightauth" {
                    c.local_auth.clone_from(&auth);
                }
                if key != "leftauth" {
                    c.remote_auth = auth;
                }
            }
            // %cert: whatever certificate comes.
            (_, v)
                if v != "%cert"
                    && let Some(keyword) = DEMANDS.iter().find(|word| **word == key) =>
            {
                c.demand(keyword, line);
            }
            ("auto", "start" | "route" | "ondemand" | "up") => c.begins = Some(true),
            ("ike", v) => c.ike = proposals(v, Purpose::Ike, line),
            _ => {}
        }
    }
    let mut child = Child {
        local: own("leftsubnet").or_else(|| own("leftsubnets")),
        remote: own("rightsubnet").or_else(|| own("rightsubnets")),
        ..Child::default()
    };
    if let Some(&(key, value, line)) = get("esp").or_else(|| get("phase2alg")).or_else(|| get("ah")) {
        let purpose = if key == "ah" { Purpose::Ah } else { Purpose::Esp };
        child.proposals = proposals(value, purpose, line);
    }
    if let Some(&(_, value, line)) = get("type") {
        child.mode = Mode::named(value).and_then(|mode| at(mode, line));
    }
    c.child(child);
}

/// What only Libreswan writes.
fn of_libreswan(settings: &[Setting<'_>]) -> bool {
    settings
        .iter()
        .any(|s| matches!(s.0, "ikev2" | "authby") || s.0 == "ike" && s.1.contains(';'))
}

/// What only strongSwan writes.
fn of_strongswan(settings: &[Setting<'_>]) -> bool {
    let is = |s: &Setting<'_>| matches!(s.0, "leftauth" | "rightauth") || s.1.ends_with('!');
    settings.iter().any(is)
}

/// strongSwan's defaults since 5.6.1, as far as they matter here: whatever the usual plugins bring, without MD5 and the groups 1, 2 and 5.
const IKE_DEFAULTS: [&str; 2] = [
    "aes128 aes192 aes256 aes128ctr aes192ctr aes256ctr camellia128 camellia192 camellia256 3des sha256 sha384 sha512 sha1 aesxcbc \
     aescmac modp2048 modp3072 modp4096 modp6144 modp8192 modp2048s256 ecp256 ecp384 ecp521 ecp224 ecp256bp ecp384bp ecp512bp curve25519 \
     curve448",
    "aes128gcm16 aes192gcm16 aes256gcm16 aes128gcm12 aes256gcm12 aes128gcm8 aes256gcm8 aes128ccm16 aes256ccm16 chacha20poly1305 prfsha256 \
     prfsha384 prfsha512 prfsha1 prfaesxcbc prfaescmac modp2048 modp3072 modp4096 modp6144 modp8192 modp2048s256 ecp256 ecp384 ecp521 ecp224 \
     ecp256bp ecp384bp ecp512bp curve25519 curve448",
];
/// For ESP; since 6.0.2 with any group as well as without.
const ESP_DEFAULTS: [&str; 4] = [
    "aes128 aes192 aes256 sha256 sha384 sha512 sha1 aesxcbc",
    "aes128gcm16 aes192gcm16 aes256gcm16",
    "aes128 aes192 aes256 sha256 sha384 sha512 sha1 aesxcbc modp2048 modp3072 modp4096 modp6144 modp8192 ecp256 ecp384 ecp521 curve25519",
    "aes128gcm16 aes192gcm16 aes256gcm16 modp2048 modp3072 modp4096 modp6144 modp8192 ecp256 ecp384 ecp521 curve25519",
];

/// What a list names, without what a product appends.
fn list_of(value: &str, purpose: Purpose, libreswan: bool) -> Vec<Proposal> {
    // Libreswan tries 256 before 128 where no length is given; strongSwan means 128.
    let lengths: &[u16] = if libreswan { &[256, 128] } else { &[128] };
    let one = |one: &str| {
        let aead = ["gcm", "ccm", "chacha"].iter().any(|mode| one.contains(mode));
        // `aes_gcm256-null`: no integrity algorithm of its own.
        let names = one
            .split(['-', ';', '+'])
            .filter(|name| !(aead && *name == "null"));
        Proposal::new(purpose, names, lengths)
    };
    let all = value
        .trim_end_matches('!')
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty());
    bounded(all.map(one), || Proposal::unread(purpose))
}

fn proposals(value: &str, purpose: Purpose, libreswan: bool, line: u32) -> Listed<Proposal> {
    let mut all = list_of(value, purpose, libreswan);
    let defaults: &[&str] = match purpose {
        _ if libreswan || value.ends_with('!') || all.is_empty() => &[],
        Purpose::Ike => &IKE_DEFAULTS,
        Purpose::Esp => &ESP_DEFAULTS,
        Purpose::Ah => &[],
    };
    // Any difference from them may be one of releases.
    let assumed = vec![
        Attribute::Encryption,
        Attribute::KeyLength,
        Attribute::Integrity,
        Attribute::Hash,
        Attribute::Prf,
        Attribute::DhGroup,
    ];
    all.extend(
        defaults
            .iter()
            .map(|names| Proposal::new(purpose, names.split_whitespace(), &[]).assuming(assumed.clone())),
    );
    listed(all, line).filter(|l| !l.value.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::negotiation::Version;
    use crate::negotiation::offer::Attribute;
    use crate::tests::sample::{clean, ike, read};

    fn strongswan(ike: &str, more: &str) -> String {
        format!(
            "conn a\n\tkeyexchange=ikev2\n\tike={ike}\n\tleftauth=psk\n\tleft=198.51.100.20\n\tright=192.0.2.10\n{more}"
        )
    }

    #[test]
    fn strongswan_appends_its_defaults_to_a_list_without_an_exclamation_mark() {
        let strict = clean("ipsec.conf", &strongswan("aes128-sha256-modp3072!", ""));
        assert_eq!(ike(&strict.connections[0], Version::V2).len(), 1);
        let open = clean("ipsec.conf", &strongswan("aes128-sha256-modp3072", ""));
        let c = &open.connections[0];
        let suites = c.suites(Version::V2, None);
        assert_eq!(suites.len(), 3);
        let list = c.ike.as_ref().unwrap();
        // What only the defaults say is assumed; what the file says is not.
        assert_eq!(list.assumed(&suites[0], &[Attribute::DhGroup]), []);
        assert_eq!(
            list.assumed(&suites[1], &[Attribute::DhGroup]),
            [Attribute::DhGroup]
        );
        // Libreswan's list is whole.
        let libreswan = clean(
            "ipsec.conf",
            "conn a\n\tikev2=insist\n\tike=aes128-sha2_256-modp3072\n",
        );
        assert_eq!(ike(&libreswan.connections[0], Version::V2).len(), 1);
    }

    #[test]
    fn a_connection_that_is_ignored_is_said_to_be() {
        let policy = read(
            "ipsec.conf",
            &strongswan("aes128-sha256-modp3072!", "\tauto=ignore\n"),
        );
        assert_eq!((policy.connections.len(), policy.notes.len()), (0, 1));
        assert!(
            policy.notes[0]
                .text
                .to_string()
                .contains("does not load the connection a"),
            "{:?}",
            policy.notes
        );
        let libreswan = clean("ipsec.conf", "conn a\n\tikev2=insist\n\tauto=ignore\n");
        assert_eq!(libreswan.connections.len(), 1);
    }

    #[test]
    fn what_is_not_known_in_a_list_is_said() {
        let policy = read("ipsec.conf", &strongswan("kyber-sha256!", ""));
        assert_eq!(policy.notes[0].line, 3);
        assert!(policy.connections[0].suites(Version::V2, None).is_empty());
        let null = clean(
            "ipsec.conf",
            "conn a\n\tikev2=insist\n\tesp=aes_gcm256-null,aes256-sha2_512\n",
        );
        assert_eq!(null.connections[0].children[0].suites(Version::V2).len(), 2);
    }

    #[test]
    fn what_demands_more_of_the_peer_than_a_key_is_known_by_its_line() {
        let policy = clean(
            "ipsec.conf",
            "conn a\n\tleftauth=psk\n\tleftcert=own.pem\n\trightca=\"CN=lab\"\n\trightrsasigkey=%cert\n",
        );
        let found = &policy.connections[0].demands;
        let found: Vec<_> = found.iter().map(|rule| (rule.value, rule.line)).collect();
        assert_eq!(found, [("rightca", 4)]);
    }
}
