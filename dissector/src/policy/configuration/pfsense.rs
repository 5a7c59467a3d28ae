//! config.xml of pfSense and OPNsense: `<ipsec>` with `<phase1>` and `<phase2>`, and OPNsense's `<Swanctl>`.
//!
//! Both write what strongSwan is to do, so the values mean what swanctl.conf's mean (`ipsec.inc`, `ipsec.auth-user.php` of
//! pfSense; `Swanctl.xml` of OPNsense). The XML is read as a stream: no document type, no entity of its own is ever expanded. Text
//! is kept of the elements named in [`KEPT`] alone, so keys and passwords never are.

#[cfg(test)]
mod samples;

use super::swanctl;
use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::{MAX_CHILDREN, MAX_VALUE, MAX_VALUES};
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::{host, prefix};
use crate::policy::text::{MORE, shown};
use crate::policy::value::{Listed, Shared, at, list, listed, shared};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) static DIALECT: Dialect = Dialect {
    // Of OPNsense, see `read`.
    kind: Kind::Configuration("pfSense configuration"),
    sign: Sign::Text(is),
    read,
    by_lines: false,
    endings: &["xml"],
    secrets: Secrets::AllBut(&KEPT),
    ..Dialect::CONFIGURATION
};

/// The most elements inside each other, and the most that are kept.
const MAX_DEPTH: usize = 32;
const MAX_ELEMENTS: usize = 100_000;
/// The most rounds of authentication.
const MAX_ROUNDS: usize = 4;

/// Elements whose text is kept.
const KEPT: [&str; 38] = [
    "ikeid",
    "iketype",
    "mode",
    "interface",
    "remote-gateway",
    "protocol",
    "myid_type",
    "myid_data",
    "peerid_type",
    "peerid_data",
    "authentication_method",
    "name",
    "keylen",
    "hash-algorithm",
    "hash-algorithm-option",
    "prf-algorithm",
    "dhgroup",
    "pfsgroup",
    "descr",
    "type",
    "address",
    "netbits",
    "ipaddr",
    "subnet",
    "enabled",
    "proposals",
    "version",
    "aggressive",
    "local_addrs",
    "remote_addrs",
    "connection",
    "auth",
    "id",
    "esp_proposals",
    "local_ts",
    "remote_ts",
    "description",
    "ipaddrv6",
];

/// It is XML with a part about IPsec.
fn is(text: &str) -> bool {
    text.trim_start().starts_with('<') && (text.contains("<ipsec>") || text.contains("<Swanctl"))
}

/// An element: its text if it is kept, and those inside.
#[derive(Debug, Default)]
struct Element {
    name: String,
    line: u32,
    text: String,
    uuid: String,
    inner: Vec<Element>,
}

impl Element {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.inner.iter().filter(move |e| e.name == name)
    }

    fn get(&self, name: &str) -> Option<&Element> {
        self.inner.iter().find(|e| e.name == name)
    }

    /// The text of an element inside, with its line; nothing if it is empty.
    fn text(&self, name: &str) -> Option<(&str, u32)> {
        let e = self.get(name)?;
        let text = e.text.trim();
        (!text.is_empty()).then_some((text, e.line))
    }
}

