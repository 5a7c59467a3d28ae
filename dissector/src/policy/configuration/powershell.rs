//! Windows PowerShell's output: `Get-VpnConnection`, its `IPSecCustomPolicy`, `Get-VpnS2SInterface`, `Get-NetIPsecRule`,
//! `Get-NetIPsecMainModeCryptoSet`, `Get-NetIPsecQuickModeCryptoSet` and their `Proposal`s, as lists and as tables; and the commands
//! that set a connection: `Add-VpnConnection`, `Set-VpnConnection`, `Set-VpnConnectionIPsecConfiguration`.
//!
//! Names of properties and values are those of the modules VpnClient, RemoteAccess and NetSecurity (Microsoft Learn:
//! `Set-VpnConnectionIPsecConfiguration`, `Get-VpnS2SInterface`, `New-NetIPsecMainModeCryptoProposal`,
//! `New-NetIPsecQuickModeCryptoProposal`, `Find-NetIPsecRule`). Only properties that are used here are kept; all others, and
//! with them keys and EAP settings, are skipped. How PowerShell prints nested
//! proposals is not verified: both forms are read, and what they say counts as assumed, as does all else of a rule.
//!
//! What Windows offers without a policy of its own is fixed, but differs between releases and by registry, so it counts as
//! assumed: IKEv2 from strongSwan's documentation of Windows clients, L2TP from servers' logs. Nothing is assumed of ESP.

#[cfg(test)]
mod samples;

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::bounds::{MAX_CHILDREN, MAX_VALUES};
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::{masked, prefix};
use crate::policy::said::said;
use crate::policy::text::{MORE, head, lines, shown};
use crate::policy::value::{Listed, at, bounded, listed, values};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Configuration("Windows PowerShell output"),
    sign: Sign::Text(is),
    read,
    endings: &["txt"],
    secrets: Secrets::AllBut(&KEYS),
    ..Dialect::CONFIGURATION
};

/// What is read of all properties.
const KEYS: [&str; 36] = [
    "Name",
    "DisplayName",
    "IPsecRuleName",
    "ServerAddress",
    "TunnelType",
    "AuthenticationMethod",
    "L2tpIPsecAuth",
    "IPSecCustomPolicy",
    "CustomPolicy",
    "AuthenticationTransformConstants",
    "CipherTransformConstants",
    "DHGroup",
    "EncryptionMethod",
    "IntegrityCheckMethod",
    "PfsGroup",
    "Destination",
    "Protocol",
    "IPv4Subnet",
    "ResponderAuthenticationMethod",
    "ForceDiffieHellman",
    "MaxSessions",
    "PerfectForwardSecrecyGroup",
    "Encryption",
    "Hash",
    "KeyExchange",
    "Encapsulation",
    "ESPHash",
    "AHHash",
    "Enabled",
    "Mode",
    "QuickModeCryptoSet",
    "KeyModule",
    "LocalTunnelEndpoint",
    "RemoteTunnelEndpoint",
    "LocalAddress",
    "RemoteAddress",
];

/// Properties that nothing else has.
const MARKS: [&str; 9] = [
    "TunnelType",
    "L2tpIPsecAuth",
    "CipherTransformConstants",
    "ForceDiffieHellman",
    "PerfectForwardSecrecyGroup",
    "ESPHash",
    "KeyExchange",
    "QuickModeCryptoSet",
    "RemoteTunnelEndpoint",
];

/// With which properties an object begins, after an empty line.
const FIRST: [&str; 3] = ["Name", "IPsecRuleName", "AuthenticationTransformConstants"];

/// Offers of Windows' L2TP client.
const L2TP: [[&str; 3]; 5] = [
    ["aes256", "sha1", "ecp384"],
    ["aes128", "sha1", "ecp256"],
    ["aes256", "sha1", "modp2048"],
    ["3des", "sha1", "modp2048"],
    ["3des", "sha1", "modp1024"],
];
/// Ciphers and hashes of Windows' IKEv2 client, all with group 2.
const CIPHERS: [&str; 4] = ["3des", "aes256", "aes192", "aes128"];
const HASHES: [&str; 3] = ["sha1", "sha256", "sha384"];

/// More bytes than the name of a property has, and the most of a command line and the most objects that are read.
const MAX_KEY: usize = 40;
const MAX_NAME: usize = 128;
const MAX_COMMAND: usize = 1024;
const MAX_PIECES: usize = 4096;

