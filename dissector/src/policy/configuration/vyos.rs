//! VyOS and EdgeOS: `set vpn ipsec ...` (`show configuration commands`) and the same in braces (`config.boot`, `show configuration`).
//!
//! *VyOS documentation*, "IPsec", and its templates (`vyos-1x`, `data/templates/ipsec/`), which make strict lists of strongSwan's of
//! them; EdgeOS goes on from the same Vyatta. Up to VyOS 1.3, and in EdgeOS, a peer's name is its address. `pfs enable` takes the group of
//! the IKE group. What a proposal leaves out is not taken for a default. A peer has to name its groups; where a part of a configuration
//! names none, and has only one, that is the likely one.

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::{MAX_CHILDREN, MAX_VALUES};
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::prefix;
use crate::policy::paths;
use crate::policy::said::said;
use crate::policy::text::shown;
use crate::policy::value::{Listed, add, at, listed, shared};
use std::collections::BTreeMap;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Configuration("VyOS or EdgeOS configuration"),
    sign: Sign::Line(is),
    read,
    endings: &["boot", "conf", "cfg", "txt"],
    secrets: Secrets::Behind(&[
        "pre-shared-secret",
        "secret",
        "password",
        "encrypted-password",
        "passphrase",
        "key",
    ]),
    ..Dialect::CONFIGURATION
};

/// The most groups and peers.
const MAX_RECORDS: usize = 1024;

fn is(line: &str) -> bool {
    line.starts_with("set vpn ipsec ")
        || line == "site-to-site {"
        || (line.starts_with("ike-group ") && line.ends_with('{'))
}

/// Keys with their values.
type Settings<'a> = Vec<(&'a str, &'a str)>;

/// Proposals of a group by number, each with its line and its settings; and what else it says.
#[derive(Debug, Default)]
struct Group<'a> {
    line: u32,
    proposals: BTreeMap<&'a str, (u32, Settings<'a>)>,
    settings: BTreeMap<&'a str, (&'a str, u32)>,
}

#[derive(Debug, Default)]
struct Tunnel<'a> {
    esp: Option<&'a str>,
    local: Listed<String>,
    remote: Listed<String>,
    more: bool,
}

#[derive(Debug, Default)]
struct Peer<'a> {
    line: u32,
    settings: BTreeMap<&'a str, (&'a str, u32)>,
    remotes: Listed<String>,
    tunnels: BTreeMap<&'a str, Tunnel<'a>>,
    disabled: bool,
}

#[derive(Debug, Default)]
struct Config<'a> {
    ike: BTreeMap<&'a str, Group<'a>>,
    esp: BTreeMap<&'a str, Group<'a>>,
    peers: BTreeMap<&'a str, Peer<'a>>,
}

fn read(policy: &mut Policy, text: &str) {
    let mut config = Config::default();
    if paths::settings(policy, text, &DIALECT.secrets, |line, path| {
        config.take(line, path)
    })
    .is_some()
    {
        config.finish(policy);
    }
}

/// What of a proposal rests on a guess if the group is one.
const ALL: [Attribute; 5] = [
    Attribute::Encryption,
    Attribute::Integrity,
    Attribute::Prf,
    Attribute::DhGroup,
    Attribute::Esn,
];

/// The group of a file that has just one.
fn only<'c, 'a>(groups: &'c BTreeMap<&'a str, Group<'a>>) -> Option<&'c Group<'a>> {
    groups.values().next().filter(|_| groups.len() == 1)
}

fn group<'a, 'c>(
    groups: &'c mut BTreeMap<&'a str, Group<'a>>,
    name: &'a str,
    line: u32,
) -> Option<&'c mut Group<'a>> {
    let room = groups.len() < MAX_RECORDS || groups.contains_key(name);
    room.then(|| {
        groups.entry(name).or_insert_with(|| Group {
            line,
            ..Group::default()
        })
    })
}

impl<'a> Config<'a> {
    /// One setting, by the words of its path. What is pasted may begin below `vpn` or `ipsec`.
    fn take(&mut self, line: u32, path: &[&'a str]) {
        let path = match path {
            ["vpn", "ipsec", rest @ ..] | ["ipsec", rest @ ..] => rest,
            other => other,
        };
        match path {
            ["ike-group", name, rest @ ..] => Self::grouped(group(&mut self.ike, name, line), line, rest),
            ["esp-group", name, rest @ ..] => Self::grouped(group(&mut self.esp, name, line), line, rest),
            ["site-to-site", "peer", name, rest @ ..] => {
                if self.peers.len() >= MAX_RECORDS && !self.peers.contains_key(name) {
                    return;
                }
                let peer = self.peers.entry(name).or_insert_with(|| Peer {
                    line,
                    ..Peer::default()
                });
                peer.take(line, rest);
            }
            _ => {}
        }
    }

    fn grouped(group: Option<&mut Group<'a>>, line: u32, rest: &[&'a str]) {
        let Some(group) = group else { return };
        match rest {
            ["proposal", number, key, value] => {
                let (_, names) = group
                    .proposals
                    .entry(number)
                    .or_insert_with(|| (line, Vec::new()));
                if names.len() < MAX_VALUES {
                    names.push((key, value));
                }
            }
            [key, value] => {
                group.settings.insert(key, (value, line));
            }
            _ => {}
        }
    }

