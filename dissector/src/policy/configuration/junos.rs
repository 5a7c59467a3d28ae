//! Junos: `set security ike ...` (`show configuration | display set`) and the same in braces.
//!
//! Juniper's reference of statements: `[edit security ike]` and `[edit security ipsec]` (proposal, policy, gateway, vpn). A gateway
//! names its policy, and that its proposals; `proposal-set` stands for lists that are not read. What a proposal leaves out is not
//! taken for a default, and neither is the version of IKE.

use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose, choices};
use crate::policy::bounds::{MAX_CHILDREN, MAX_VALUES};
use crate::policy::connection::{Auth, Child, Connection};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::prefix;
use crate::policy::paths;
use crate::policy::said::said;
use crate::policy::text::{MORE, shown};
use crate::policy::value::{Listed, add, at, listed, shared};
use std::collections::BTreeMap;

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Configuration("Junos configuration"),
    sign: Sign::Text(is),
    read,
    endings: &["conf", "cfg", "set", "txt"],
    secrets: Secrets::Behind(&[
        "pre-shared-key",
        "ascii-text",
        "hexadecimal",
        "seeded-pre-shared-key",
        "secret",
        "password",
        "encrypted-password",
        "authentication-key",
    ]),
    ..Dialect::CONFIGURATION
};

/// The most of each kind of record.
const MAX_RECORDS: usize = 1024;

/// A command, or a section below `ike` or `ipsec` that only Junos has.
fn is(text: &str) -> bool {
    let mut security = false;
    text.lines().map(str::trim).any(|line| {
        let command = line.starts_with("set security ike ") || line.starts_with("set security ipsec ");
        security |= line == "security {" || line == "ike {";
        let named = |word: &str| line.strip_prefix(word).is_some_and(|rest| rest.ends_with(" {"));
        command || (security && (named("gateway ") || named("proposal ")))
    })
}

/// Settings of a record, each with its words and its line.
type Settings<'a> = Vec<(Vec<&'a str>, u32)>;

/// Records of one kind, by name; each with the line where it begins.
type Records<'a> = BTreeMap<&'a str, (u32, Settings<'a>)>;

#[derive(Debug, Default)]
struct Config<'a> {
    ike_proposals: Records<'a>,
    ike_policies: Records<'a>,
    gateways: Records<'a>,
    esp_proposals: Records<'a>,
    esp_policies: Records<'a>,
    vpns: Records<'a>,
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

/// What follows these words.
fn after<'s, 'a>(words: &'s [&'a str], key: &[&str]) -> Option<&'s [&'a str]> {
    let (front, rest) = words.split_at_checked(key.len())?;
    front
        .iter()
        .zip(key)
        .all(|(word, key)| word == key)
        .then_some(rest)
}

/// The values of the first setting with these words in front.
fn get<'s, 'a>(settings: &'s Settings<'a>, key: &[&str]) -> Option<(&'s [&'a str], u32)> {
    let mut found = settings.iter().filter_map(|(words, line)| {
        let values = after(words, key)?;
        (!values.is_empty()).then_some((values, *line))
    });
    found.next()
}

/// The first value of such a setting.
fn one<'a>(settings: &Settings<'a>, key: &[&str]) -> Option<(&'a str, u32)> {
    get(settings, key).and_then(|(values, line)| Some((*values.first()?, line)))
}

/// All values of such settings: a list is one line in braces, and a line for each value as commands.
fn all<'a>(settings: &Settings<'a>, key: &[&str]) -> Vec<&'a str> {
    let values = settings.iter().filter_map(|(words, _)| after(words, key));
    values.flatten().copied().take(MAX_VALUES).collect()
}

