//! What maps, tunnels, groups and policies of a configuration make together: connections.

use super::{Config, Entry, MAX_DEPTH, Networks, Profile, Tunnel, Words};
use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::MAX_VALUES;
use crate::policy::connection::{Child, Connection, Mode};
use crate::policy::file::Policy;
use crate::policy::network::{host, masked, prefix, wildcard};
use crate::policy::said::said;
use crate::policy::text::{MORE, shown};
use crate::policy::value::{Lined, Listed, at, bounded, listed, values};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most protocols of a group policy that are named; there are fewer.
const MAX_PROTOCOLS: usize = 8;

/// Networks of groups of objects.
type Objects<'a> = BTreeMap<&'a str, Option<Vec<String>>>;

/// What many connections have, made once.
#[derive(Default)]
struct Made<'a> {
    /// The proposals of each version; of IKEv1 with XAUTH, without a method.
    v1: Listed<Proposal>,
    xauth: Listed<Proposal>,
    v2: Listed<Proposal>,
    defaults: Option<Arc<Vec<Proposal>>>,
    /// Own addresses of each map.
    own: BTreeMap<&'a str, Networks>,
    /// Both ends of each access list.
    selectors: BTreeMap<&'a str, (Networks, Networks)>,
    objects: Objects<'a>,
    /// Transform sets with their group for PFS.
    transforms: BTreeMap<(&'a str, Option<u16>), Proposal>,
}

/// What of a connection stands around its entry: its name, its own addresses, and that logins are asked for.
struct Around<'e> {
    name: &'e str,
    own: Networks,
    xauth: bool,
}

impl<'e> Around<'e> {
    fn named(name: &'e str) -> Self {
        Self {
            name,
            own: None,
            xauth: false,
        }
    }
}

impl<'a> Config<'a> {
    pub(super) fn finish(&self, policy: &mut Policy) {
        let mut used = false;
        let made = &mut Made {
            v1: listed(
                bounded(self.isakmp.iter().map(|(_, p)| p.clone()), || {
                    Proposal::unread(Purpose::Ike)
                }),
                self.isakmp.first().map_or(0, |(_, p)| p.line),
            )
            .filter(|l| !l.value.is_empty()),
            v2: self.v2(),
            ..Made::default()
        };
        made.xauth = made.v1.clone().map(without_method);
        for (&(name, number), entry) in &self.maps {
            if policy.is_full() {
                policy.more_connections += 1;
                continue;
            }
            let applied = self.applied.get(name);
            if self.interfaces && applied.is_none() {
                policy.note(
                    entry.line,
                    said!("crypto map {} is applied to no interface", name),
                );
            }
            let own = made.own.entry(name).or_insert_with(|| {
                let known: Vec<_> = applied?
                    .iter()
                    .filter_map(|(i, _)| self.addresses.get(i))
                    .collect();
                let line = known.first()?.1;
                listed(values(known.iter().map(|(a, _)| *a)), line)
            });
            let around = Around {
                name: &format!("{name} {number}"),
                own: own.clone(),
                xauth: self.xauth_maps.contains(name),
            };
            match entry.dynamic {
                Some(dynamic) => {
                    for (_, inner) in self.dynamic.range((dynamic, 0)..=(dynamic, u32::MAX)) {
                        used = true;
                        let mut inner = inner.clone();
                        if inner.peers.is_none() {
                            inner.peers = listed(vec!["%any".to_owned()], inner.line);
                        }
                        self.connect(policy, made, &around, &inner);
                    }
                }
                None => {
                    used = true;
                    self.connect(policy, made, &around, entry);
                }
            }
        }
        for tunnel in &self.tunnels {
            used |= self.tunnel(policy, made, tunnel).is_some();
        }
        if !used && !self.isakmp.is_empty() {
            let entry = Entry {
                line: self.isakmp.first().map_or(0, |(_, p)| p.line),
                peers: self.keys.first().and_then(|k| {
                    let all = self.keys.iter().map(|k| pattern(&k.value));
                    listed(bounded(all, || MORE.to_owned()), k.line)
                }),
                ..Entry::default()
            };
            self.connection(policy, made, &Around::named("isakmp"), &entry, Version::V1);
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
            self.connection(policy, made, &Around::named("ikev2"), &entry, Version::V2);
        }
        self.unused(policy);
    }