    fn finish(&self, policy: &mut Policy) {
        for (name, peer) in self.peers.iter().filter(|(_, peer)| !peer.disabled) {
            let named = peer.settings.get("ike-group");
            let ike = match named {
                Some((group, _)) => self.ike.get(group),
                None => only(&self.ike),
            };
            match (named, ike) {
                (Some((group, line)), None) => {
                    policy.note(*line, said!("ike-group {} is not in this file", group));
                }
                (None, Some(_)) => policy.note(
                    peer.line,
                    "this peer names no ike-group: the only one of the file is taken to be its own",
                ),
                _ => {}
            }
            let guessed = if named.is_none() { &ALL[..] } else { &[] };
            let children: Vec<Child> = peer
                .tunnels
                .values()
                .take(MAX_CHILDREN)
                .map(|t| self.child(policy, peer, t, ike))
                .collect();
            let list = ike.map(|group| proposals(policy, Purpose::Ike, group, &[], guessed));
            let Some(c) = policy.connection(name, peer.line) else {
                continue;
            };
            peer.fill(c, name, ike);
            c.ike = list.flatten();
            c.more_children = peer.tunnels.len() > children.len() || peer.tunnels.values().any(|t| t.more);
            for child in children {
                c.child(child);
            }
        }
    }

    fn child(
        &self,
        policy: &mut Policy,
        peer: &Peer<'a>,
        tunnel: &Tunnel<'a>,
        ike: Option<&Group<'a>>,
    ) -> Child {
        let named = tunnel
            .esp
            .or_else(|| peer.settings.get("default-esp-group").map(|(group, _)| *group));
        let esp = match named {
            Some(name) => self.esp.get(name),
            None => only(&self.esp),
        };
        let pfs = esp
            .and_then(|group| group.settings.get("pfs"))
            .map(|(value, _)| *value);
        // The group of the IKE group's first proposal.
        let own = || {
            ike.and_then(|group| {
                group
                    .proposals
                    .values()
                    .find_map(|(_, names)| names.iter().find(|n| n.0 == "dh-group"))
            })
        };
        let (groups, assumed) = match pfs {
            Some("disable") => (Vec::new(), Vec::new()),
            Some(value) if value != "enable" => {
                (vec![value.trim_start_matches("dh-").to_owned()], Vec::new())
            }
            _ => (
                own()
                    .map(|(_, group)| format!("group{group}"))
                    .into_iter()
                    .collect(),
                vec![Attribute::DhGroup],
            ),
        };
        let assumed = if named.is_none() { ALL.to_vec() } else { assumed };
        let mode = esp.and_then(|group| group.settings.get("mode"));
        Child {
            proposals: esp.and_then(|group| proposals(policy, Purpose::Esp, group, &groups, &assumed)),
            mode: mode.and_then(|(value, line)| at(Mode::named(value)?, *line)),
            local: tunnel.local.clone(),
            remote: tunnel.remote.clone(),
            any_group: false,
        }
    }
}

/// Proposals of a group in the order of their numbers. One that leaves something out is not known as a whole.
fn proposals(
    policy: &mut Policy,
    purpose: Purpose,
    group: &Group<'_>,
    groups: &[String],
    assumed: &[Attribute],
) -> Listed<Proposal> {
    let mut numbers: Vec<_> = group.proposals.iter().collect();
    numbers.sort_by_key(|(number, _)| number.parse::<u32>().unwrap_or(u32::MAX));
    let mut all = Vec::new();
    for (_, (line, settings)) in numbers.into_iter().take(MAX_VALUES) {
        let has = |key: &str| settings.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let aead =
            has("encryption").is_some_and(|e| e.contains("gcm") || e.contains("ccm") || e.contains("chacha"));
        let mut names: Vec<String> = ["encryption", "hash", "prf"]
            .into_iter()
            .filter_map(has)
            .map(str::to_owned)
            .collect();
        names.extend(has("dh-group").map(|group| format!("group{group}")));
        names.extend(groups.iter().cloned());
        let whole = has("encryption").is_some()
            && (aead || has("hash").is_some())
            && (purpose != Purpose::Ike || has("dh-group").is_some());
        let mut proposal = Proposal::new(purpose, names.iter().map(String::as_str), &[128])
            .at(*line)
            .assuming(assumed.to_vec());
        if !proposal.whole {
            policy.note(
                *line,
                "this proposal names something that is not recognized, so nothing is concluded from it",
            );
        }
        proposal.whole &= whole;
        all.push(proposal);
    }
    listed(all, group.line).filter(|l| !l.value.is_empty())
}