/// What of a proposal is assumed where all of it is.
const ALL: [Attribute; 4] = [
    Attribute::Encryption,
    Attribute::Prf,
    Attribute::Integrity,
    Attribute::DhGroup,
];

/// Commands whose parameters have the names of the properties that they set.
const COMMANDS: [&str; 3] = [
    "Set-VpnConnectionIPsecConfiguration",
    "Add-VpnConnection",
    "Set-VpnConnection",
];

/// The line begins with such a command, behind a prompt or not.
fn sets(line: &str) -> Option<&str> {
    let bare = match line.split_once("> ") {
        Some((prompt, rest)) if prompt.starts_with("PS ") => rest.trim_start(),
        _ => line.trim_start(),
    };
    let name = bare.split_whitespace().next()?;
    COMMANDS
        .iter()
        .any(|c| c.eq_ignore_ascii_case(name))
        .then_some(bare)
}

/// `-Key value` of a command, without what is not read.
fn parameters(object: &mut Object, line: &str, number: u32) {
    let mut rest = line;
    while let Some((_, behind)) = rest.split_once('-') {
        let end = behind
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(behind.len());
        let (name, after) = behind.split_at(end);
        let after = after.trim_start_matches([' ', ':']);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, tail) = match quote {
            Some(quote) => after
                .get(1..)
                .and_then(|inner| inner.split_once(quote))
                .unwrap_or((after, "")),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        let name = if name.eq_ignore_ascii_case("ConnectionName") {
            "Name"
        } else {
            name
        };
        match known(name) {
            Some(key) if !value.starts_with('-') => {
                object.insert(
                    key,
                    (value.trim_end_matches(['`', ',']).trim().to_owned(), number),
                );
                rest = tail;
            }
            _ => rest = after,
        }
    }
}

/// It has a line with a property, or below a table's columns, that only these commands print, or such a command.
fn is(text: &str) -> bool {
    let mut before = "";
    text.lines().any(|line| {
        if sets(line).is_some() {
            return true;
        }
        let above = std::mem::replace(&mut before, line);
        let table = || is_rule(line) && above.split_whitespace().any(|w| MARKS.contains(&w));
        property(line).is_some_and(|(key, _)| MARKS.contains(&key)) || table()
    })
}

/// `Key   : value`.
fn property(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches([' ', '\t', '{']);
    // The colon stands behind the longest name.
    let (key, _) = head(line, MAX_NAME).split_once(':')?;
    let value = line.get(key.len() + 1..)?;
    let key = key.trim_end();
    let named = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
    (named && (value.is_empty() || value.starts_with(' '))).then(|| (key, value.trim()))
}

/// The line of dashes below a table's header.
fn is_rule(line: &str) -> bool {
    line.contains("--") && line.chars().all(|c| matches!(c, '-' | ' '))
}

/// The properties of one object that are used, each with its line.
type Object = BTreeMap<&'static str, (String, u32)>;

/// What stands in a text: objects, and command lines that ask for a policy of a connection.
enum Piece<'a> {
    Object(Object),
    Command(&'a str),
}

fn known(key: &str) -> Option<&'static str> {
    KEYS.iter().find(|k| k.eq_ignore_ascii_case(key)).copied()
}

