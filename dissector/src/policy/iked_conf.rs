//! iked.conf of OpenIKED: one statement for each policy, words in any order (iked.conf(5), `parse.y`).
//!
//! A pre-shared key follows the word `psk`; it is skipped as the words are read. A policy is IKEv2 by nature.

use super::algorithm::{Proposal, Purpose};
use super::{Auth, Child, Lined, MAX_VALUES, Mode, Policy, shown};
use crate::negotiation::Version;

/// Words of a line, quotes removed; what follows `psk` or stands in `user NAME PASSWORD` is left out.
/// `after`: the line before ended with `psk`.
fn words(line: &str, after: bool) -> Vec<&str> {
    let mut words = Vec::new();
    words.extend(after.then_some("psk"));
    let mut rest = line.trim_end_matches('\\');
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('#') || words.len() > 512 {
            return words;
        }
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => match rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}')) {
                Some(0) => rest.split_at(rest.chars().next().map_or(0, char::len_utf8)),
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            },
        };
        rest = after;
        match words.last() {
            Some(&"psk") => {
                words.pop();
                words.push("\u{0}psk");
            }
            _ => words.push(word),
        }
    }
}

pub(super) fn read(policy: &mut Policy, text: &str) {
    let mut continued = false;
    let mut open = false;
    let mut secret = false;
    for (number, line) in super::lines(text) {
        let words = words(line, secret);
        if !continued {
            open = words.first() == Some(&"ikev2");
            if open {
                begin(policy, &words, number);
            }
        }
        if open {
            statement(policy, &words, number);
        }
        continued = line.trim_end().ends_with('\\');
        secret = continued && words.last() == Some(&"psk");
    }
}

fn begin(policy: &mut Policy, words: &[&str], line: u32) {
    let name = words.get(1).copied().unwrap_or_default();
    if let Some(c) = policy.connection(name, line) {
        c.version = Some(Lined {
            value: Version::V2,
            line,
        });
        // Certificates or public keys unless said otherwise (iked.conf(5), ikeauth).
        let auth = Some(Lined {
            value: Auth::Certificate,
            line,
        });
        (c.local_auth, c.remote_auth) = (auth.clone(), auth);
        // Passive if nothing is said.
        c.begins = Some(false);
        c.children.push(Child {
            mode: Some(Lined {
                value: Mode::Tunnel,
                line,
            }),
            ..Child::default()
        });
    }
}

fn statement(policy: &mut Policy, words: &[&str], line: u32) {
    let Some(c) = policy.connections.last_mut() else {
        return;
    };
    let mut suite: Option<(Purpose, Vec<&str>)> = None;
    let mut at = words.iter().copied();
    let one = |value: &str| {
        Some(Lined {
            value: vec![shown(value)],
            line,
        })
    };
    let add = |list: &mut Option<Lined<Vec<String>>>, value: &str| {
        let l = list.get_or_insert_with(|| Lined {
            value: Vec::new(),
            line,
        });
        if l.value.len() < MAX_VALUES {
            l.value.push(shown(value));
        }
    };
    while let Some(word) = at.next() {
        match word {
            "active" => c.begins = Some(true),
            "local" => c.local = at.next().and_then(one),
            "peer" => c.remote = at.next().and_then(one),
            "srcid" => {
                c.local_id = at.next().map(|v| Lined {
                    value: shown(v),
                    line,
                })
            }
            "dstid" => {
                c.remote_id = at.next().map(|v| Lined {
                    value: shown(v),
                    line,
                })
            }
            "\u{0}psk" => {
                let auth = Some(Lined {
                    value: Auth::Psk,
                    line,
                });
                (c.local_auth, c.remote_auth) = (auth.clone(), auth);
            }
            "eap" => {
                c.remote_auth = Some(Lined {
                    value: Auth::Eap,
                    line,
                })
            }
            "from" => {
                if let (Some(v), Some(child)) = (at.next(), c.children.last_mut()) {
                    add(&mut child.local, v);
                }
            }
            "to" => {
                if let (Some(v), Some(child)) = (at.next(), c.children.last_mut()) {
                    add(&mut child.remote, v);
                }
            }
            "transport" => {
                if let Some(child) = c.children.last_mut() {
                    child.mode = Some(Lined {
                        value: Mode::Transport,
                        line,
                    });
                }
            }
            "ikesa" | "childsa" => {
                finish(c, suite.take(), line);
                let purpose = if word == "ikesa" {
                    Purpose::Ike
                } else {
                    Purpose::Esp
                };
                suite = Some((purpose, Vec::new()));
            }
            "enc" | "auth" | "group" => {
                if let (Some((_, names)), Some(value)) = (&mut suite, at.next()) {
                    names.push(value);
                }
            }
            "prf" => {
                if let (Some((_, names)), Some(value)) = (&mut suite, at.next()) {
                    names.push("\u{0}prf");
                    names.push(value);
                }
            }
            "esn" | "noesn" => {
                if let Some((_, names)) = &mut suite {
                    names.push(word);
                }
            }
            _ => {}
        }
    }
    finish(c, suite, line);
}

fn finish(c: &mut super::Connection, suite: Option<(Purpose, Vec<&str>)>, line: u32) {
    let Some((purpose, words)) = suite else { return };
    let mut names: Vec<String> = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "\u{0}prf" {
            names.extend(words.next().map(|v| format!("prf-{v}")));
        } else {
            names.push(word.to_owned());
        }
    }
    let proposal = Proposal::new(purpose, names.iter().map(String::as_str), &[128, 192, 256]);
    let list = if purpose == Purpose::Ike {
        &mut c.ike
    } else if let Some(child) = c.children.last_mut() {
        &mut child.proposals
    } else {
        return;
    };
    let list = list.get_or_insert_with(|| Lined {
        value: Vec::new(),
        line,
    });
    if list.value.len() < MAX_VALUES {
        list.value.push(proposal);
    }
}
