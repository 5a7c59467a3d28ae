//! swanctl.conf: sections in braces, `key = value` (strongswan.conf(5), swanctl.conf(5), `src/swanctl/swanctl.opt`).
//!
//! Of all values only those of the settings in [`KEYS`] are kept, and none of a section [`SECRETS`].

use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::connection::{Auth, Child, Mode};
use crate::policy::dialect::{Dialect, Proof, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::said::said;
use crate::policy::text::{Quotes, closing, lines, shown, statements};
use crate::policy::value::{Lined, Listed, at, bounded, list, listed, shared};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Named("swanctl.conf"),
    sign: Sign::Text(is),
    read,
    includes: true,
    endings: &["conf"],
    proof: Proof::Anybody,
    secrets: Secrets::AllBut(&KEYS),
    ..Dialect::CONFIGURATION
};

/// What is read of all settings, outside the sections that begin with [`SECRETS`].
const KEYS: [&str; 13] = [
    "version",
    "local_addrs",
    "remote_addrs",
    "aggressive",
    "proposals",
    "auth",
    "id",
    "start_action",
    "esp_proposals",
    "ah_proposals",
    "mode",
    "local_ts",
    "remote_ts",
];
const SECRETS: &str = "secrets";
/// What else a child can have, and how more of it begins.
const OF_CHILDREN: [&str; 16] = [
    "sha256_96",
    "updown",
    "hostaccess",
    "policies",
    "policies_fwd_out",
    "dpd_action",
    "close_action",
    "ipcomp",
    "inactivity",
    "reqid",
    "priority",
    "interface",
    "tfc_padding",
    "replay_window",
    "hw_offload",
    "label",
];
const FAMILIES: [&str; 8] = [
    "rekey_",
    "life_",
    "rand_",
    "mark_",
    "set_mark_",
    "copy_",
    "if_id_",
    "label_",
];
/// What else a connection can have (`swanctl.opt`). Where it has something else, strongSwan refuses it, and what it leaves out may be
/// just that.
const OTHERS: [&str; 26] = [
    "local_port",
    "remote_port",
    "vips",
    "pull",
    "dscp",
    "encap",
    "mobike",
    "dpd_delay",
    "dpd_timeout",
    "fragmentation",
    "childless",
    "send_certreq",
    "send_cert",
    "ppk_id",
    "ppk_required",
    "keyingtries",
    "unique",
    "reauth_time",
    "rekey_time",
    "over_time",
    "rand_time",
    "pools",
    "if_id_in",
    "if_id_out",
    "mediation",
    "mediated_by",
];

/// What else a round of authentication can have (`swanctl.opt`), and sections of certificates in it.
const OF_ROUNDS: [&str; 13] = [
    "round",
    "certs",
    "pubkeys",
    "eap_id",
    "aaa_id",
    "xauth_id",
    "groups",
    "cert_policy",
    "cacerts",
    "ca_id",
    "revocation",
    "cert",
    "cacert",
];

/// What of them the peer has to meet, whichever way it proves itself (`vici_config.c`, `auth_cfg.c`).
const DEMANDS: [&str; 8] = [
    "cacerts",
    "certs",
    "pubkeys",
    "ca_id",
    "cert_policy",
    "eap_id",
    "aaa_id",
    "xauth_id",
];

/// Sections that say the same.
const DEMANDING_SECTIONS: [&str; 2] = ["cacert", "cert"];

/// One of its outermost sections.
fn is(text: &str) -> bool {
    let sections = ["connections", SECRETS, "authorities", "pools"];
    text.contains('{') && statements(text).any(|(_, line)| sections.iter().any(|s| line.starts_with(s)))
}

/// The most sections inside each other.
const MAX_DEPTH: usize = 16;

