//! `swanctl --list-conns`: the connections that strongSwan's charon has loaded, as they are. It prints no proposals.
//!
//! strongSwan, `src/swanctl/commands/list_conns.c`: `NAME: IKEv2, no reauthentication, rekeying every 14400s`, its addresses, a line
//! for each round of authentication, and its children with their selectors, blanks between them.

use crate::negotiation::Version;
use crate::policy::connection::{Auth, Child, Mode};
use crate::policy::dialect::{Dialect, Proof, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::text::{lines, shown};
use crate::policy::value::{Listed, at, list, listed, shared};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Output("output of `swanctl --list-conns`"),
    sign: Sign::Line(|line| begins(line).is_some()),
    read,
    proof: Proof::Anybody,
    secrets: Secrets::AllBut(&["local", "remote", "id"]),
    ..Dialect::CONFIGURATION
};

/// The name of a connection, and its version if it has only one.
fn begins(line: &str) -> Option<(&str, Option<Version>)> {
    let (name, rest) = line.split_once(": IKEv")?;
    let (version, rest) = rest.split_once(", ")?;
    let version = match version {
        "1" => Some(Version::V1),
        "2" => Some(Version::V2),
        "1/2" => None,
        _ => return None,
    };
    let goes_on = rest.starts_with("no reauthentication") || rest.starts_with("reauthentication every ");
    goes_on.then_some((name, version))
}

/// The mode of a child, behind its name.
fn child(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(": ")?;
    let (mode, rest) = rest.split_once(", ")?;
    let goes_on = rest.starts_with("no rekeying") || rest.starts_with("rekeying every");
    goes_on.then_some(mode)
}

/// One more address, or all selectors.
fn more(to: &mut Listed<String>, value: &str, line: u32) {
    let mut all = to.as_ref().map(|l| l.value.to_vec()).unwrap_or_default();
    let from = to.as_ref().map_or(line, |l| l.line);
    all.extend(list(value));
    *to = listed(all, from);
}

fn read(policy: &mut Policy, text: &str) {
    // Whether what is read belongs to a child, and the side whose authentication it is.
    let (mut inside, mut own) = (false, true);
    for (number, line) in lines(text) {
        let line = line.trim();
        if let Some((name, version)) = begins(line) {
            inside = false;
            if let Some(c) = policy.connection(name, number) {
                c.version = version.and_then(|version| at(version, number));
            }
            continue;
        }
        let Some(c) = policy.latest() else { continue };
        if let Some(mode) = child(line) {
            inside = true;
            c.child(Child {
                mode: match mode {
                    "TUNNEL" => at(Mode::Tunnel, number),
                    "TRANSPORT" => at(Mode::Transport, number),
                    _ => None,
                },
                ..Child::default()
            });
        } else if let Some(class) = line.strip_suffix(" authentication:") {
            let (side, class) = class.split_once(' ').unwrap_or((class, ""));
            own = side == "local";
            let auth = Auth::printed(class).and_then(|auth| at(auth, number));
            let to = if own {
                &mut c.local_auth
            } else {
                &mut c.remote_auth
            };
            // A second round says more than the first.
            *to = auth.or(to.take());
        } else if let Some((key, value)) = line.split_once(':') {
            let value = value.trim();
            match (key, inside) {
                ("local", false) => more(&mut c.local, value, number),
                ("remote", false) => more(&mut c.remote, value, number),
                ("local", true) => {
                    if let Some(child) = c.last_child() {
                        more(&mut child.local, value, number);
                    }
                }
                ("remote", true) => {
                    if let Some(child) = c.last_child() {
                        more(&mut child.remote, value, number);
                    }
                }
                ("id", false) if own => c.local_id = shared(shown(value), number),
                ("id", false) => c.remote_id = shared(shown(value), number),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::negotiation::Version;
    use crate::policy::{Auth, Mode};
    use crate::tests::sample::{clean, survives, values};

    const LIST: &str = "\
home: IKEv2, no reauthentication, rekeying every 14400s, dpd delay 60s
  local:  %any
  remote: 192.0.2.10
  local public key authentication:
    id: gw.example
    certs: C=CH, O=lab, CN=gw.example
  remote EAP_MSCHAPV2 authentication:
    eap_id: %any
  net: TUNNEL, rekeying every 3600s, dpd action is restart
    local:  10.1.0.0/16 10.3.0.0/16
    remote: dynamic
old: IKEv1, reauthentication every 10800s
  local:  198.51.100.20
  remote: %any
  local pre-shared key authentication:
  remote pre-shared key authentication:
  l2tp: TRANSPORT, no rekeying
    local:  dynamic[udp/l2f]
    remote: dynamic[udp]
";

    #[test]
    fn what_is_loaded_is_read() {
        let policy = clean("conns.txt", LIST);
        assert_eq!(policy.kind.name(), "output of `swanctl --list-conns`");
        let [home, old] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!(home.version.as_ref().map(|v| v.value), Some(Version::V2));
        assert_eq!(values(home.remote.as_ref()), ["192.0.2.10"]);
        assert_eq!(
            home.remote_auth.as_ref().map(|a| (a.value, a.line)),
            Some((Auth::Eap, 7))
        );
        assert_eq!(
            home.local_id.as_ref().map(|id| id.value.as_str()),
            Some("gw.example")
        );
        assert_eq!(
            values(home.children[0].local.as_ref()),
            ["10.1.0.0/16", "10.3.0.0/16"]
        );
        assert_eq!(old.version.as_ref().map(|v| v.value), Some(Version::V1));
        assert_eq!(
            old.children[0].mode.as_ref().map(|m| m.value),
            Some(Mode::Transport)
        );
        assert!(home.ike.is_none() && old.ike.is_none());
        survives(LIST);
    }
}