    /// A proposal that no policy names is not in use: a common slip.
    fn unused(&self, policy: &mut Policy) {
        if self.asa {
            return;
        }
        let named: BTreeSet<&str> = self.named.iter().map(|(name, _)| *name).collect();
        for (name, proposal) in &self.ikev2 {
            if *name != "default" && !named.contains(name) {
                policy.note(
                    proposal.line,
                    said!(
                        "crypto ikev2 proposal {} is named by no crypto ikev2 policy",
                        name
                    ),
                );
            }
        }
    }

    fn tunnel(&self, policy: &mut Policy, made: &mut Made<'a>, tunnel: &Tunnel<'a>) -> Option<()> {
        let (profile, line) = tunnel.profile?;
        let Some(entry) = self.profiles.get(profile) else {
            policy.note(
                line,
                said!("crypto ipsec profile {} is not in this file", profile),
            );
            return None;
        };
        let mut entry = entry.clone();
        entry.peers = tunnel.destination.and_then(|(d, line)| {
            let any = matches!(d, "dynamic" | "0.0.0.0");
            listed(vec![if any { "%any".to_owned() } else { shown(d) }], line)
        });
        let own = tunnel.source.and_then(|(s, line)| {
            let (a, line) = if s.parse::<std::net::IpAddr>().is_ok() {
                (s, line)
            } else {
                *self.addresses.get(s)?
            };
            listed(vec![shown(a)], line)
        });
        let around = Around {
            own,
            ..Around::named(tunnel.name)
        };
        self.connect(policy, made, &around, &entry);
        // A virtual tunnel interface asks for everything; GRE for the two hosts, which depends on addresses.
        if tunnel.ipsec
            && let Some(child) = policy.latest().and_then(Connection::last_child)
        {
            child.local = listed(vec!["0.0.0.0/0".to_owned()], line);
            child.remote = listed(vec!["0.0.0.0/0".to_owned()], line);
        }
        Some(())
    }

    /// The connections of one entry: one for each version it speaks.
    fn connect(&self, policy: &mut Policy, made: &mut Made<'a>, around: &Around<'_>, entry: &Entry<'a>) {
        let v2 = entry.ikev2_profile.is_some() || !entry.v2.is_empty();
        let v1 = !entry.v1.is_empty() && entry.ikev2_profile.is_none();
        if v1 || !v2 {
            self.connection(policy, made, around, entry, Version::V1);
        }
        if v2 {
            self.connection(policy, made, around, entry, Version::V2);
        }
    }