impl<'a> Config<'a> {
    /// One setting, by the words of its path. What is pasted may begin below `security`, `ike` or `ipsec`.
    fn take(&mut self, line: u32, path: &[&'a str]) {
        let path = path.strip_prefix(&["security"]).unwrap_or(path);
        let (ipsec, path) = match path {
            ["ike", rest @ ..] => (Some(false), rest),
            ["ipsec", rest @ ..] => (Some(true), rest),
            rest => (None, rest),
        };
        let (records, name, rest) = match (ipsec, path) {
            (Some(false), ["proposal", name, rest @ ..]) => (&mut self.ike_proposals, name, rest),
            (Some(false), ["policy", name, rest @ ..]) => (&mut self.ike_policies, name, rest),
            (Some(false) | None, ["gateway", name, rest @ ..]) => (&mut self.gateways, name, rest),
            (Some(true), ["proposal", name, rest @ ..]) => (&mut self.esp_proposals, name, rest),
            (Some(true), ["policy", name, rest @ ..]) => (&mut self.esp_policies, name, rest),
            (Some(true) | None, ["vpn", name, rest @ ..]) => (&mut self.vpns, name, rest),
            _ => return,
        };
        if records.len() >= MAX_RECORDS && !records.contains_key(name) {
            return;
        }
        let (_, settings) = records.entry(name).or_insert_with(|| (line, Vec::new()));
        if !rest.is_empty() && settings.len() < MAX_RECORDS {
            settings.push((rest.to_vec(), line));
        }
    }

    fn finish(&self, policy: &mut Policy) {
        for (name, (line, gateway)) in &self.gateways {
            let ike = one(gateway, &["ike-policy"]);
            let settings = ike
                .and_then(|(name, _)| self.ike_policies.get(name))
                .map(|(_, settings)| settings);
            if let (Some((missing, line)), None) = (ike, settings) {
                policy.note(line, said!("ike policy {} is not in this file", missing));
            }
            let list = settings.and_then(|settings| self.ike(policy, settings));
            let children: Vec<Child> = self.children(policy, name);
            let more = self.vpns.values().filter(|(_, vpn)| of(vpn, name)).count() > children.len();
            let Some(c) = policy.connection(name, *line) else {
                return;
            };
            fill(c, gateway, settings);
            c.ike = list;
            c.more_children = more;
            for child in children {
                c.child(child);
            }
        }
    }

    /// The proposals of an IKE policy in their order.
    fn ike(&self, policy: &mut Policy, settings: &Settings<'a>) -> Listed<Proposal> {
        let names = all(settings, &["proposals"]);
        let (_, from) = get(settings, &["proposals"])?;
        let one = |name: &&str| self.proposal(Purpose::Ike, name, from);
        let list: Vec<Proposal> = names.iter().map(one).collect();
        note(policy, &list, from);
        listed(list, from)
    }

    fn proposal(&self, purpose: Purpose, name: &str, line: u32) -> Proposal {
        let records = match purpose {
            Purpose::Ike => &self.ike_proposals,
            _ => &self.esp_proposals,
        };
        let Some((line, settings)) = records.get(name).map(|(line, settings)| (*line, settings)) else {
            return Proposal::unread(purpose).at(line);
        };
        let purpose = match one(settings, &["protocol"]) {
            Some(("ah", _)) => Purpose::Ah,
            Some(("bundle", _)) => return Proposal::unread(purpose).at(line),
            _ => purpose,
        };
        let keys = ["encryption-algorithm", "authentication-algorithm", "dh-group"];
        let names = keys
            .iter()
            .filter_map(|key| one(settings, &[key]))
            .map(|(value, _)| value);
        let proposal = Proposal::new(purpose, names, &[]).complete().at(line);
        match one(settings, &["authentication-method"]).map(|(method, _)| method) {
            Some("pre-shared-keys") => proposal.authenticated(1),
            Some("rsa-signatures") => proposal.authenticated(3),
            _ => proposal,
        }
    }

    /// The data tunnels of a gateway.
    fn children(&self, policy: &mut Policy, gateway: &str) -> Vec<Child> {
        let mut children = Vec::new();
        let mine = self.vpns.values().filter(|(_, vpn)| of(vpn, gateway));
        for (_, vpn) in mine.take(MAX_CHILDREN) {
            let esp = one(vpn, &["ike", "ipsec-policy"]).and_then(|(name, _)| self.esp_policies.get(name));
            let list = esp.and_then(|(_, settings)| {
                let (_, from) = get(settings, &["proposals"])?;
                let group = one(settings, &["perfect-forward-secrecy", "keys"]).map(|(group, _)| group);
                let one = |name: &&str| {
                    let proposal = self.proposal(Purpose::Esp, name, from);
                    match group {
                        Some(group) => proposal.with(choices([group]).as_deref()),
                        None => proposal,
                    }
                };
                let list: Vec<Proposal> = all(settings, &["proposals"]).iter().map(one).collect();
                note(policy, &list, from);
                listed(list, from)
            });
            let mut child = Child {
                proposals: list,
                ..Child::default()
            };
            for (words, line) in vpn {
                let (to, value) = match words.as_slice() {
                    ["ike", "proxy-identity", "local", value]
                    | ["traffic-selector", _, "local-ip", value] => (&mut child.local, value),
                    ["ike", "proxy-identity", "remote", value]
                    | ["traffic-selector", _, "remote-ip", value] => (&mut child.remote, value),
                    _ => continue,
                };
                if let Some(network) = prefix(value) {
                    add(to, *line, network, || MORE.to_owned());
                }
            }
            children.push(child);
        }
        children
    }
}

/// A VPN of this gateway.
fn of(vpn: &Settings<'_>, gateway: &str) -> bool {
    one(vpn, &["ike", "gateway"]).is_some_and(|(name, _)| name == gateway)
}

fn note(policy: &mut Policy, list: &[Proposal], line: u32) {
    if list.iter().any(|p| !p.whole) {
        policy.note(
            line,
            "a proposal that is named here is not in this file, or not known as a whole: nothing is concluded from this list",
        );
    }
}

fn fill(c: &mut Connection, gateway: &Settings<'_>, ike: Option<&Settings<'_>>) {
    let identity = |side: &str| {
        let (words, line) = get(gateway, &[side])?;
        match words {
            [
                "hostname" | "inet" | "inet6" | "user-at-hostname" | "key-id",
                value,
            ] => shared(shown(value), line),
            _ => None,
        }
    };
    let addresses: Vec<String> = all(gateway, &["address"]).into_iter().map(shown).collect();
    c.remote = match get(gateway, &["address"]) {
        Some((_, line)) => listed(addresses, line),
        None => get(gateway, &["dynamic"]).and_then(|(_, line)| listed(vec!["%any".to_owned()], line)),
    };
    c.local = one(gateway, &["local-address"]).and_then(|(a, line)| listed(vec![shown(a)], line));
    c.local_id = identity("local-identity");
    c.remote_id = identity("remote-identity");
    c.version = match one(gateway, &["version"]) {
        Some(("v1-only", line)) => at(Version::V1, line),
        Some(("v2-only", line)) => at(Version::V2, line),
        _ => None,
    };
    let Some(ike) = ike else { return };
    c.aggressive = one(ike, &["mode"]).and_then(|(mode, line)| match mode {
        "main" => at(false, line),
        "aggressive" => at(true, line),
        _ => None,
    });
    c.either_mode = c.aggressive.is_none();
    // The key itself was left out.
    let key = ike
        .iter()
        .find(|(words, _)| words.first() == Some(&"pre-shared-key"));
    let key = key.and_then(|(_, line)| at(Auth::Psk, *line));
    let auth = key.or_else(|| get(ike, &["certificate"]).and_then(|(_, line)| at(Auth::Certificate, line)));
    c.local_auth.clone_from(&auth);
    c.remote_auth = auth;
}

#[cfg(test)]
mod tests {
    use crate::negotiation::Version;
    use crate::policy::Auth;
    use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

