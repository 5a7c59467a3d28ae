//! What maps, tunnels, groups and policies of a configuration make together: connections.

use super::super::algorithm::{Proposal, Purpose};
use super::super::network::{host, masked, prefix, wildcard};
use super::super::{Child, Connection, Lined, MAX_CHILDREN, MAX_VALUES, Mode, Policy, shown};
use super::{Config, Entry, MAX_DEPTH, Networks, Profile, Tunnel, Words, at};
use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;

impl<'a> Config<'a> {
    pub(super) fn finish(&self, policy: &mut Policy) {
        let mut used = false;
        for (&(name, number), entry) in &self.maps {
            let applied = self.applied.get(name);
            if self.interfaces && applied.is_none() {
                policy.note(
                    entry.line,
                    format!("crypto map {} is applied to no interface", shown(name)),
                );
            }
            let own = applied.and_then(|list| {
                let known: Vec<_> = list.iter().filter_map(|(i, _)| self.addresses.get(i)).collect();
                let line = known.first()?.1;
                at(
                    known.iter().map(|(a, _)| shown(a)).take(MAX_VALUES).collect(),
                    line,
                )
            });
            let label = format!("{name} {number}");
            match entry.dynamic {
                Some(dynamic) => {
                    for (_, inner) in self
                        .dynamic
                        .iter()
                        .filter(|((n, _), _)| *n == dynamic)
                        .take(MAX_CHILDREN)
                    {
                        used = true;
                        let mut inner = inner.clone();
                        if inner.peers.is_none() {
                            inner.peers = at(vec!["%any".to_owned()], inner.line);
                        }
                        self.connect(
                            policy,
                            &label,
                            &inner,
                            own.clone(),
                            self.xauth_maps.contains(&name),
                        );
                    }
                }
                None => {
                    used = true;
                    self.connect(policy, &label, entry, own, self.xauth_maps.contains(&name));
                }
            }
        }
        for tunnel in &self.tunnels {
            used |= self.tunnel(policy, tunnel).is_some();
        }
        if !used && !self.isakmp.is_empty() {
            let entry = Entry {
                line: self.isakmp.first().map_or(0, |(_, p)| p.line),
                peers: self
                    .keys
                    .first()
                    .and_then(|k| at(self.keys.iter().map(|k| pattern(&k.value)).collect(), k.line)),
                ..Entry::default()
            };
            self.connection(policy, "isakmp", &entry, None, Version::V1, false);
        }
        if !used && (!self.ikev2.is_empty() || !self.ikev2_policies.is_empty()) {
            let entry = Entry {
                line: self
                    .ikev2_policies
                    .first()
                    .map(|(_, p)| p)
                    .or_else(|| self.ikev2.values().next())
                    .map_or(0, |p| p.line),
                ..Entry::default()
            };
            self.connection(policy, "ikev2", &entry, None, Version::V2, false);
        }
        self.unused(policy);
    }

    /// A proposal that no policy names is not in use: a common slip.
    fn unused(&self, policy: &mut Policy) {
        if self.asa {
            return;
        }
        for (name, proposal) in &self.ikev2 {
            if *name != "default" && !self.named.iter().any(|(n, _)| n == name) {
                policy.note(
                    proposal.line,
                    format!(
                        "crypto ikev2 proposal {} is named by no crypto ikev2 policy",
                        shown(name)
                    ),
                );
            }
        }
    }

    fn tunnel(&self, policy: &mut Policy, tunnel: &Tunnel<'a>) -> Option<()> {
        let (profile, line) = tunnel.profile?;
        let Some(entry) = self.profiles.get(profile) else {
            policy.note(
                line,
                format!("crypto ipsec profile {} is not in this file", shown(profile)),
            );
            return None;
        };
        let mut entry = entry.clone();
        entry.peers = tunnel.destination.and_then(|(d, line)| {
            let any = matches!(d, "dynamic" | "0.0.0.0");
            at(vec![if any { "%any".to_owned() } else { shown(d) }], line)
        });
        let own = tunnel.source.and_then(|(s, line)| {
            let (a, line) = if s.parse::<std::net::IpAddr>().is_ok() {
                (s, line)
            } else {
                *self.addresses.get(s)?
            };
            at(vec![shown(a)], line)
        });
        self.connect(policy, tunnel.name, &entry, own, false);
        // A virtual tunnel interface asks for everything; GRE for the two hosts, which depends on addresses.
        if tunnel.ipsec {
            for c in policy.connections.iter_mut().rev().take(1) {
                for child in &mut c.children {
                    child.local = at(vec!["0.0.0.0/0".to_owned()], line);
                    child.remote = at(vec!["0.0.0.0/0".to_owned()], line);
                }
            }
        }
        Some(())
    }