impl<'a> Peer<'a> {
    fn take(&mut self, line: u32, rest: &[&'a str]) {
        match rest {
            ["disable"] => self.disabled = true,
            ["remote-address", value] => add(&mut self.remotes, line, shown(value), || {
                crate::policy::text::MORE.to_owned()
            }),
            ["authentication", key, value] => {
                let key = match *key {
                    "mode" => "authentication",
                    // EdgeOS calls its own identity so.
                    "id" => "local-id",
                    other => other,
                };
                if matches!(key, "authentication" | "local-id" | "remote-id") {
                    self.settings.insert(key, (value, line));
                }
            }
            ["tunnel", number, rest @ ..] => {
                if self.tunnels.len() > MAX_CHILDREN && !self.tunnels.contains_key(number) {
                    return;
                }
                let tunnel = self.tunnels.entry(number).or_default();
                match rest {
                    ["esp-group", value] => tunnel.esp = Some(value),
                    ["local", "prefix", value] => tunnel.network(line, value, true),
                    ["remote", "prefix", value] => tunnel.network(line, value, false),
                    // Ports and protocols are more than networks.
                    ["protocol", ..] | ["local" | "remote", "port", ..] | ["disable"] => tunnel.more = true,
                    _ => {}
                }
            }
            ["vti", "esp-group", value] => self.tunnels.entry("vti").or_default().esp = Some(value),
            [key, value] => {
                self.settings.insert(key, (value, line));
            }
            _ => {}
        }
    }

    fn fill(&self, c: &mut Connection, name: &str, ike: Option<&Group<'_>>) {
        let get = |key: &str| self.settings.get(key).copied();
        let own = |group: &Group<'_>, key| {
            group
                .settings
                .get(key)
                .map(|(value, line)| ((*value).to_owned(), *line))
        };
        if let Some((value, line)) = ike.and_then(|group| own(group, "key-exchange")) {
            c.version = match value.as_str() {
                "ikev1" => at(Version::V1, line),
                "ikev2" => at(Version::V2, line),
                _ => None,
            };
        }
        if let Some((value, line)) = ike.and_then(|group| own(group, "mode")) {
            c.aggressive = at(value == "aggressive", line);
        }
        let any = |address: &str| matches!(address, "0.0.0.0" | "any" | "::");
        let pattern = |address: &str| {
            if any(address) {
                "%any".to_owned()
            } else {
                shown(address)
            }
        };
        c.remote = match &self.remotes {
            Some(remotes) => listed(remotes.value.iter().map(|r| pattern(r)).collect(), remotes.line),
            None if any(name) || name.parse::<std::net::IpAddr>().is_ok() => {
                listed(vec![pattern(name)], self.line)
            }
            None => None,
        };
        c.local = get("local-address")
            .filter(|(a, _)| !any(a))
            .and_then(|(a, line)| listed(vec![shown(a)], line));
        let auth = get("authentication").and_then(|(mode, line)| {
            let auth = match mode {
                "pre-shared-secret" => Auth::Psk,
                "x509" | "rsa" => Auth::Certificate,
                _ => return None,
            };
            at(auth, line)
        });
        c.local_auth.clone_from(&auth);
        c.remote_auth = auth;
        c.local_id = get("local-id").and_then(|(id, line)| shared(shown(id), line));
        c.remote_id = get("remote-id").and_then(|(id, line)| shared(shown(id), line));
        c.begins = match get("connection-type") {
            Some(("initiate", _)) => Some(true),
            Some(("respond" | "none", _)) => Some(false),
            _ => None,
        };
    }
}