fn pieces<'a>(policy: &mut Policy, text: &'a str) -> Vec<Piece<'a>> {
    let mut out = Vec::new();
    let mut now = Object::new();
    // The property that may go on in the next line; the columns of a table, and its header's text.
    let mut open: Option<Option<&'static str>> = None;
    let mut columns: Vec<(usize, &'static str)> = Vec::new();
    let (mut header, mut gap) = ("", false);
    // A command that sets goes on behind a backtick.
    let mut goes_on = false;
    for (number, line) in lines(text) {
        if let Some(command) = sets(line).or(goes_on.then_some(line)) {
            if !goes_on {
                flush(&mut out, &mut now);
                out.push(Piece::Command(command));
            }
            parameters(&mut now, command, number);
            goes_on = command.trim_end().ends_with('`');
            if !goes_on {
                flush(&mut out, &mut now);
            }
            continue;
        }
        if out.len() >= MAX_PIECES {
            policy.note(number, "there are too many objects: what follows is not read");
            break;
        }
        if is_rule(line) {
            flush(&mut out, &mut now);
            columns = starts(line)
                .filter_map(|at| Some((at, known(word(header, at)?)?)))
                .take(MAX_VALUES)
                .collect();
            continue;
        }
        header = line;
        if line.trim().is_empty() {
            (columns, open, gap) = (Vec::new(), None, true);
            continue;
        }
        if !columns.is_empty() {
            let row = columns.iter().zip(ends(&columns, line));
            let row = row
                .filter_map(|((at, key), end)| Some((*key, (line.get(*at..end)?.trim().to_owned(), number))));
            out.push(Piece::Object(row.collect()));
        } else if let Some((key, value)) = property(line) {
            let key = known(key);
            if let Some(key) = key {
                if now.contains_key(key) || (gap && FIRST.contains(&key)) {
                    flush(&mut out, &mut now);
                }
                now.insert(key, (value.to_owned(), number));
            }
            (open, gap) = (Some(key), false);
        } else if let (Some(key), true) = (open, line.starts_with("    ")) {
            // A long value goes on below itself.
            if let Some((value, _)) = key.and_then(|key| now.get_mut(key))
                && value.len() < 1024
            {
                value.push_str(line.trim());
            }
        } else {
            flush(&mut out, &mut now);
            open = None;
            let lower = line.to_ascii_lowercase();
            if lower.contains("ipseccustompolicy") || lower.contains("ipsecconfiguration") {
                out.push(Piece::Command(line));
            }
        }
    }
    flush(&mut out, &mut now);
    out
}

fn flush(out: &mut Vec<Piece<'_>>, now: &mut Object) {
    if !now.is_empty() {
        out.push(Piece::Object(std::mem::take(now)));
    }
}

/// Where the dashes of each column begin.
fn starts(rule: &str) -> impl Iterator<Item = usize> {
    let dash = |at: usize| rule.as_bytes().get(at) == Some(&b'-');
    (0..rule.len()).filter(move |&at| dash(at) && at.checked_sub(1).is_none_or(|before| !dash(before)))
}

fn word(line: &str, at: usize) -> Option<&str> {
    head(line.get(at..)?, MAX_KEY).split_whitespace().next()
}

