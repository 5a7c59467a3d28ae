//! OpenIKED's iked.conf (iked.conf(5)): a statement for each connection, `\` continues a line.

use super::keyword::Written;
use super::{Connection, Policy, Proposals};
use crate::negotiation::Version;

/// `None` if no statement begins with `ikev2`.
pub(super) fn read(text: &str) -> Option<Policy> {
    let mut policy = Policy::default();
    let mut words: Vec<(u32, &str)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split_once('#').map_or(line, |(before, _)| before).trim_end();
        let (line, goes_on) = line.strip_suffix('\\').map_or((line, false), |l| (l, true));
        words.extend(line.split_whitespace().map(|w| (number, w)));
        if !goes_on {
            if words.first().is_some_and(|w| w.1 == "ikev2") {
                policy.connections.push(statement(&words));
            }
            words.clear();
        }
    }
    (!policy.connections.is_empty()).then_some(policy)
}

fn statement(words: &[(u32, &str)]) -> Connection {
    let mut connection = Connection {
        version: Some(Version::V2),
        ..Connection::default()
    };
    connection.line = words.first().map_or(0, |w| w.0);
    if let Some((_, name)) = words.get(1).filter(|w| w.1.starts_with('"')) {
        connection.name = name.trim_matches('"').to_owned();
    }
    let mut suite: Option<(u32, Written, Vec<&str>)> = None;
    let mut read: Option<Proposals> = None;
    let finish = |suite: Option<(u32, Written, Vec<&str>)>, read: &mut Option<Proposals>| {
        let Some((line, written, text)) = suite else {
            return;
        };
        let (v1, v2) = written.suites();
        let all = read.get_or_insert_with(|| Proposals {
            line,
            whole: true,
            ..Proposals::default()
        });
        if !all.text.is_empty() {
            all.text.push_str(", ");
        }
        all.text.push_str(&text.join(" "));
        // What is not named is left to the defaults.
        all.whole &= !v2.is_empty();
        all.v1.extend(v1);
        all.v2.extend(v2);
    };
    for pair in words.windows(2) {
        let [(line, key), (_, value)] = pair else { continue };
        match *key {
            "local" => connection.local = vec![(*value).to_owned()],
            "peer" => connection.remote = vec![(*value).to_owned()],
            "ikesa" => {
                finish(suite.take(), &mut read);
                suite = Some((*line, Written::default(), Vec::new()));
            }
            "childsa" | "srcid" | "dstid" | "psk" | "lifetime" | "ikelifetime" | "from" | "rfc7427" => {
                finish(suite.take(), &mut read);
            }
            "enc" | "prf" | "auth" | "group" => {
                if let Some((_, written, text)) = suite.as_mut() {
                    let word = if *key == "prf" {
                        format!("prf{}", value.trim_start_matches("hmac-"))
                    } else {
                        (*value).to_owned()
                    };
                    written.add(&word);
                    text.push(value);
                }
            }
            _ => {}
        }
    }
    finish(suite.take(), &mut read);
    connection.ike = read;
    connection
}