impl Tunnel<'_> {
    fn network(&mut self, line: u32, value: &str, own: bool) {
        let list = if own { &mut self.local } else { &mut self.remote };
        match prefix(value) {
            Some(network) => add(list, line, network, || crate::policy::text::MORE.to_owned()),
            None => self.more = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::negotiation::Version;
    use crate::policy::Auth;
    use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

    fn commands() -> String {
        format!(
            "set vpn ipsec esp-group ESP pfs 'dh-group19'\nset vpn ipsec esp-group ESP proposal 1 encryption 'aes256gcm128'\nset vpn ipsec esp-group ESP proposal 1 hash \
             'sha256'\nset vpn ipsec ike-group IKE key-exchange 'ikev2'\nset vpn ipsec ike-group IKE proposal 2 dh-group '14'\nset vpn ipsec ike-group IKE proposal 2 \
             encryption 'aes128'\nset vpn ipsec ike-group IKE proposal 2 hash 'sha256'\nset vpn ipsec ike-group IKE proposal 1 dh-group '19'\nset vpn ipsec ike-group IKE \
             proposal 1 encryption 'aes256'\nset vpn ipsec ike-group IKE proposal 1 hash 'sha512'\nset vpn ipsec site-to-site peer branch authentication mode \
             'pre-shared-secret'\nset vpn ipsec site-to-site peer branch authentication pre-shared-secret '{SECRET}'\nset vpn ipsec site-to-site peer branch connection-type \
             'respond'\nset vpn ipsec site-to-site peer branch ike-group 'IKE'\nset vpn ipsec site-to-site peer branch local-address '198.51.100.20'\nset vpn ipsec \
             site-to-site peer branch remote-address '192.0.2.10'\nset vpn ipsec site-to-site peer branch tunnel 0 esp-group 'ESP'\nset vpn ipsec site-to-site peer branch \
             tunnel 0 local prefix '172.16.2.0/24'\nset vpn ipsec site-to-site peer branch tunnel 0 remote prefix '172.16.1.0/24'\n"
        )
    }

    fn braces() -> String {
        format!(
            "vpn {{\n    ipsec {{\n        esp-group FOO0 {{\n            mode tunnel\n            pfs enable\n            proposal 1 {{\n                encryption aes128\n                \
             hash sha1\n            }}\n        }}\n        ike-group FOO0 {{\n            key-exchange ikev1\n            proposal 1 {{\n                dh-group 14\n                \
             encryption aes128\n                hash sha1\n            }}\n        }}\n        site-to-site {{\n            peer 192.0.2.10 {{\n                authentication \
             {{\n                    mode pre-shared-secret\n                    pre-shared-secret {SECRET}\n                }}\n                ike-group FOO0\n                \
             local-address 198.51.100.20\n                tunnel 1 {{\n                    esp-group FOO0\n                    local {{\n                        prefix \
             172.16.2.0/24\n                    }}\n                    remote {{\n                        prefix 172.16.1.0/24\n                    }}\n                \
             }}\n            }}\n        }}\n    }}\n}}\n"
        )
    }

    #[test]
    fn commands_of_vyos() {
        let policy = clean("vyos.txt", &commands());
        let [c] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!((c.name.as_str(), c.begins), ("branch", Some(false)));
        assert_eq!(
            c.version.as_ref().map(|v| (v.value, v.line)),
            Some((Version::V2, 4))
        );
        assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
        let all = ike(c, Version::V2);
        assert_eq!(all.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [8, 5]);
        assert_eq!(
            all[0].1,
            "AES-CBC-256 / HMAC-SHA2-512-256 / HMAC-SHA2-512 / ECP-256 (group 19)"
        );
        assert_eq!(esp(c, Version::V2)[0].1, "AES-GCM-16-256 / ECP-256 (group 19)");
        assert_eq!(values(c.children[0].local.as_ref()), ["172.16.2.0/24"]);
    }

    #[test]
    fn braces_of_edgeos() {
        let policy = clean("config.boot", &braces());
        let [c] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
        assert_eq!(values(c.local.as_ref()), ["198.51.100.20"]);
        assert_eq!(c.local_auth.as_ref().map(|a| a.value), Some(Auth::Psk));
        assert_eq!(
            ike(c, Version::V1)[0].1,
            "AES-CBC-128 / SHA1 / MODP-2048 (group 14)"
        );
        assert_eq!(
            esp(c, Version::V1)[0].1,
            "AES-CBC-128 / HMAC-SHA1 / MODP-2048 (group 14)"
        );
    }

    #[test]
    fn what_a_proposal_leaves_out_is_no_default() {
        let policy = read(
            "x",
            &commands().replace("proposal 1 hash 'sha512'", "proposal 1 comment 'x'"),
        );
        assert_eq!(policy.connections[0].suites(Version::V2, None), []);
        let gone = read("x", &commands().replace("ike-group 'IKE'", "ike-group 'GONE'"));
        assert_eq!(gone.notes.len(), 1);
        assert!(gone.connections[0].ike.is_none());
    }

    #[test]
    fn damage_does_no_harm() {
        survives(&commands());
        survives(&braces());
    }
}