/// Where the value in each kept column ends: before two blanks, for columns between are left out.
fn ends(columns: &[(usize, &'static str)], line: &str) -> Vec<usize> {
    let end = |(i, (at, _)): (usize, &(usize, _))| {
        let next = columns
            .get(i + 1)
            .map_or(line.len(), |(next, _)| (*next).min(line.len()));
        let cell = line.get(*at..next).unwrap_or_default();
        at + cell.find("  ").unwrap_or(cell.len())
    };
    columns.iter().enumerate().map(end).collect()
}

fn get<'a>(o: &'a Object, key: &str) -> Option<(&'a str, u32)> {
    o.get(key)
        .map(|(value, line)| (value.as_str(), *line))
        .filter(|(value, _)| !value.is_empty())
}

/// `{a, b}` and `a` -> a, b.
fn list(value: &str) -> impl Iterator<Item = &str> + Clone {
    let inner = value.trim_start_matches('{').trim_end_matches('}');
    inner.split(',').map(str::trim).filter(|v| !v.is_empty())
}

/// Windows' word for an algorithm or a group -> a common one; empty where it stands for none.
fn common(word: &str) -> String {
    let gcm = ["GCMAES", "AESGCM"].iter().find_map(|p| word.strip_prefix(p));
    if let Some(bits) = gcm {
        return format!("aes{bits}gcm16");
    }
    let group = ["Group", "DH", "PFS"].iter().find_map(|p| word.strip_prefix(p));
    match (word, group) {
        ("None", _) => String::new(),
        ("DES3", _) => "3des".to_owned(),
        ("MD596", _) => "md5".to_owned(),
        ("SHA196", _) => "sha1".to_owned(),
        ("SHA256128", _) => "sha256".to_owned(),
        // Windows names this group by its length.
        (_, Some("2048")) => "group14".to_owned(),
        (_, Some(number)) => format!("group{number}"),
        _ => word.to_owned(),
    }
}

/// A proposal of these words. An AEAD cipher names its integrity once more.
fn proposal(policy: &mut Policy, purpose: Purpose, words: &[&str], line: u32) -> Proposal {
    let mut names: Vec<String> = words
        .iter()
        .map(|w| common(w))
        .filter(|n| !n.is_empty())
        .collect();
    names.dedup();
    let made = Proposal::new(purpose, names.iter().map(String::as_str), &[]).at(line);
    if !made.whole {
        policy.note(
            line,
            said!(
                "{} is not recognized, so nothing is concluded from it",
                &words.join(", ")
            ),
        );
    }
    made
}

/// The IKE and ESP proposals of a policy of one's own, where the object has one.
type Custom = (Listed<Proposal>, Listed<Proposal>);

fn custom(policy: &mut Policy, o: &Object) -> Option<Custom> {
    let (ike, line) = get(o, "EncryptionMethod")?;
    let (esp, esp_line) = get(o, "CipherTransformConstants")?;
    let word = |key| get(o, key).map_or("None", |(value, _)| value);
    let group = word("DHGroup");
    let ike = proposal(
        policy,
        Purpose::Ike,
        &[ike, word("IntegrityCheckMethod"), group],
        line,
    );
    let pfs = match word("PfsGroup") {
        "PFSMM" => group,
        other => other,
    };
    let esp = proposal(
        policy,
        Purpose::Esp,
        &[esp, word("AuthenticationTransformConstants"), pfs],
        esp_line,
    );
    Some((listed(vec![ike], line), listed(vec![esp], esp_line)))
}

fn set(c: &mut Connection, (ike, esp): Custom) {
    c.ike = ike;
    match Arc::make_mut(&mut c.children).first_mut() {
        Some(child) => child.proposals = esp,
        None => c.child(Child {
            proposals: esp,
            ..Child::default()
        }),
    }
}

/// What Windows offers without a policy of its own.
fn by_default(version: Version, line: u32) -> Listed<Proposal> {
    static LISTS: LazyLock<[Arc<Vec<Proposal>>; 2]> = LazyLock::new(|| {
        let all = |names: [&str; 3]| Proposal::new(Purpose::Ike, names, &[]).assuming(ALL.to_vec());
        let ciphers = CIPHERS.iter();
        let v2 = ciphers.flat_map(|cipher| HASHES.map(|hash| [*cipher, hash, "modp1024"]));
        [L2TP.map(all).to_vec(), v2.map(all).collect()].map(Arc::new)
    });
    let [v1, v2] = &*LISTS;
    at(Arc::clone(if version == Version::V1 { v1 } else { v2 }), line)
}

/// `Get-VpnConnection`.
fn connection(policy: &mut Policy, o: &Object) {
    let (Some((server, server_line)), Some((tunnel, line))) = (get(o, "ServerAddress"), get(o, "TunnelType"))
    else {
        return;
    };
    let name = get(o, "Name").map_or(server, |(name, _)| name);
    let version = match tunnel.to_ascii_lowercase().as_str() {
        "l2tp" => Some(Version::V1),
        "ikev2" => Some(Version::V2),
        "automatic" => None,
        _ => {
            return policy.note(line, said!("connection {} uses {}, not IPsec", name, tunnel));
        }
    };
    let begins = get(o, "Name").map_or(server_line, |(_, line)| line.min(server_line));
    let ways = get(o, "AuthenticationMethod").map(|(value, line)| (list(value), line));
    let has = |word: &str| {
        ways.as_ref()
            .is_some_and(|(w, _)| w.clone().any(|w| w.eq_ignore_ascii_case(word)))
    };
    let ways_line = ways.as_ref().map_or(line, |(_, line)| *line);
    let own = custom(policy, o);
    let Some(c) = policy.connection(name, begins) else {
        return;
    };
    c.version = version.and_then(|v| at(v, line));
    c.begins = Some(true);
    c.remote = listed(vec![shown(server)], server_line);
    if version == Some(Version::V1) {
        let (auth, line) = match get(o, "L2tpIPsecAuth") {
            Some((word, line)) if word.eq_ignore_ascii_case("Psk") => (Some(Auth::Psk), line),
            Some((word, line)) if word.eq_ignore_ascii_case("Certificate") => (Some(Auth::Certificate), line),
            _ => (None, line),
        };
        c.local_auth = auth.and_then(|a| at(a, line));
        c.remote_auth.clone_from(&c.local_auth);
    } else if version == Some(Version::V2) && (has("Eap") || has("MachineCertificate")) {
        let own = if has("Eap") { Auth::Eap } else { Auth::Certificate };
        c.local_auth = at(own, ways_line);
        c.remote_auth = at(Auth::Certificate, ways_line);
    }
    // L2TP is protected by transport mode (RFC 3193).
    if let Some(v) = version {
        c.child(Child {
            mode: at(
                if v == Version::V1 {
                    Mode::Transport
                } else {
                    Mode::Tunnel
                },
                line,
            ),
            ..Child::default()
        });
    }
    c.ike = version.and_then(|v| by_default(v, line));
    if let Some(own) = own {
        set(c, own);
    }
}

/// `Get-VpnS2SInterface`: Windows Server as one side of a tunnel between sites.
fn site(policy: &mut Policy, o: &Object) {
    let Some((destination, line)) = get(o, "Destination") else {
        return;
    };
    if get(o, "Protocol").is_some_and(|(p, _)| !p.eq_ignore_ascii_case("IKEv2")) {
        return;
    }
    let own = custom(policy, o);
    let name = get(o, "Name").map_or(destination, |(name, _)| name);
    let Some(c) = policy.connection(name, line) else {
        return;
    };
    c.version = at(Version::V2, get(o, "Protocol").map_or(line, |(_, line)| line));
    c.remote = listed(values(list(destination)), line);
    let auth = |key| {
        let (word, line) = get(o, key)?;
        match word {
            "PSKOnly" => at(Auth::Psk, line),
            "MachineCertificates" | "Certificate" => at(Auth::Certificate, line),
            "EAP" => at(Auth::Eap, line),
            _ => None,
        }
    };
    c.local_auth = auth("AuthenticationMethod");
    c.remote_auth = auth("ResponderAuthenticationMethod").or_else(|| c.local_auth.clone());
    // `10.0.0.0/24:100`: a network and its metric.
    let remote = get(o, "IPv4Subnet").and_then(|(value, line)| {
        let networks: Option<Vec<String>> = list(value).map(|n| prefix(n.split(':').next()?)).collect();
        listed(bounded(networks?, || MORE.to_owned()), line).filter(|l| !l.value.is_empty())
    });
    c.child(Child {
        mode: at(Mode::Tunnel, line),
        remote,
        ..Child::default()
    });
    if let Some(own) = own {
        set(c, own);
    }
}

/// A crypto set of NetSecurity: its names, its group for PFS, its proposals.
#[derive(Default)]
struct Set {
    names: Vec<String>,
    pfs: Option<String>,
    line: u32,
    list: Vec<Proposal>,
    quick: bool,
}

impl Set {
    fn new(o: &Object, quick: bool) -> Self {
        let names = ["Name", "DisplayName"]
            .iter()
            .filter_map(|k| get(o, k))
            .map(|(n, _)| n.to_owned());
        Self {
            names: names.collect(),
            pfs: get(o, "PerfectForwardSecrecyGroup").map(|(g, _)| g.to_owned()),
            line: o.values().map(|(_, line)| *line).min().unwrap_or_default(),
            list: Vec::new(),
            quick,
        }
    }

    /// It takes any group for PFS.
    fn any_group(&self) -> bool {
        self.pfs.as_deref() == Some("SameAsMainMode")
    }
}

/// The sets of a file, ready for its rules.
#[derive(Default)]
struct Sets<'a> {
    /// Those of quick mode by their names, each with its list.
    quick: BTreeMap<&'a str, (&'a Set, Listed<Proposal>)>,
    /// The only one of quick mode, and of main mode; whether main mode has several.
    only: Option<(&'a Set, Listed<Proposal>)>,
    main: Listed<Proposal>,
    several: bool,
}