/// Reads the file: each line is cut at braces outside quotes, and at the `#` of a comment (strongSwan's `settings_lexer.l`); what
/// is between is a section's name or a setting.
fn read(policy: &mut Policy, text: &str) {
    let mut path: Vec<String> = Vec::new();
    let mut too_deep = 0usize;
    let mut quotes = Quotes::default();
    for (number, line) in lines(text) {
        let mut rest = line;
        if quotes.open {
            // What goes on in quotes is no setting of its own.
            let end = closing(rest);
            rest = end.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
            quotes.open = end.is_none();
        }
        while !quotes.open {
            let secret = path.first().is_some_and(|p| p.starts_with(SECRETS));
            let (part, mark) = match quotes.find(rest, &['{', '}', '#']) {
                Some((at, mark)) => {
                    let part = rest.get(..at).unwrap_or_default();
                    rest = rest.get(at + 1..).unwrap_or_default();
                    (part.trim(), Some(mark).filter(|mark| *mark != '#'))
                }
                None => (rest.trim(), None),
            };
            match mark {
                Some('{') if path.len() >= MAX_DEPTH => {
                    if too_deep == 0 {
                        policy.note(
                            number,
                            "sections stand too deep in each other: what is deeper is not read",
                        );
                    }
                    too_deep += 1;
                }
                Some('{') => {
                    let name = part.split(':').next().unwrap_or_default().trim();
                    path.push(shown(name));
                    open(policy, &path, number);
                }
                _ => {
                    if !part.is_empty() && !secret && too_deep == 0 {
                        setting(policy, &path, part, number);
                    }
                    if mark == Some('}') {
                        if too_deep > 0 {
                            too_deep -= 1;
                        } else if path.pop().is_none() {
                            policy.note(number, "a brace closes that was never opened");
                        }
                    }
                }
            }
            if mark.is_none() {
                break;
            }
        }
    }
    if quotes.open {
        policy.note(0, "a quote is not closed");
    } else if !path.is_empty() {
        policy.note(0, "a section is not closed");
    }
    for c in policy.connections.iter_mut().filter(|c| c.unread) {
        // A round that was not understood may ask for more than the one that was.
        (c.local_auth, c.remote_auth) = (None, None);
    }
}

/// A round of authentication: `local`, `remote-xauth`.
fn is_round(name: &str) -> bool {
    name.starts_with("local") || name.starts_with("remote")
}

fn open(policy: &mut Policy, path: &[String], line: u32) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["connections", name] => {
            let name = (*name).to_owned();
            policy.connection(&name, line);
        }
        ["connections", _, "children", _] => {
            if let Some(c) = policy.latest() {
                c.child(Child::default());
            }
        }
        ["connections", _, round, section] if round.starts_with("remote") => {
            let keyword = DEMANDING_SECTIONS.iter().find(|word| section.starts_with(**word));
            if let (Some(keyword), Some(c)) = (keyword, policy.latest()) {
                c.demand(keyword, line);
            }
        }
        ["connections", _, section] if *section != "children" && !is_round(section) => {
            if let Some(c) = policy.latest() {
                c.unread = true;
            }
        }
        _ => {}
    }
}

