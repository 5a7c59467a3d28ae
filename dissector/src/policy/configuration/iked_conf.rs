//! iked.conf of OpenIKED: one statement for each policy, words in any order (iked.conf(5), `parse.y`).
//!
//! A pre-shared key follows the word `psk`; it is skipped as the words are read. A policy is IKEv2 by nature.

use crate::negotiation::Version;
use crate::policy::algorithm::{Proposal, Purpose};
use crate::policy::connection::{Auth, Child, Connection, Mode};
use crate::policy::dialect::{Dialect, Proof, Secrets, Sign};
use crate::policy::file::Policy;
use crate::policy::kind::Kind;
use crate::policy::text::{MORE, continued, lines, shown};
use crate::policy::value::{add, at, listed, shared};

pub(crate) static DIALECT: Dialect = Dialect {
    kind: Kind::Named("iked.conf"),
    sign: Sign::Line(is),
    read,
    includes: true,
    endings: &["conf"],
    proof: Proof::Anybody,
    secrets: Secrets::Behind(&["psk"]),
    ..Dialect::CONFIGURATION
};

/// One of its policies.
fn is(line: &str) -> bool {
    line.starts_with("ikev2 ") || line.starts_with("ikev2\t")
}

/// Stands for a pre-shared key.
const PSK: &str = "\u{0}psk";

/// Stands for a word that is not known.
const UNKNOWN: &str = "\u{0}unknown";
/// Words of a policy that say nothing here (`parse.y`).
const OTHERS: [&str; 18] = [
    "esp",
    "ah",
    "inet",
    "inet6",
    "quick",
    "skip",
    "passive",
    "default",
    "tunnel",
    "ipcomp",
    "rsa",
    "ecdsa256",
    "ecdsa384",
    "ecdsa521",
    "rfc7427",
    "signature",
    "any",
    "dynamic",
];

/// What a line leaves to the next one.
#[derive(Default)]
struct Open {
    /// It ended with `psk`.
    psk: bool,
    /// A quote that is not closed, and that it holds a secret.
    quote: Option<(char, bool)>,
}

/// Words of a line, quotes removed; what follows `psk` is left out. In quotes of either kind a backslash takes the quote behind it
/// along, and a line's end ends nothing (`parse.y`, `yylex`).
fn words<'a>(line: &'a str, open: &mut Open) -> Vec<&'a str> {
    let mut words = Vec::new();
    let mut rest = line;
    let mut take = |word: &'a str, open: &mut Open| {
        words.push(if open.psk { PSK } else { word });
        open.psk = !open.psk && DIALECT.secrets.has(word);
    };
    loop {
        let quote = match open.quote.take() {
            Some(quote) => Some(quote),
            None => {
                rest = rest.trim_start();
                if rest.is_empty() || rest.starts_with('#') {
                    return words;
                }
                let mark = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
                rest = mark.and_then(|mark| rest.strip_prefix(mark)).unwrap_or(rest);
                mark.map(|mark| (mark, open.psk))
            }
        };
        let Some((mark, secret)) = quote else {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}'));
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let (word, after) = rest.split_at(end.map_or(rest.len(), |at| at.max(first)));
            rest = after;
            take(word, open);
            continue;
        };
        match closing(rest, mark) {
            Some(at) => {
                let (word, after) = rest.split_at(at);
                rest = after.strip_prefix(mark).unwrap_or(after);
                take(if secret { "" } else { word }, open);
            }
            None => {
                open.quote = Some((mark, secret));
                return words;
            }
        }
    }
}

/// Where a quote is closed.
fn closing(text: &str, mark: char) -> Option<usize> {
    let mut before = ' ';
    text.char_indices().find_map(|(at, c)| {
        let closes = c == mark && before != '\\';
        before = c;
        closes.then_some(at)
    })
}