    /// The connections of one entry: one for each version it speaks.
    fn connect(
        &self,
        policy: &mut Policy,
        name: &str,
        entry: &Entry<'a>,
        own: Option<Lined<Vec<String>>>,
        xauth: bool,
    ) {
        let v2 = entry.ikev2_profile.is_some() || !entry.v2.is_empty();
        let v1 = !entry.v1.is_empty() && entry.ikev2_profile.is_none();
        if v1 || !v2 {
            self.connection(policy, name, entry, own.clone(), Version::V1, xauth);
        }
        if v2 {
            self.connection(policy, name, entry, own, Version::V2, false);
        }
    }

    fn connection(
        &self,
        policy: &mut Policy,
        name: &str,
        entry: &Entry<'a>,
        own: Option<Lined<Vec<String>>>,
        version: Version,
        mut xauth: bool,
    ) {
        let child = self.child(policy, entry, version);
        let barred = self.barred(policy, entry, version);
        let Some(c) = policy.connection(name, entry.line) else {
            return;
        };
        (c.local, c.begins, c.barred) = (own, entry.begins, barred);
        c.remote.clone_from(&entry.peers);
        let said = entry.ikev2_profile.or(entry.v2.first().copied());
        c.version = at(
            version,
            said.filter(|_| version == Version::V2)
                .map_or(entry.line, |(_, line)| line),
        );
        let profile = match version {
            Version::V1 => entry.isakmp_profile.and_then(|p| self.isakmp_profiles.get(p)),
            Version::V2 => entry.ikev2_profile.and_then(|(p, _)| self.ikev2_profiles.get(p)),
        }
        .or_else(|| self.groups.get(self.group(entry)?));
        if let Some(p) = profile {
            xauth |= p.xauth;
            if version == Version::V2 {
                c.local_auth.clone_from(&p.local_auth);
                c.remote_auth.clone_from(&p.remote_auth);
            }
            c.local_id.clone_from(&p.local_id);
            c.remote_id = match p.remote_ids.as_slice() {
                [one] if !p.any_id => Some(one.clone()),
                _ => None,
            };
            if let Some(ring) = p.keyring.and_then(|k| self.keyrings.get(k))
                && c.remote.is_none()
                && !ring.value.is_empty()
            {
                c.remote = at(ring.value.iter().map(|a| pattern(a)).collect(), ring.line);
            }
        }
        match version {
            Version::V1 => {
                self.modes(c, entry, profile);
                let list: Vec<Proposal> = if self.isakmp.is_empty() {
                    self.defaults()
                } else {
                    self.isakmp.iter().map(|(_, p)| p.clone()).collect()
                };
                let line = list.first().map_or(0, |p| p.line);
                let line = if line > 0 { line } else { entry.line };
                c.ike = at(list, line)
                    .filter(|l| !l.value.is_empty())
                    .map(|l| if xauth { without_method(l) } else { l });
            }
            Version::V2 => {
                let mut list: Vec<Proposal> = self.ikev2_policies.iter().map(|(_, p)| p.clone()).collect();
                list.extend(self.named.iter().filter_map(|(n, _)| self.ikev2.get(n).cloned()));
                if list.is_empty() && !self.policy_exists {
                    list.extend(self.ikev2.get("default").cloned());
                }
                let line = list.first().map_or(entry.line, |p| p.line);
                c.ike = at(list, line).filter(|l| !l.value.is_empty());
            }
        }
        c.children.extend(child);
    }