/// The elements below the roots that matter, and the name of the outermost one.
fn tree(policy: &mut Policy, text: &str) -> (String, Element) {
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Element> = vec![Element::default()];
    let (mut skipped, mut count, mut outer) = (0usize, 0usize, String::new());
    let (mut line, mut counted) = (1u32, 0usize);
    loop {
        // An element's line is that of its beginning.
        let here = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let new = text.get(counted..here).map_or(0, |t| t.matches('\n').count());
        line = line.saturating_add(u32::try_from(new).unwrap_or(u32::MAX));
        counted = here.max(counted);
        let open = |e: &quick_xml::events::BytesStart<'_>| Element {
            name: e.local_name().as_ref().to_owned(),
            line,
            uuid: e
                .try_get_attribute("uuid")
                .ok()
                .flatten()
                .map_or_else(String::new, |a| shown(&a.value)),
            ..Element::default()
        };
        match reader.read_event() {
            Ok(Event::Start(e)) => {
                let e = open(&e);
                if outer.is_empty() {
                    outer.clone_from(&e.name);
                }
                count += 1;
                if skipped > 0 || stack.len() >= MAX_DEPTH || count > MAX_ELEMENTS {
                    if stack.len() >= MAX_DEPTH {
                        policy.note(
                            line,
                            "elements stand too deep in each other: what is deeper is not read",
                        );
                    }
                    skipped += 1;
                } else {
                    stack.push(e);
                }
            }
            Ok(Event::Empty(e)) => {
                let e = open(&e);
                count += 1;
                if skipped == 0
                    && count <= MAX_ELEMENTS
                    && let Some(last) = stack.last_mut()
                {
                    last.inner.push(e);
                }
            }
            Ok(Event::End(_)) => {
                if skipped > 0 {
                    skipped -= 1;
                } else if stack.len() > 1
                    && let (Some(done), Some(above)) = (stack.pop(), stack.last_mut())
                {
                    above.inner.push(done);
                }
            }
            Ok(Event::Text(t)) => keep(&mut stack, skipped, &t),
            Ok(Event::CData(t)) => keep(&mut stack, skipped, &t),
            Ok(Event::GeneralRef(r)) => {
                // The five entities of XML itself, and characters by number.
                let named = match r.as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => r.resolve_char_ref().ok().flatten(),
                };
                if let Some(c) = named {
                    keep(&mut stack, skipped, c.encode_utf8(&mut [0; 4]));
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                policy.note(line, "this is no well-formed XML: what follows was not read");
                break;
            }
        }
    }
    if count > MAX_ELEMENTS {
        policy.note(0, "only the first 100000 elements were read");
    }
    while stack.len() > 1
        && let (Some(done), Some(above)) = (stack.pop(), stack.last_mut())
    {
        above.inner.push(done);
    }
    (outer, stack.pop().unwrap_or_default())
}

fn keep(stack: &mut [Element], skipped: usize, text: &str) {
    if skipped == 0
        && let Some(e) = stack.last_mut()
        && !DIALECT.secrets.has(&e.name)
    {
        if e.text.len() < MAX_VALUE {
            e.text.push_str(&shown(text.trim()));
        } else if !e.text.ends_with(MORE) {
            e.text.push_str(MORE);
        }
    }
}

/// Elements of this name at any depth above `left`, outermost first.
fn find<'a>(e: &'a Element, name: &str, left: usize, into: &mut Vec<&'a Element>) {
    for inner in &e.inner {
        if inner.name == name {
            into.push(inner);
        } else if left > 0 {
            find(inner, name, left - 1, into);
        }
    }
}

fn read(policy: &mut Policy, text: &str) {
    let (outer, root) = tree(policy, text);
    if outer == "opnsense" {
        policy.kind = Kind::Configuration("OPNsense configuration");
    }
    let (mut ipsec, mut swanctl, mut interfaces) = (Vec::new(), Vec::new(), Vec::new());
    find(&root, "ipsec", 2, &mut ipsec);
    find(&root, "Swanctl", 3, &mut swanctl);
    find(&root, "interfaces", 1, &mut interfaces);
    let addresses: BTreeMap<&str, &Element> = interfaces
        .iter()
        .flat_map(|i| &i.inner)
        .map(|i| (i.name.as_str(), i))
        .collect();
    for ipsec in ipsec {
        // Those of an id are made once, whoever has it.
        let mut made: BTreeMap<&str, Tunnels> = BTreeMap::new();
        let mut children: BTreeMap<&str, Vec<&Element>> = BTreeMap::new();
        for p2 in ipsec.all("phase2").filter(|p| enabled(p)) {
            if let Some((id, _)) = p2.text("ikeid") {
                children.entry(id).or_default().push(p2);
            }
        }
        for p1 in ipsec.all("phase1").filter(|p| enabled(p)) {
            let name = p1.text("descr").or(p1.text("ikeid")).map_or("", |(n, _)| n);
            if policy.connection(name, p1.line).is_none() {
                continue;
            }
            let below = p1.text("ikeid").and_then(|(id, _)| Some((id, children.get(id)?)));
            let known = below.map(|(id, below)| {
                let make = || tunnels(below, |p2| phase2(policy, p2, &addresses));
                made.entry(id).or_insert_with(make).clone()
            });
            let ike = ike(policy, p1);
            if let Some(c) = policy.latest() {
                c.ike = ike;
                (c.children, c.more_children) = known.unwrap_or_default();
                phase1(c, p1, &addresses);
            }
        }
    }
    for part in swanctl {
        connections(policy, part);
    }
}