    fn commands() -> String {
        format!(
            "set security ike proposal P1 authentication-method pre-shared-keys\nset security ike proposal P1 dh-group group14\n\
             set security ike proposal P1 authentication-algorithm sha-256\nset security ike proposal P1 encryption-algorithm aes-128-cbc\n\
             set security ike policy POL mode main\nset security ike policy POL proposals P1\n\
             set security ike policy POL pre-shared-key ascii-text \"{SECRET}\"\nset security ike gateway GW ike-policy POL\n\
             set security ike gateway GW address 192.0.2.10\nset security ike gateway GW local-identity hostname gw.example\n\
             set security ike gateway GW external-interface ge-0/0/0.0\nset security ike gateway GW version v2-only\n\
             set security ipsec proposal P2 protocol esp\nset security ipsec proposal P2 authentication-algorithm hmac-sha-256-128\n\
             set security ipsec proposal P2 encryption-algorithm aes-256-cbc\n\
             set security ipsec policy POL2 perfect-forward-secrecy keys group19\nset security ipsec policy POL2 proposals P2\n\
             set security ipsec vpn VPN bind-interface st0.0\nset security ipsec vpn VPN ike gateway GW\n\
             set security ipsec vpn VPN ike ipsec-policy POL2\nset security ipsec vpn VPN ike proxy-identity local 172.16.2.0/24\n\
             set security ipsec vpn VPN ike proxy-identity remote 172.16.1.0/24\n"
        )
    }

