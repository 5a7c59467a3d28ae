//! `ipsec statusall`: the connections that strongSwan's charon has loaded. It prints no proposals.
//!
//! strongSwan, `src/libcharon/plugins/stroke/stroke_list.c`: a connection's name stands before each of its lines: its addresses and
//! version, `local:` and `remote:` with identity and authentication, `child:` with selectors and mode.

use crate::negotiation::Version;
use crate::policy::connection::{Auth, Child, Mode};
use crate::policy::dialect::{Dialect, Proof, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::network::address;
use crate::policy::text::{lines, shown};
use crate::policy::value::{at, list, listed, shared};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Output("output of `ipsec statusall`"),
    sign: Sign::Text(|text| {
        let mut all = text
            .lines()
            .map(str::trim)
            .skip_while(|line| *line != "Connections:");
        all.any(|line| begins(line).is_some())
    }),
    read,
    proof: Proof::Anybody,
    secrets: Secrets::AllBut(&["local", "remote", "child"]),
    ..Dialect::CONFIGURATION
};

/// `office:  198.51.100.20...192.0.2.10  IKEv1 Aggressive, dpddelay=30s`: its name, its ends, and what follows them.
fn begins(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (name, rest) = line.split_once(":  ")?;
    let (own, rest) = rest.trim_start().split_once("...")?;
    let (peer, version) = rest.split_once("  IKEv")?;
    Some((name, own, peer, version))
}

fn read(policy: &mut Policy, text: &str) {
    let (mut inside, mut listening) = (false, false);
    for (number, line) in lines(text) {
        let line = line.trim();
        // A section of its own.
        if line.ends_with(':') && !line.contains(":  ") {
            inside = line == "Connections:";
            listening = line == "Listening IP addresses:";
            continue;
        }
        if listening {
            if let Some(own) = address(line) {
                policy.address(own);
            }
            continue;
        }
        if !inside {
            continue;
        }
        if let Some((name, own, peer, version)) = begins(line) {
            if let Some(c) = policy.connection(name, number) {
                c.local = listed(list(own), number);
                c.remote = listed(list(peer), number);
                let alone = version.split([',', ' ']).next();
                c.version = match alone {
                    Some("1") => at(Version::V1, number),
                    Some("2") => at(Version::V2, number),
                    _ => None,
                };
                if alone == Some("1") {
                    c.aggressive = at(version.contains(" Aggressive"), number);
                }
            }
            continue;
        }
        let (Some(c), Some((_, said))) = (policy.latest(), line.split_once(":   ")) else {
            continue;
        };
        if let Some((side, said)) = said
            .split_once(':')
            .filter(|(side, _)| matches!(*side, "local" | "remote"))
        {
            let (id, method) = said.split_once("uses ").unwrap_or((said, ""));
            let id = id.trim().trim_start_matches('[').trim_end_matches(']');
            let id = (!id.is_empty()).then(|| shared(shown(id), number)).flatten();
            let auth = Auth::printed(method).and_then(|auth| at(auth, number));
            let (to, identity) = match side {
                "local" => (&mut c.local_auth, &mut c.local_id),
                _ => (&mut c.remote_auth, &mut c.remote_id),
            };
            // A second round says more than the first.
            *to = auth.or(to.take());
            *identity = identity.take().or(id);
        } else if let Some(child) = said.strip_prefix("child:  ")
            && let Some((own, rest)) = child.split_once(" === ")
        {
            let mut words: Vec<&str> = rest.split(',').next().unwrap_or_default().split(' ').collect();
            let mode = match words.pop() {
                Some("TUNNEL") => at(Mode::Tunnel, number),
                Some("TRANSPORT") => at(Mode::Transport, number),
                _ => None,
            };
            c.child(Child {
                mode,
                local: listed(list(own), number),
                remote: listed(list(&words.join(" ")), number),
                ..Child::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::negotiation::Version;
    use crate::policy::{Auth, Mode};
    use crate::tests::sample::{OWN, clean, survives, values};

    const STATUS: &str = "\
Status of IKE charon daemon (strongSwan 5.9.8, Linux 6.1.0, x86_64):
  uptime: 4 minutes, since Jan 01 12:00:03 2026
Listening IP addresses:
  198.51.100.20
Connections:
      office:  198.51.100.20...192.0.2.10  IKEv1 Aggressive, dpddelay=30s
      office:   local:  [gw.example] uses pre-shared key authentication
      office:   remote: [192.0.2.10] uses pre-shared key authentication
      office:   child:  172.16.2.0/24 === 172.16.1.0/24 172.16.3.0/24 TUNNEL, dpdaction=clear
        road:  %any...%any  IKEv2
        road:   local:  [gw.example] uses public key authentication
        road:    cert:  \"CN=gw.example\"
        road:   remote: uses EAP_MSCHAPV2 authentication with EAP identity '%any'
        road:   child:  dynamic === dynamic TRANSPORT
Shunted Connections:
        pass:  172.16.2.0/24 === 172.16.2.0/24 PASS
Security Associations (0 up, 0 connecting):
  none
";

    #[test]
    fn what_is_loaded_is_read() {
        let policy = clean("status.txt", STATUS);
        assert_eq!(policy.kind.name(), "output of `ipsec statusall`");
        assert_eq!(policy.addresses, [OWN]);
        let [office, road] = policy.connections.as_slice() else {
            panic!("{:?}", policy.connections)
        };
        assert_eq!(
            office.version.as_ref().map(|v| (v.value, v.line)),
            Some((Version::V1, 6))
        );
        assert_eq!(office.aggressive.as_ref().map(|a| a.value), Some(true));
        assert_eq!(
            office.remote_id.as_ref().map(|id| id.value.as_str()),
            Some("192.0.2.10")
        );
        let child = &office.children[0];
        assert_eq!(values(child.remote.as_ref()), ["172.16.1.0/24", "172.16.3.0/24"]);
        assert_eq!(child.mode.as_ref().map(|m| m.value), Some(Mode::Tunnel));
        assert_eq!(
            road.remote_auth.as_ref().map(|a| (a.value, a.line)),
            Some((Auth::Eap, 13))
        );
        assert!(road.remote_id.is_none() && road.ike.is_none());
        survives(STATUS);
    }
}