    fn connection(
        &self,
        policy: &mut Policy,
        made: &mut Made<'a>,
        around: &Around<'_>,
        entry: &Entry<'a>,
        version: Version,
    ) {
        let mut xauth = around.xauth;
        if policy.connection(around.name, entry.line).is_none() {
            return;
        }
        let child = self.child(policy, made, entry, version);
        let barred = self.barred(policy, entry, version);
        let Some(c) = policy.latest() else {
            return;
        };
        (c.local, c.begins, c.barred) = (around.own.clone(), entry.begins, barred);
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
                [one] if !p.any_id => one.clone(),
                _ => None,
            };
            if let Some(ring) = p.keyring.and_then(|k| self.keyrings.get(k)?.clone())
                && c.remote.is_none()
                && !ring.value.is_empty()
            {
                c.remote = Some(ring);
            }
        }
        match version {
            Version::V1 => {
                self.modes(c, entry, profile);
                c.ike = match (&made.v1, xauth) {
                    (Some(_), false) => made.v1.clone(),
                    (Some(_), true) => made.xauth.clone(),
                    // Where they hold, the entry's own line is the nearest to tell.
                    (None, _) => {
                        let list = made.defaults.get_or_insert_with(|| Arc::new(self.defaults()));
                        let list = at(Arc::clone(list), entry.line).filter(|l| !l.value.is_empty());
                        list.map(|l| if xauth { without_method(l) } else { l })
                    }
                };
            }
            Version::V2 => c.ike.clone_from(&made.v2),
        }
        if let Some(child) = child {
            c.child(child);
        }
    }

    fn v2(&self) -> Listed<Proposal> {
        let mut list: Vec<Proposal> = self.ikev2_policies.iter().map(|(_, p)| p.clone()).collect();
        list.extend(self.named.iter().filter_map(|(n, _)| self.ikev2.get(n).cloned()));
        if list.is_empty() && !self.policy_exists {
            list.extend(self.ikev2.get("default").cloned());
        }
        let line = list.first()?.line;
        listed(bounded(list, || Proposal::unread(Purpose::Ike)), line)
    }

    /// The tunnel group of an entry: the one of its peer's address, or the one for all others.
    fn group<'e>(&self, entry: &'e Entry<'a>) -> Option<&'e str> {
        let peer = entry.peers.as_ref()?.value.first()?.as_str();
        let known = |name: &str| self.groups.contains_key(name) || self.default_policies.contains_key(name);
        Some(if known(peer) { peer } else { "DefaultRAGroup" })
    }

    /// The protocols that an ASA's group policy allows, if this version is none of them. What else of it refuses is noted.
    fn barred(&self, policy: &mut Policy, entry: &Entry<'a>, version: Version) -> Networks {
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
        let shown = protocols.iter().take(MAX_PROTOCOLS).map(|p| shown(p)).collect();
        listed(shown, *line).filter(|_| !allowed)
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

    fn child(
        &self,
        policy: &mut Policy,
        made: &mut Made<'a>,
        entry: &Entry<'a>,
        version: Version,
    ) -> Option<Child> {
        let asa_v2 = version == Version::V2 && !entry.v2.is_empty();
        let names = if asa_v2 { &entry.v2 } else { &entry.v1 };
        let mut child = Child {
            any_group: entry.pfs.is_none(),
            ..Child::default()
        };
        let mut list = Vec::new();
        for (name, line) in names {
            let Some(t) = self.transforms.get(name) else {
                policy.note(*line, said!("transform set {} is not in this file", name));
                continue;
            };
            // Bare `set pfs` means group 1 on IOS; an ASA's default differs between releases.
            let group = entry.pfs.map(|(group, _)| group.unwrap_or(1));
            let known = made
                .transforms
                .entry((*name, group))
                .or_insert_with(|| t.proposal(group));
            let mut proposal = known.clone();
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
        let list = bounded(list, || Proposal::unread(Purpose::Esp));
        child.proposals = listed(list, line).filter(|l| !l.value.is_empty() && complete);
        if let Some((name, line)) = entry.acl {
            match self.acls.get(name) {
                Some(list) => {
                    let Made {
                        selectors, objects, ..
                    } = made;
                    let ends = selectors
                        .entry(name)
                        .or_insert_with(|| self.selectors(objects, list));
                    (child.local, child.remote) = ends.clone();
                }
                None => policy.note(line, said!("access list {} is not in this file", name)),
            }
        }
        Some(child)
    }

    /// The networks of an access list; nothing where protocols, ports or refusals make it more than networks.
    fn selectors(&self, made: &mut Objects<'a>, list: &[(u32, Words<'a>)]) -> (Networks, Networks) {
        let (mut local, mut remote): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let line = list.first().map_or(0, |(l, _)| *l);
        for (_, words) in list {
            let ["permit", "ip" | "ipv4", rest @ ..] = words.as_slice() else {
                return (None, None);
            };
            let mut rest = rest;
            let (Some(from), Some(to)) = (self.network(made, &mut rest), self.network(made, &mut rest))
            else {
                return (None, None);
            };
            for (list, networks) in [(&mut local, from), (&mut remote, to)] {
                let room = (MAX_VALUES + 1).saturating_sub(list.len());
                list.extend(networks.into_iter().take(room));
            }
        }
        let [local, remote] = [local, remote].map(|list| listed(bounded(list, || MORE.to_owned()), line));
        (local, remote)
    }

    /// One end of an access list's line: the words it takes, and the networks they mean.
    fn network(&self, made: &mut Objects<'a>, words: &mut &[&'a str]) -> Option<Vec<String>> {
        let (taken, value) = match **words {
            ["any" | "any4", ..] => (1, vec!["0.0.0.0/0".to_owned()]),
            ["any6", ..] => (1, vec!["::/0".to_owned()]),
            ["host", a, ..] => (2, vec![host(a)?]),
            ["object" | "object-group", name, ..] => {
                let known = made.entry(name).or_insert_with(|| self.object(name, MAX_DEPTH));
                (2, known.clone()?)
            }
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
pub(super) fn pattern(address: &str) -> String {
    if matches!(address, "0.0.0.0" | "0.0.0.0/0") {
        "%any".to_owned()
    } else {
        address.to_owned()
    }
}

/// XAUTH has methods of its own; which one follows from the client.
fn without_method(mut list: Lined<Arc<Vec<Proposal>>>) -> Lined<Arc<Vec<Proposal>>> {
    for p in Arc::make_mut(&mut list.value) {
        p.choices.retain(|c| c.attribute != Attribute::AuthMethod);
    }
    list
}
