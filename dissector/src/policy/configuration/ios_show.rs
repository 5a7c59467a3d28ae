//! What Cisco IOS prints of its settings: `show crypto isakmp policy` and `show crypto map`.
//!
//! *Cisco IOS Security Command Reference*, both commands, and posted outputs: a suite for each priority, in words; a map entry with its
//! peers, its access list, PFS and the transform sets. An access list is the side's own view: from its networks to the peer's. The
//! mode of a transform set is not printed.

use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_VALUES;
use crate::policy::connection::{Auth, Child};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::{host, wildcard};
use crate::policy::text::{MORE, lines, shown};
use crate::policy::value::{Listed, add, at};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Output("output of Cisco IOS"),
    sign: Sign::Line(|line| suite(line) || entry(line).is_some()),
    read,
    secrets: Secrets::AllBut(&[]),
    ..Dialect::CONFIGURATION
};

fn suite(line: &str) -> bool {
    line.starts_with("Protection suite of priority ") || line == "Default protection suite"
}

/// `Crypto Map IPv4 "MAP" 10 ipsec-isakmp`: its name and number.
fn entry(line: &str) -> Option<String> {
    let rest = line.strip_prefix("Crypto Map ")?;
    let (_, rest) = rest.split_once('"')?;
    let (name, rest) = rest.split_once('"')?;
    let number = rest.trim().strip_suffix(" ipsec-isakmp")?;
    Some(format!("{name} {number}"))
}

/// What a suite says, in names of configurations.
#[derive(Default)]
struct Suite {
    line: u32,
    names: Vec<&'static str>,
    group: Option<String>,
    method: Option<u16>,
    /// Something in it is not known.
    odd: bool,
}

impl Suite {
    fn take(&mut self, key: &str, value: &str) {
        let is = |words: &str| value.starts_with(words);
        let bits = |bits: &str| value.contains(bits);
        let name = match key {
            "encryption algorithm" => match () {
                () if is("AES ") && bits("(128 bit") => Some("aes128"),
                () if is("AES ") && bits("(192 bit") => Some("aes192"),
                () if is("AES ") && bits("(256 bit") => Some("aes256"),
                () if is("Three key triple DES") => Some("3des"),
                () if is("DES ") => Some("des"),
                () => None,
            },
            "hash algorithm" => match () {
                () if is("Secure Hash Standard 2") && bits("(256 bit") => Some("sha256"),
                () if is("Secure Hash Standard 2") && bits("(384 bit") => Some("sha384"),
                () if is("Secure Hash Standard 2") && bits("(512 bit") => Some("sha512"),
                () if value == "Secure Hash Standard" => Some("sha1"),
                () if is("Message Digest 5") => Some("md5"),
                () => None,
            },
            "authentication method" => {
                self.method = match () {
                    () if is("Pre-Shared Key") => Some(1),
                    () if is("Rivest-Shamir-Adleman Signature") => Some(3),
                    () => None,
                };
                self.odd |= self.method.is_none();
                return;
            }
            "Diffie-Hellman group" => {
                let number = value.strip_prefix('#').and_then(|rest| rest.split(' ').next());
                self.group = number.map(|number| format!("group{}", shown(number)));
                self.odd |= self.group.is_none();
                return;
            }
            _ => return,
        };
        self.odd |= name.is_none();
        self.names.extend(name.filter(|_| self.names.len() < MAX_VALUES));
    }

    fn proposal(&self) -> Proposal {
        let names = self.names.iter().copied().chain(self.group.as_deref());
        let mut proposal = Proposal::new(Purpose::Ike, names, &[]).complete().at(self.line);
        proposal.whole &= !self.odd && self.names.len() == 2 && self.method.is_some();
        match self.method {
            Some(method) => proposal.authenticated(method),
            None => proposal,
        }
    }
}