    /// The tunnel group of an entry: the one of its peer's address, or the one for all others.
    fn group<'e>(&self, entry: &'e Entry<'a>) -> Option<&'e str> {
        let peer = entry.peers.as_ref()?.value.first()?.as_str();
        let known = |name: &str| self.groups.contains_key(name) || self.default_policies.contains_key(name);
        Some(if known(peer) { peer } else { "DefaultRAGroup" })
    }

    /// The protocols that an ASA's group policy allows, if this version is none of them. What else of it refuses is noted.
    fn barred(&self, policy: &mut Policy, entry: &Entry<'a>, version: Version) -> Option<Lined<Vec<String>>> {
        let group = self.group(entry)?;
        let own = self.default_policies.get(group);
        let chain = [own.copied(), Some("DfltGrpPolicy")];
        let mut policies = chain
            .into_iter()
            .flatten()
            .filter_map(|name| self.group_policies.get(name));
        if let Some(line) = policies.clone().find_map(|p| p.no_login) {
            policy.note(
                line,
                "this group policy allows nobody to log in (vpn-simultaneous-logins 0)",
            );
        }
        if let Some(line) = policies
            .clone()
            .find_map(|p| p.pfs)
            .filter(|_| version == Version::V1)
        {
            policy.note(
                line,
                "this group policy wants perfect forward secrecy of its clients, of no certain group",
            );
        }
        let (protocols, line) = policies.find_map(|p| p.protocols.as_ref())?;
        // Before 8.4 IKEv1 was `IPSec`; L2TP comes in IKEv1.
        let means = |word: &&&str| match version {
            Version::V1 => ["ikev1", "ipsec", "l2tp-ipsec"]
                .iter()
                .any(|w| word.eq_ignore_ascii_case(w)),
            Version::V2 => word.eq_ignore_ascii_case("ikev2"),
        };
        let allowed = protocols.iter().any(|word| means(&word));
        (!allowed).then(|| Lined {
            value: protocols.iter().take(MAX_VALUES).map(|p| shown(p)).collect(),
            line: *line,
        })
    }

    fn modes(&self, c: &mut Connection, entry: &Entry<'a>, profile: Option<&Profile<'a>>) {
        let aggressive = entry.aggressive.or(profile.and_then(|p| p.aggressive));
        match (self.no_aggressive, aggressive) {
            (Some(line), _) => c.aggressive = at(false, line),
            (None, line) => {
                c.either_mode = true;
                c.aggressive = line.and_then(|line| at(true, line));
            }
        }
    }

    /// IOS's default policies, in force while none is configured (12.4(20)T and later).
    fn defaults(&self) -> Vec<Proposal> {
        if self.asa || self.no_default {
            return Vec::new();
        }
        let all = vec![
            Attribute::Encryption,
            Attribute::Integrity,
            Attribute::DhGroup,
            Attribute::AuthMethod,
        ];
        let mut list = Vec::new();
        for (cipher, group) in [("aes128", "group5"), ("3des", "group2")] {
            for hash in ["sha", "md5"] {
                for method in [3, 1] {
                    list.push(
                        Proposal::new(Purpose::Ike, [cipher, hash, group], &[128])
                            .authenticated(method)
                            .assuming(all.clone()),
                    );
                }
            }
        }
        list
    }