/// `<disabled/>` turns an entry off; so does OPNsense's `<enabled>0</enabled>`.
fn enabled(e: &Element) -> bool {
    let off = |d: &Element| d.text.trim() != "0";
    !e.get("disabled").is_some_and(off) && e.text("enabled").is_none_or(|(v, _)| v != "0")
}

/// Data tunnels, and whether there are more than are kept.
type Tunnels = (Arc<Vec<Child>>, bool);

fn tunnels(below: &[&Element], make: impl FnMut(&&Element) -> Child) -> Tunnels {
    let children: Vec<Child> = below.iter().take(MAX_CHILDREN).map(make).collect();
    let more = below.len() > children.len();
    (Arc::new(children), more)
}

fn phase1(c: &mut Connection, p1: &Element, addresses: &BTreeMap<&str, &Element>) {
    // `auto` answers both versions.
    c.version = match p1.text("iketype") {
        Some(("ikev1", line)) => at(Version::V1, line),
        Some(("ikev2", line)) => at(Version::V2, line),
        Some(_) => None,
        None => at(Version::V1, p1.line),
    };
    c.aggressive = p1.text("mode").and_then(|(m, line)| at(m == "aggressive", line));
    c.remote = match p1.text("remote-gateway") {
        Some((gateway, line)) if p1.get("mobile").is_none() => listed(vec![gateway.to_owned()], line),
        _ => listed(vec!["%any".to_owned()], p1.line),
    };
    c.begins = p1.get("responderonly").map(|_| false);
    c.local = p1
        .text("interface")
        .and_then(|(i, _)| addresses.get(i)?.text("ipaddr"))
        .filter(|(a, _)| a.parse::<std::net::IpAddr>().is_ok())
        .and_then(|(a, line)| listed(vec![a.to_owned()], line));
    if let Some((method, line)) = p1.text("authentication_method") {
        let (local, remote) = match method {
            "pre_shared_key" => (Some(Auth::Psk), Some(Auth::Psk)),
            "cert" | "rsasig" | "pkcs11" => (Some(Auth::Certificate), Some(Auth::Certificate)),
            "xauth_psk_server" => (Some(Auth::Psk), Some(Auth::Xauth)),
            "xauth_cert_server" | "xauth_rsa_server" | "hybrid_cert_server" | "hybrid_rsa_server" => {
                (Some(Auth::Certificate), Some(Auth::Xauth))
            }
            m if m.starts_with("eap") => (Some(Auth::Certificate), Some(Auth::Eap)),
            _ => (None, None),
        };
        c.local_auth = local.and_then(|v| at(v, line));
        c.remote_auth = remote.and_then(|v| at(v, line));
    }
    c.local_id = id(p1, "myid");
    c.remote_id = id(p1, "peerid");
}

fn id(p1: &Element, which: &str) -> Shared<String> {
    let (kind, _) = p1.text(&format!("{which}_type"))?;
    let (value, line) = p1.text(&format!("{which}_data"))?;
    let named = !matches!(kind, "any" | "myaddress" | "peeraddress" | "auto");
    shared(value.to_owned(), line).filter(|_| named)
}

/// `aes` and 256 -> `aes256`; of AES-GCM the number is the length of the check value.
fn cipher(e: &Element) -> Option<(String, u32)> {
    let (name, line) = e.text("name")?;
    let length = e.text("keylen").map_or("", |(l, _)| l);
    let length = if length == "auto" { "" } else { length };
    let own = name.contains(|c: char| c.is_ascii_digit()) && !name.contains("gcm");
    Some((
        if own {
            name.to_owned()
        } else {
            format!("{name}{length}")
        },
        line,
    ))
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|p| !p.is_empty())
}