fn setting(policy: &mut Policy, path: &[String], text: &str, line: u32) {
    if let Some(file) = text.strip_prefix("include ") {
        let text = said!(
            "include {}: not followed, because it does not stand on a line of its own",
            file.trim()
        );
        return policy.note(line, text);
    }
    let Some((key, value)) = text.split_once('=') else {
        return policy.note(line, "neither a section nor a setting");
    };
    let key = key.trim();
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    if DIALECT.secrets.has(key) {
        let known = match names.as_slice() {
            ["connections", _] => OTHERS.contains(&key),
            ["connections", _, "children", _] => {
                OF_CHILDREN.contains(&key) || FAMILIES.iter().any(|family| key.starts_with(family))
            }
            ["connections", _, round] if is_round(round) => OF_ROUNDS.contains(&key),
            _ => true,
        };
        let remote = matches!(names.as_slice(), ["connections", _, round] if round.starts_with("remote"));
        let keyword = DEMANDS.iter().find(|word| remote && **word == key);
        if let Some(c) = policy.latest() {
            c.unread |= !known;
            if let Some(keyword) = keyword {
                c.demand(keyword, line);
            }
        }
        return;
    }
    let value = value.trim().trim_matches('"');
    let ["connections", _, inner @ ..] = names.as_slice() else {
        return;
    };
    let Some(c) = policy.latest() else {
        return;
    };
    match (inner, key) {
        ([], "version") => {
            c.version = match value {
                "1" => at(Version::V1, line),
                "2" => at(Version::V2, line),
                _ => None,
            };
        }
        ([], "local_addrs") => c.local = listed(list(value), line),
        ([], "remote_addrs") => c.remote = listed(list(value), line),
        ([], "aggressive") => {
            c.aggressive = yes(value).and_then(|yes| at(yes, line));
            c.unread |= c.aggressive.is_none();
        }
        ([], "proposals") => c.ike = proposals(value, Purpose::Ike, line),
        ([round], "auth") if is_round(round) => {
            c.unread |= auth(value).is_none() && value != "any";
            let value = auth(value);
            let side = if round.starts_with("local") {
                &mut c.local_auth
            } else {
                &mut c.remote_auth
            };
            *side = stronger(side.take(), value, line);
        }
        ([local], "id") if local.starts_with("local") => {
            c.local_id = shared(shown(value), line);
        }
        ([remote], "id") if remote.starts_with("remote") => {
            c.remote_id = shared(shown(value), line);
        }
        // `trap` begins as its traffic comes.
        (["children", _], "start_action") if value.contains("start") || value.contains("trap") => {
            c.begins = Some(true);
        }
        (["children", _], _) => {
            let mut unread = false;
            let Some(child) = c.last_child() else {
                return;
            };
            match key {
                "esp_proposals" => child.proposals = proposals(value, Purpose::Esp, line),
                "ah_proposals" => child.proposals = proposals(value, Purpose::Ah, line),
                "mode" => {
                    child.mode = Mode::named(value).and_then(|mode| at(mode, line));
                    unread = child.mode.is_none()
                        && !matches!(value, "pass" | "drop" | "beet" | "transport_proxy");
                }
                "local_ts" => child.local = listed(list(value), line),
                "remote_ts" => child.remote = listed(list(value), line),
                _ => {}
            }
            c.unread |= unread;
        }
        _ => {}
    }
}

/// strongSwan's words for true and false (`settings.c`).
fn yes(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "enabled" => Some(true),
        "0" | "no" | "false" | "disabled" => Some(false),
        _ => None,
    }
}

fn auth(value: &str) -> Option<Auth> {
    let word = value.split(['-', ':', ' ']).next().unwrap_or_default();
    Some(match word {
        "psk" => Auth::Psk,
        "pubkey" | "rsa" | "ecdsa" | "ed25519" => Auth::Certificate,
        "eap" => Auth::Eap,
        "xauth" => Auth::Xauth,
        _ => return None,
    })
}

/// A second round (EAP or XAUTH after a key or certificate) says more than the first.
fn stronger(before: Option<Lined<Auth>>, value: Option<Auth>, line: u32) -> Option<Lined<Auth>> {
    match (before, value) {
        (Some(b), Some(Auth::Psk | Auth::Certificate) | None) => Some(b),
        (_, Some(value)) => at(value, line),
        (None, None) => None,
    }
}

/// `a-b-c, d-e`; `default` names nothing that is known here.
pub(super) fn proposals(value: &str, purpose: Purpose, line: u32) -> Listed<Proposal> {
    let all = value
        .split(',')
        .map(|one| one.trim().trim_end_matches('!'))
        .filter(|one| !one.is_empty())
        .map(|one| Proposal::new(purpose, one.split('-'), &[128]).complete());
    listed(bounded(all, || Proposal::unread(purpose)), line).filter(|l| !l.value.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::tests::sample::clean;

    /// strongSwan's constraints on the peer stand in its round; what its own round has is none.
    #[test]
    fn what_demands_more_of_the_peer_than_a_key_is_known_by_its_line() {
        let text = "connections {\n a {\n  local {\n   certs = own.pem\n  }\n  remote-eap {\n   cacerts = ca.pem\n   \
                    cert1 {\n    file = peer.pem\n   }\n   eap_id = %any\n   groups = vpn\n  }\n }\n}\n";
        let policy = clean("swanctl.conf", text);
        let found = &policy.connections[0].demands;
        let found: Vec<_> = found.iter().map(|rule| (rule.value, rule.line)).collect();
        assert_eq!(found, [("cacerts", 7), ("cert", 8), ("eap_id", 11)]);
    }
}