    fn braces() -> String {
        format!(
            "security {{\n    ike {{\n        proposal P1 {{\n            authentication-method pre-shared-keys;\n            dh-group group14;\n\
             \x20           authentication-algorithm sha1;\n            encryption-algorithm 3des-cbc;\n        }}\n        policy POL {{\n\
             \x20           mode aggressive;\n            proposals [ P1 P9 ];\n            pre-shared-key ascii-text \"{SECRET}\"; ## SECRET-DATA\n\
             \x20       }}\n        gateway GW {{\n            ike-policy POL;\n            dynamic hostname peer.example;\n        }}\n    }}\n}}\n"
        )
    }

    #[test]
    fn commands_of_junos() {
        let policy = clean("srx.conf", &commands());
        assert_eq!(policy.kind.name(), "Junos configuration");
        let [c] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!(
            (c.name.as_str(), values(c.remote.as_ref())),
            ("GW", vec!["192.0.2.10"])
        );
        assert_eq!(
            c.version.as_ref().map(|v| (v.value, v.line)),
            Some((Version::V2, 12))
        );
        assert_eq!(
            c.local_auth.as_ref().map(|a| (a.value, a.line)),
            Some((Auth::Psk, 7))
        );
        let want = "AES-CBC-128 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)".to_owned();
        assert_eq!(ike(c, Version::V2), [(1, want)]);
        assert_eq!(
            esp(c, Version::V1)[0].1,
            "AES-CBC-256 / HMAC-SHA2-256 / ECP-256 (group 19)"
        );
        assert_eq!(values(c.children[0].local.as_ref()), ["172.16.2.0/24"]);
        survives(&commands());
    }

    #[test]
    fn braces_of_junos() {
        let policy = read("srx.conf", &braces());
        let [c] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!(values(c.remote.as_ref()), ["%any"]);
        assert_eq!(c.aggressive.as_ref().map(|a| a.value), Some(true));
        // The second proposal is not in the file, so the list is not known.
        assert_eq!(c.suites(Version::V1, None), []);
        assert_eq!(policy.notes.len(), 1);
        survives(&braces());
    }

    #[test]
    fn what_a_proposal_leaves_out_is_no_default() {
        let text = commands().replace("set security ike proposal P1 dh-group group14\n", "");
        assert_eq!(
            read("srx.conf", &text).connections[0].suites(Version::V2, None),
            []
        );
    }
}