/// A network at the beginning of words of an access list, and what follows it.
fn network<'w>(words: &'w [&'w str]) -> Option<(String, &'w [&'w str])> {
    match words {
        ["host", address, rest @ ..] => Some((host(address)?, rest)),
        ["any", rest @ ..] => Some(("0.0.0.0/0".to_owned(), rest)),
        [address, free, rest @ ..] => Some((wildcard(address, free)?, rest)),
        _ => None,
    }
}

fn read(policy: &mut Policy, text: &str) {
    let mut ike: Listed<Proposal> = None;
    let mut open: Option<Suite> = None;
    let mut methods = Vec::new();
    let mut group = None;
    let mut sets = false;
    for (number, line) in lines(text) {
        let line = line.trim();
        let field = line
            .split_once(':')
            .map(|(key, value)| (key.trim(), value.trim()));
        if suite(line) || entry(line).is_some() {
            if let Some(done) = open.take() {
                methods.push(done.method);
                add(&mut ike, done.line, done.proposal(), || {
                    Proposal::unread(Purpose::Ike)
                });
            }
            open = suite(line).then(|| Suite {
                line: number,
                ..Suite::default()
            });
        }
        if let (Some(open), Some((key, value))) = (&mut open, field) {
            open.take(key, value);
            continue;
        }
        if let Some(name) = entry(line) {
            (group, sets) = (None, false);
            if let Some(c) = policy.connection(&name, number) {
                c.version = at(Version::V1, number);
                c.child(Child::default());
            }
            continue;
        }
        let Some(c) = policy.latest() else { continue };
        if let Some(peer) = line.strip_prefix("Peer = ") {
            add(&mut c.remote, number, shown(peer), || MORE.to_owned());
            continue;
        }
        let Some(child) = c.last_child() else { continue };
        match field {
            Some(("DH group", name)) => group = Some(name.to_owned()),
            Some((_, set)) if sets => {
                let names = set.trim_start_matches('{').split('}').next().unwrap_or_default();
                let proposal = transform(names, group.as_deref(), number);
                add(&mut child.proposals, number, proposal, || {
                    Proposal::unread(Purpose::Esp)
                });
            }
            _ if line.starts_with("Transform sets=") => sets = true,
            _ if line == "}" => sets = false,
            _ => permit(child, line, number),
        }
    }
    if let Some(done) = open.take() {
        methods.push(done.method);
        add(&mut ike, done.line, done.proposal(), || {
            Proposal::unread(Purpose::Ike)
        });
    }
    // Suites are of the machine, whoever calls.
    let Some(list) = ike else { return };
    if policy.connections.is_empty()
        && let Some(c) = policy.connection("isakmp", list.line)
    {
        c.version = at(Version::V1, list.line);
    }
    let same = methods
        .first()
        .copied()
        .filter(|first| methods.iter().all(|m| m == first));
    let auth = match same.flatten() {
        Some(1) => Some(Auth::Psk),
        Some(3) => Some(Auth::Certificate),
        _ => None,
    };
    for c in &mut policy.connections {
        c.ike = Some(list.clone());
        // It answers both modes unless that is forbidden, which is not printed here.
        c.either_mode = true;
        c.local_auth = auth.and_then(|auth| at(auth, list.line));
        c.remote_auth.clone_from(&c.local_auth);
    }
}

/// `esp-256-aes esp-sha-hmac`, as IOS prints a transform set.
fn transform(names: &str, group: Option<&str>, line: u32) -> Proposal {
    let one = |word: &str| {
        let name = word
            .strip_prefix("esp-")
            .map(|name| name.trim_end_matches("-hmac"));
        match name {
            Some("aes") => "aes128".to_owned(),
            Some(name) => match name.strip_suffix("-aes") {
                Some(bits) => format!("aes{bits}"),
                None => name.to_owned(),
            },
            // AH, and what is not known.
            None => "?".to_owned(),
        }
    };
    let words: Vec<String> = names.split_whitespace().take(MAX_VALUES).map(one).collect();
    let names = words.iter().map(String::as_str).chain(group);
    Proposal::new(Purpose::Esp, names, &[]).complete().at(line)
}

/// `access-list 101 permit ip 10.2.0.0 0.0.255.255 host 10.1.0.1`: own networks, and the peer's.
fn permit(child: &mut Child, line: &str, number: u32) {
    let words: Vec<&str> = line.split_whitespace().take(12).collect();
    let ["access-list", _, "permit", "ip", rest @ ..] = words.as_slice() else {
        return;
    };
    if let Some((own, rest)) = network(rest)
        && let Some((peer, _)) = network(rest)
    {
        add(&mut child.local, number, own, || MORE.to_owned());
        add(&mut child.remote, number, peer, || MORE.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use crate::negotiation::Version;
    use crate::tests::sample::{SECRET, esp, ike, read, survives, values};

    /// As posts show it; what it prints of keys is not kept.
    fn output() -> String {
        format!(
            "R2#show crypto isakmp policy\n\nGlobal IKE policy\nProtection suite of priority 5\n\
             \x20       encryption algorithm:   AES - Advanced Encryption Standard (256 bit keys).\n\
             \x20       hash algorithm:         Secure Hash Standard 2 (256 bit)\n        authentication method:  Pre-Shared Key\n\
             \x20       Diffie-Hellman group:   #14 (2048 bit)\n        lifetime:               5000 seconds, no volume limit\n\
             Default protection suite\n        encryption algorithm:   DES - Data Encryption Standard (56 bit keys).\n\
             \x20       hash algorithm:         Secure Hash Standard\n        authentication method:  Rivest-Shamir-Adleman Signature\n\
             \x20       Diffie-Hellman group:   #1 (768 bit)\nR2#show crypto isakmp key\nKeyring  Hostname/Address   Preshared Key\n\
             default  192.0.2.10  {SECRET}\nR2#show crypto map\nCrypto Map IPv4 \"MYMAP\" 10 ipsec-isakmp\n        Peer = 192.0.2.10\n\
             \x20       Extended IP access list 101\n            access-list 101 permit ip 10.2.0.0 0.0.255.255 host 10.1.0.1\n\
             \x20       Current peer: 192.0.2.10\n        PFS (Y/N): Y\n        DH group:  group15\n        Transform sets={{\n\
             \x20               TS:  {{ esp-256-aes esp-sha-hmac  }} ,\n        }}\n        Interfaces using crypto map MYMAP:\nR2#\n"
        )
    }

    #[test]
    fn suites_and_maps_are_read() {
        let policy = read("show.txt", &output());
        assert_eq!(policy.kind.name(), "output of Cisco IOS");
        let [c] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
        let all = ike(c, Version::V1);
        assert_eq!(
            all[0],
            (
                4,
                "AES-CBC-256 / SHA2-256 / MODP-2048 (group 14) / PSK".to_owned()
            )
        );
        assert_eq!(all[1].1, "DES / SHA1 / MODP-768 (group 1) / RSA signatures");
        assert_eq!(
            esp(c, Version::V1)[0].1,
            "AES-CBC-256 / HMAC-SHA1 / MODP-3072 (group 15)"
        );
        assert_eq!(values(c.children[0].local.as_ref()), ["10.2.0.0/16"]);
        assert_eq!(values(c.children[0].remote.as_ref()), ["10.1.0.1/32"]);
        survives(&output());
    }

    #[test]
    fn what_is_not_known_of_a_suite_leaves_it_unknown() {
        let odd = output()
            .replace("(256 bit keys)", "(bits)")
            .replace("Default protection", "Other");
        assert_eq!(
            read("show.txt", &odd).connections[0].suites(Version::V1, None),
            []
        );
    }
}