fn ike(policy: &mut Policy, p1: &Element) -> Listed<Proposal> {
    // pfSense 2.4.4 and later have items; before, and in OPNsense, the entry itself is the only one.
    let mut items: Vec<&Element> = p1
        .get("encryption")
        .map_or_else(Vec::new, |e| e.all("item").collect());
    if items.is_empty() {
        items.push(p1);
    }
    let mut list = Vec::new();
    let mut first = 0;
    for (number, item) in items.into_iter().enumerate() {
        if number == MAX_VALUES {
            list.push(Proposal::unread(Purpose::Ike));
            break;
        }
        let Some((name, line)) = item.get("encryption-algorithm").and_then(cipher) else {
            continue;
        };
        let mut names = vec![name];
        for (key, prefix) in [
            ("hash-algorithm", ""),
            ("dhgroup", "group"),
            ("prf-algorithm", "prf-"),
        ] {
            // A function for the PRF counts only where it is chosen by hand.
            let counts = key != "prf-algorithm" || p1.get("prfselect_enable").is_some();
            if let Some((value, _)) = item.text(key).filter(|_| counts) {
                names.extend(parts(value).map(|v| format!("{prefix}{v}")));
            }
        }
        if first == 0 {
            first = line;
        }
        let proposal =
            Proposal::new(Purpose::Ike, names.iter().map(String::as_str), &[256, 192, 128]).at(line);
        note_unknown(policy, &proposal, line);
        list.push(proposal);
    }
    listed(list, first).filter(|l| !l.value.is_empty())
}

fn note_unknown(policy: &mut Policy, proposal: &Proposal, line: u32) {
    if !proposal.whole {
        policy.note(
            line,
            "an algorithm here is not known: nothing is concluded from this list",
        );
    }
}

fn phase2(policy: &mut Policy, p2: &Element, addresses: &BTreeMap<&str, &Element>) -> Child {
    let purpose = if p2.text("protocol").is_some_and(|(p, _)| p == "ah") {
        Purpose::Ah
    } else {
        Purpose::Esp
    };
    // Older ones have the name inside the option, newer ones as its text.
    let hashes: Vec<&str> = p2
        .all("hash-algorithm-option")
        .filter_map(|h| h.text("name").map(|(n, _)| n).or(Some(h.text.trim())))
        .flat_map(parts)
        .take(MAX_VALUES + 1)
        .collect();
    let group = p2
        .text("pfsgroup")
        .filter(|(g, _)| !matches!(*g, "0" | "off"))
        .map(|(g, _)| format!("group{g}"));
    let mut ciphers: Vec<(String, u32)> = p2
        .all("encryption-algorithm-option")
        .filter_map(cipher)
        .take(MAX_VALUES + 1)
        .collect();
    if purpose == Purpose::Ah {
        ciphers = vec![(String::new(), p2.line)];
    }
    let first = ciphers.first().map_or(p2.line, |(_, line)| *line);
    let mut all = Vec::new();
    for (cipher, line) in ciphers {
        let names = std::iter::once(cipher.as_str())
            .filter(|c| !c.is_empty())
            .chain(hashes.iter().copied())
            .chain(group.as_deref());
        let proposal = Proposal::new(purpose, names, &[256, 192, 128]).at(line);
        note_unknown(policy, &proposal, line);
        all.push(if all.len() < MAX_VALUES {
            proposal
        } else {
            Proposal::unread(purpose)
        });
    }
    let mode = p2.text("mode").and_then(|(m, line)| match m {
        "transport" => at(Mode::Transport, line),
        "tunnel" | "tunnel6" | "vti" => at(Mode::Tunnel, line),
        _ => None,
    });
    let network = |which: &str| {
        let e = p2.get(which)?;
        let (kind, line) = e.text("type")?;
        let value = match kind {
            "network" => prefix(&format!("{}/{}", e.text("address")?.0, e.text("netbits")?.0))?,
            "address" => host(e.text("address")?.0)?,
            "none" | "mobile" => return None,
            interface => {
                let i = addresses.get(interface)?;
                prefix(&format!("{}/{}", i.text("ipaddr")?.0, i.text("subnet")?.0))?
            }
        };
        listed(vec![value], line)
    };
    let tunnel = mode.as_ref().is_some_and(|m| m.value == Mode::Tunnel);
    Child {
        proposals: listed(all, first).filter(|l| !l.value.is_empty()),
        local: network("localid").filter(|_| tunnel),
        remote: network("remoteid").filter(|_| tunnel),
        mode,
        any_group: false,
    }
}