impl<'a> Sets<'a> {
    fn of(sets: &'a [Set]) -> Self {
        let mut all = Self::default();
        let mut quick = sets.iter().filter(|s| s.quick);
        all.only = quick
            .next()
            .filter(|_| quick.next().is_none())
            .map(|s| (s, lined(s)));
        for set in sets.iter().filter(|s| s.quick) {
            let list = lined(set);
            for name in &set.names {
                all.quick.entry(name).or_insert_with(|| (set, list.clone()));
            }
        }
        let mut main = sets.iter().filter(|s| !s.quick && !s.list.is_empty());
        let first = main.next();
        all.several = main.next().is_some();
        all.main = first.filter(|_| !all.several).and_then(lined);
        all
    }
}

/// A proposal joins the set before it, or one without a name.
fn join(policy: &mut Policy, sets: &mut Vec<Set>, o: &Object, quick: bool) {
    if sets.last().is_none_or(|s| s.quick != quick) {
        sets.push(Set {
            quick,
            ..Set::default()
        });
    }
    let Some(set) = sets.last_mut().filter(|s| s.list.len() <= MAX_VALUES) else {
        return;
    };
    let word = |key| get(o, key).map_or("None", |(value, _)| value);
    let keys = [
        "Encapsulation",
        "Encryption",
        "ESPHash",
        "AHHash",
        "Hash",
        "KeyExchange",
    ];
    let line = keys.iter().filter_map(|k| get(o, k)).map(|(_, line)| line).min();
    let line = line.unwrap_or_default();
    let made = if quick {
        let pfs = set
            .pfs
            .as_deref()
            .filter(|g| *g != "SameAsMainMode")
            .unwrap_or("None");
        match word("Encapsulation") {
            "AH" => proposal(policy, Purpose::Ah, &[word("AHHash"), pfs], line),
            _ => proposal(
                policy,
                Purpose::Esp,
                &[word("Encryption"), word("ESPHash"), pfs],
                line,
            ),
        }
    } else {
        proposal(
            policy,
            Purpose::Ike,
            &[word("Encryption"), word("Hash"), word("KeyExchange")],
            line,
        )
    };
    // Which set a proposal belongs to, and which sets a rule uses, only their order in the text says.
    set.list.push(made.assuming(ALL.to_vec()));
}