    fn child(&self, policy: &mut Policy, entry: &Entry<'a>, version: Version) -> Option<Child> {
        let asa_v2 = version == Version::V2 && !entry.v2.is_empty();
        let names = if asa_v2 { &entry.v2 } else { &entry.v1 };
        let mut child = Child {
            any_group: entry.pfs.is_none(),
            ..Child::default()
        };
        let mut list = Vec::new();
        for (name, line) in names {
            let Some(t) = self.transforms.get(name) else {
                policy.note(
                    *line,
                    format!("transform set {} is not in this file", shown(name)),
                );
                continue;
            };
            // Bare `set pfs` means group 1 on IOS; an ASA's default differs between releases.
            let mut proposal = t.proposal(entry.pfs.map(|(group, _)| group.unwrap_or(1)));
            if entry.pfs.is_some_and(|(group, _)| group.is_none()) {
                proposal.whole &= !self.asa;
                proposal.assumed.push(Attribute::DhGroup);
            }
            // Asked for in transport mode, IOS takes tunnel mode as well (Security Command Reference, `mode (IPsec)`).
            if t.mode.value == Mode::Tunnel && child.mode.is_none() && list.is_empty() {
                child.mode = Some(t.mode.clone());
            }
            list.push(proposal);
        }
        if names.iter().any(|(n, _)| {
            self.transforms
                .get(n)
                .is_some_and(|t| t.mode.value == Mode::Transport)
        }) {
            child.mode = None;
        }
        let complete = list.len() == names.len();
        let line = names.first().map_or(entry.line, |(_, l)| *l);
        child.proposals = at(list, line).filter(|l| !l.value.is_empty() && complete);
        if let Some((name, line)) = entry.acl {
            match self.acls.get(name) {
                Some(list) => (child.local, child.remote) = self.selectors(list),
                None => policy.note(line, format!("access list {} is not in this file", shown(name))),
            }
        }
        Some(child)
    }

    /// The networks of an access list; nothing where protocols, ports or refusals make it more than networks.
    fn selectors(&self, list: &[(u32, Words<'a>)]) -> (Networks, Networks) {
        let (mut local, mut remote): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let line = list.first().map_or(0, |(l, _)| *l);
        for (_, words) in list {
            let ["permit", "ip" | "ipv4", rest @ ..] = words.as_slice() else {
                return (None, None);
            };
            let mut rest = rest;
            let (Some(from), Some(to)) = (self.network(&mut rest), self.network(&mut rest)) else {
                return (None, None);
            };
            local.extend(from);
            remote.extend(to);
        }
        local.truncate(MAX_VALUES);
        remote.truncate(MAX_VALUES);
        (at(local, line), at(remote, line))
    }

    /// One end of an access list's line: the words it takes, and the networks they mean.
    fn network(&self, words: &mut &[&'a str]) -> Option<Vec<String>> {
        let (taken, value) = match **words {
            ["any" | "any4", ..] => (1, vec!["0.0.0.0/0".to_owned()]),
            ["any6", ..] => (1, vec!["::/0".to_owned()]),
            ["host", a, ..] => (2, vec![host(a)?]),
            ["object" | "object-group", name, ..] => (2, self.object(name, MAX_DEPTH)?),
            [a, ..] if a.contains('/') => (1, vec![prefix(a)?]),
            [a, mask, ..] => {
                let net = if self.asa {
                    masked(a, mask)
                } else {
                    wildcard(a, mask)
                };
                (2, vec![net?])
            }
            _ => return None,
        };
        *words = words.get(taken..)?;
        Some(value)
    }

    fn object(&self, name: &str, depth: usize) -> Option<Vec<String>> {
        let mut out = Vec::new();
        for words in self.objects.get(name)? {
            match words.as_slice() {
                ["host", a] | ["network-object", "host", a] => out.push(host(a)?),
                ["subnet", a, mask] | ["network-object", a, mask] if a.contains('.') => {
                    out.push(masked(a, mask)?)
                }
                ["subnet", net] => out.push(prefix(net)?),
                ["network-object", "object", inner] | ["group-object", inner] if depth > 0 => {
                    out.extend(self.object(inner, depth - 1)?);
                }
                ["description" | "nat", ..] => {}
                _ => return None,
            }
            if out.len() > MAX_VALUES {
                return None;
            }
        }
        (!out.is_empty()).then_some(out)
    }
}

/// `0.0.0.0` and `0.0.0.0/0` stand for every peer.
fn pattern(address: &str) -> String {
    if matches!(address, "0.0.0.0" | "0.0.0.0/0") {
        "%any".to_owned()
    } else {
        address.to_owned()
    }
}

/// XAUTH has methods of its own; which one follows from the client.
fn without_method(mut list: Lined<Vec<Proposal>>) -> Lined<Vec<Proposal>> {
    for p in &mut list.value {
        p.choices.retain(|c| c.attribute != Attribute::AuthMethod);
    }
    list
}