fn read(policy: &mut Policy, text: &str) {
    let (mut inside, mut ours) = (false, false);
    let mut open = Open::default();
    for (number, line) in lines(text) {
        let (line, goes_on) = continued(line);
        let words = words(line, &mut open);
        if !inside {
            ours = words.first() == Some(&"ikev2");
            if ours {
                begin(policy, &words, number);
            }
        }
        if ours {
            statement(policy, &words, number);
        }
        inside = open.quote.is_some() || goes_on;
        open.psk &= inside;
    }
    if open.quote.is_some() {
        policy.note(0, "a quote is not closed");
    }
}

fn begin(policy: &mut Policy, words: &[&str], line: u32) {
    let name = words.get(1).copied().unwrap_or_default();
    if let Some(c) = policy.connection(name, line) {
        c.version = at(Version::V2, line);
        // Certificates or public keys unless said otherwise (iked.conf(5), ikeauth).
        let auth = at(Auth::Certificate, line);
        (c.local_auth, c.remote_auth) = (auth.clone(), auth);
        // Passive if nothing is said.
        c.begins = Some(false);
        c.child(Child {
            mode: at(Mode::Tunnel, line),
            ..Child::default()
        });
    }
}

fn statement(policy: &mut Policy, words: &[&str], line: u32) {
    let Some(c) = policy.latest() else {
        return;
    };
    let mut suite: Option<(Purpose, Vec<&str>)> = None;
    let mut words = words.iter().copied();
    let one = |value: &str| listed(vec![shown(value)], line);
    let name = |value: &str| shared(shown(value), line);
    let more = || MORE.to_owned();
    while let Some(word) = words.next() {
        match word {
            "active" => c.begins = Some(true),
            "local" => c.local = words.next().and_then(one),
            "peer" => c.remote = words.next().and_then(one),
            "srcid" => c.local_id = words.next().and_then(name),
            "dstid" => c.remote_id = words.next().and_then(name),
            PSK => {
                let auth = at(Auth::Psk, line);
                (c.local_auth, c.remote_auth) = (auth.clone(), auth);
            }
            "eap" => c.remote_auth = at(Auth::Eap, line),
            "from" => {
                if let (Some(v), Some(child)) = (words.next(), c.last_child()) {
                    add(&mut child.local, line, shown(v), more);
                }
            }
            "to" => {
                if let (Some(v), Some(child)) = (words.next(), c.last_child()) {
                    add(&mut child.remote, line, shown(v), more);
                }
            }
            "transport" => {
                if let Some(child) = c.last_child() {
                    child.mode = at(Mode::Transport, line);
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
                if let (Some((_, names)), Some(value)) = (&mut suite, words.next()) {
                    names.push(value);
                }
            }
            "prf" => {
                if let (Some((_, names)), Some(value)) = (&mut suite, words.next()) {
                    names.push("\u{0}prf");
                    names.push(value);
                }
            }
            "esn" | "noesn" => {
                if let Some((_, names)) = &mut suite {
                    names.push(word);
                }
            }
            "ikelifetime" | "lifetime" | "bytes" | "tag" | "tap" | "iface" | "proto" | "rdomain" | "port" => {
                words.next();
            }
            "config" | "request" => {
                words.nth(1);
            }
            // What is not understood here may be of the proposal at hand.
            _ if !OTHERS.contains(&word) => {
                if let Some((_, names)) = &mut suite {
                    names.push(UNKNOWN);
                }
            }
            _ => {}
        }
    }
    finish(c, suite, line);
}

fn finish(c: &mut Connection, suite: Option<(Purpose, Vec<&str>)>, line: u32) {
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
    let proposal = Proposal::new(purpose, names.iter().map(String::as_str), &[128, 192, 256]).complete();
    let list = if purpose == Purpose::Ike {
        &mut c.ike
    } else if let Some(child) = c.last_child() {
        &mut child.proposals
    } else {
        return;
    };
    add(list, line, proposal, || Proposal::unread(purpose));
}