/// OPNsense's `Connections`: swanctl.conf's words, held together by `uuid`.
fn connections(policy: &mut Policy, part: &Element) {
    let rows = |table: &str| -> Vec<&Element> {
        part.get(table)
            .map_or_else(Vec::new, |t| t.inner.iter().filter(|e| enabled(e)).collect())
    };
    let (locals, remotes, children) = (rows("locals"), rows("remotes"), rows("children"));
    fn by<'a>(list: &[&'a Element]) -> BTreeMap<&'a str, Vec<&'a Element>> {
        let mut map: BTreeMap<&str, Vec<&Element>> = BTreeMap::new();
        for e in list {
            map.entry(e.text("connection").map_or("", |(c, _)| c))
                .or_default()
                .push(e);
        }
        map
    }
    let (locals, remotes, children) = (by(&locals), by(&remotes), by(&children));
    let proposals = |e: &Element, key: &str, purpose| {
        let (value, line) = e.text(key).filter(|(v, _)| *v != "default")?;
        swanctl::proposals(value, purpose, line)
    };
    let values = |e: &Element, key: &str| e.text(key).and_then(|(v, line)| listed(list(v), line));
    let mut made: BTreeMap<&str, Tunnels> = BTreeMap::new();
    for e in rows("Connections") {
        let name = e.text("description").map_or(e.uuid.as_str(), |(d, _)| d);
        let Some(c) = policy.connection(name, e.line) else {
            continue;
        };
        c.version = match e.text("version") {
            Some(("1", line)) => at(Version::V1, line),
            Some(("2", line)) => at(Version::V2, line),
            _ => None,
        };
        c.aggressive = e.text("aggressive").and_then(|(v, line)| at(v == "1", line));
        c.ike = proposals(e, "proposals", Purpose::Ike);
        c.local = values(e, "local_addrs");
        c.remote = values(e, "remote_addrs");
        let own = side(c, locals.get(e.uuid.as_str()), true);
        let all = side(c, remotes.get(e.uuid.as_str()), false) && own;
        let child = |child: &&Element| Child {
            proposals: proposals(child, "esp_proposals", Purpose::Esp),
            mode: child
                .text("mode")
                .and_then(|(m, line)| Mode::named(m).and_then(|mode| at(mode, line))),
            local: values(child, "local_ts"),
            remote: values(child, "remote_ts"),
            any_group: false,
        };
        if let Some(below) = children.get(e.uuid.as_str()) {
            let known = made.entry(&e.uuid).or_insert_with(|| tunnels(below, child));
            (c.children, c.more_children) = known.clone();
        }
        if !all {
            policy.note(
                e.line,
                "only the first 4 rounds of authentication of a side are read",
            );
        }
    }
}

/// What the rounds of one side say; false if there are more of them than are read.
fn side(c: &mut Connection, rows: Option<&Vec<&Element>>, local: bool) -> bool {
    for row in rows.into_iter().flatten().take(MAX_ROUNDS) {
        let auth = row.text("auth").and_then(|(a, line)| {
            let auth = match a.split('-').next()? {
                "psk" => Auth::Psk,
                "pubkey" => Auth::Certificate,
                "eap" => Auth::Eap,
                "xauth" => Auth::Xauth,
                _ => return None,
            };
            at(auth, line)
        });
        let id = row.text("id").and_then(|(v, line)| shared(v.to_owned(), line));
        let (to, named) = if local {
            (&mut c.local_auth, &mut c.local_id)
        } else {
            (&mut c.remote_auth, &mut c.remote_id)
        };
        *to = auth.or(to.take());
        *named = id.or(named.take());
    }
    rows.is_none_or(|rows| rows.len() <= MAX_ROUNDS)
}