fn lined(set: &Set) -> Listed<Proposal> {
    let first = set.list.first()?;
    let list = bounded(set.list.iter().cloned(), || Proposal::unread(first.purpose));
    listed(list, first.line)
}

/// `Get-NetIPsecRule`, with the crypto sets of the same file.
fn rule(policy: &mut Policy, o: &Object, sets: &Sets<'_>) {
    let off = get(o, "Enabled").is_some_and(|(word, _)| word.eq_ignore_ascii_case("False"));
    let Some((mode, line)) = get(o, "Mode").filter(|_| !off) else {
        return;
    };
    let name = get(o, "DisplayName").or_else(|| get(o, "IPsecRuleName"));
    let name = name.map_or("rule", |(name, _)| name);
    let begins = o.values().map(|(_, line)| *line).min().unwrap_or(line);
    let wanted = get(o, "QuickModeCryptoSet").map(|(name, _)| name);
    let only = sets.only.as_ref();
    let only = only.filter(|(set, _)| set.names.is_empty() || wanted.is_none_or(|w| w == "Default"));
    let chosen = wanted.and_then(|name| sets.quick.get(name)).or(only);
    let proposals = chosen.and_then(|(_, list)| list.clone());
    let any_group = chosen.is_some_and(|(set, _)| set.any_group());
    if sets.several {
        policy.note(
            begins,
            "several main mode sets: which of them this rule uses cannot be told",
        );
    }
    let Some(c) = policy.connection(name, begins) else {
        return;
    };
    c.ike.clone_from(&sets.main);
    c.version = get(o, "KeyModule").and_then(|(word, line)| match word {
        "IKEv1" => at(Version::V1, line),
        "IKEv2" => at(Version::V2, line),
        _ => None,
    });
    let addresses = |key: &str| {
        let (value, line) = get(o, key)?;
        let all: Vec<&str> = bounded(list(value), || MORE);
        let special = all.is_empty()
            || all
                .iter()
                .any(|a| *a != MORE && !a.starts_with(|c: char| c.is_ascii_hexdigit()));
        (!special).then_some((all, line))
    };
    let tunnel = mode.eq_ignore_ascii_case("Tunnel");
    // In transport mode the peers are what the rule protects.
    let ends = if tunnel {
        ["LocalTunnelEndpoint", "RemoteTunnelEndpoint"]
    } else {
        ["LocalAddress", "RemoteAddress"]
    };
    let networks = |key| {
        let (all, line) = addresses(key)?;
        let one = |n: &str| match n.split_once('/') {
            Some((a, mask)) if mask.contains('.') => masked(a, mask),
            _ if n == MORE => Some(n.to_owned()),
            _ => prefix(n),
        };
        let all: Option<Vec<String>> = all.into_iter().map(one).collect();
        listed(all?, line)
    };
    let shown_list = |found: Option<(Vec<&str>, u32)>| {
        let (all, line) = found?;
        listed(all.into_iter().map(shown).collect(), line)
    };
    let [local, remote] = ends;
    c.local = shown_list(addresses(local));
    c.remote = shown_list(addresses(remote));
    c.child(Child {
        proposals,
        mode: at(if tunnel { Mode::Tunnel } else { Mode::Transport }, line),
        local: tunnel.then(|| networks("LocalAddress")).flatten(),
        remote: tunnel.then(|| networks("RemoteAddress")).flatten(),
        any_group,
    });
}

fn read(policy: &mut Policy, text: &str) {
    let mut command = None;
    let mut sets: Vec<Set> = Vec::new();
    let mut rules = Vec::new();
    let mut policies: Vec<(Custom, u32, String, usize)> = Vec::new();
    for piece in pieces(policy, text) {
        let o = match piece {
            Piece::Command(line) => {
                command = Some(line);
                continue;
            }
            Piece::Object(o) => o,
        };
        let has = |key| o.contains_key(key);
        if has("ServerAddress") && has("TunnelType") {
            connection(policy, &o);
        } else if has("Destination") && (has("Protocol") || has("IPv4Subnet")) {
            site(policy, &o);
        } else if has("CipherTransformConstants") {
            if policies.len() >= MAX_CHILDREN {
                policy.note(
                    0,
                    "only the first 64 IPsec policies that stand by themselves are read",
                );
            } else if let Some(own) = custom(policy, &o) {
                let line = own.0.as_ref().map_or(0, |l| l.line);
                let command = head(command.take().unwrap_or_default(), MAX_COMMAND).to_owned();
                policies.push((own, line, command, policy.connections.len()));
            }
        } else if has("QuickModeCryptoSet") || has("RemoteTunnelEndpoint") {
            rules.push(o);
        } else if let Some(rule) = rules
            .last_mut()
            .filter(|_| has("LocalAddress") || has("RemoteAddress"))
        {
            // What `Get-NetFirewallAddressFilter` adds to a rule.
            rule.extend(o);
        } else {
            let quick = has("PerfectForwardSecrecyGroup");
            if quick || has("ForceDiffieHellman") {
                sets.push(Set::new(&o, quick));
            }
            if has("KeyExchange") {
                join(policy, &mut sets, &o, false);
            } else if has("ESPHash") || has("AHHash") || has("Encapsulation") {
                join(policy, &mut sets, &o, true);
            }
        }
    }
    policy.unverified = !rules.is_empty() || !sets.is_empty();
    let ready = Sets::of(&sets);
    for o in &rules {
        rule(policy, o, &ready);
    }
    if rules.is_empty() {
        alone(policy, &sets);
    }
    // A policy printed by itself is that of the connection its command names, else of the one before it, else of the only one.
    for (own, line, command, before) in policies {
        let named = policy
            .connections
            .iter()
            .enumerate()
            .filter(|(_, c)| !c.name.is_empty() && command.contains(c.name.as_str()))
            .max_by_key(|(_, c)| c.name.len())
            .map(|(i, _)| i);
        let found = named
            .or_else(|| before.checked_sub(1))
            .or((policy.connections.len() == 1).then_some(0));
        match found.and_then(|i| policy.connections.get_mut(i)) {
            Some(c) => set(c, own),
            None => {
                if let Some(c) = policy.connection("IPsec policy", line) {
                    set(c, own);
                }
            }
        }
    }
}

/// Crypto sets without a rule: what this machine allows.
fn alone(policy: &mut Policy, sets: &[Set]) {
    let only = |quick| {
        let mut found = sets.iter().filter(|s| s.quick == quick && !s.list.is_empty());
        found.next().filter(|_| found.next().is_none())
    };
    let (main, quick) = (only(false), only(true));
    let Some(first) = main.or(quick) else { return };
    let (ike, proposals) = (main.and_then(lined), quick.and_then(lined));
    let any_group = quick.is_some_and(Set::any_group);
    let name = first.names.last().map_or("crypto sets", String::as_str);
    if let Some(c) = policy.connection(name, first.list.first().map_or(first.line, |p| p.line)) {
        c.ike = ike;
        if proposals.is_some() {
            c.child(Child {
                proposals,
                any_group,
                ..Child::default()
            });
        }
    }
}
