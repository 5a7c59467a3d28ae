//! Where a line of a log ends if it may hold a secret.
//!
//! Decisive lines speak of keys and passwords and have none, but products differ, and so do plugins and scripts that write into
//! the same log. So a line is shown up to the first word for a secret, unless what follows is a sentence about it: known words,
//! and no sign that a value follows.

use super::bounds::MAX_VALUE;
use super::text::{self, head, shown};
use aho_corasick::{AhoCorasick, Input};
use std::cmp::Reverse;
use std::sync::OnceLock;

/// Words for a secret, wherever they stand.
const STRONG: [&str; 15] = [
    "pskey",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "secret",
    "psk",
    "preshared",
    "pre-shared",
    "pre_shared",
    "pwd",
    "credential",
    "community",
];

/// What may go on with such a word.
const MORE: [&str; 6] = ["key", "-key", "_key", "secret", "-secret", "_secret"];

/// No word of both lists has more letters.
const LONGEST: usize = 10;

/// No sentence has more such words.
const MAX_WORDS: usize = 8;

/// Words for a secret if they stand alone, or a sign of a value follows at once.
const WEAK: [&str; 7] = ["pass", "pin", "key", "keys", "pw", "token", "otp"];

/// What follows a word for a secret in a sentence about it.
const SENTENCE: [&str; 87] = [
    "and",
    "or",
    "but",
    "than",
    "that",
    "this",
    "which",
    "if",
    "after",
    "before",
    "for",
    "of",
    "in",
    "on",
    "from",
    "with",
    "by",
    "the",
    "not",
    "no",
    "does",
    "did",
    "do",
    "has",
    "have",
    "had",
    "will",
    "cannot",
    "could",
    "should",
    "must",
    "may",
    "using",
    "used",
    "use",
    "found",
    "missing",
    "mismatch",
    "mismatched",
    "mismatches",
    "disabled",
    "enabled",
    "required",
    "configured",
    "defined",
    "known",
    "unknown",
    "failed",
    "failure",
    "failing",
    "invalid",
    "wrong",
    "incorrect",
    "error",
    "expired",
    "rejected",
    "accepted",
    "refused",
    "changed",
    "differ",
    "differs",
    "lookup",
    "check",
    "try",
    "authentication",
    "auth",
    "exchange",
    "length",
    "payload",
    "method",
    "methods",
    "material",
    "derivation",
    "management",
    "size",
    "bits",
    "usage",
    "identifier",
    "group",
    "algorithm",
    "negotiation",
    "agreement",
    "key",
    "keys",
    "secret",
    "secrets",
    "psk",
];

/// What may stand between, and says nothing of what follows.
const BETWEEN: [&str; 10] = ["is", "was", "are", "were", "be", "been", "set", "to", "as", "at"];

/// Text of a line as it may be shown: short, escaped, and without what may be a secret.
pub(super) fn cleaned(text: &str) -> String {
    let text = text.trim();
    // More than that is not shown; what is cut off is said.
    let whole = head(text, 4 * MAX_VALUE);
    let clean = without(whole);
    let mut shown = shown(clean);
    if clean.len() < text.len() && !shown.ends_with(text::MORE) {
        shown.push_str(text::MORE);
    }
    shown
}

/// All words at once, the strong ones first.
fn words() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = || AhoCorasick::new(STRONG.iter().chain(&WEAK)).ok();
    WORDS.get_or_init(words).as_ref()
}

/// A line up to where a secret may stand.
pub(crate) fn without(text: &str) -> &str {
    let Some(words) = words() else {
        return "";
    };
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    for _ in 0..MAX_WORDS {
        let Some((_, end)) = word(words, &lower, from) else {
            return text;
        };
        from = end;
        if value_follows(&lower, end) {
            break;
        }
    }
    text.get(..from).unwrap_or_default()
}

fn is_letter(c: u8) -> bool {
    c.is_ascii_alphanumeric()
}

/// The next word for a secret: where it begins and ends.
fn word(words: &AhoCorasick, text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let letter = |at: usize| bytes.get(at).copied().is_some_and(is_letter);
    let strong = |mut end: usize| {
        // `presharedkey`, `psk-secrets`: one word.
        while let Some(more) = MORE
            .iter()
            .find(|more| text.get(end..).is_some_and(|rest| rest.starts_with(**more)))
        {
            end += more.len();
        }
        end + usize::from(bytes.get(end) == Some(&b's') && !letter(end + 1))
    };
    let weak = |begin: usize, end: usize| {
        let alone = begin.checked_sub(1).is_none_or(|before| !letter(before));
        let sign = bytes.get(end).is_some_and(|c| matches!(c, b':' | b'=' | b'"'));
        !letter(end) && (alone || sign)
    };
    // The first one, and of those that begin there the longest. They are found in the order of their ends.
    let mut first: Option<(usize, usize)> = None;
    text.get(from..)?;
    for found in words.find_overlapping_iter(Input::new(text).range(from..)) {
        let (begin, end) = (found.start(), found.end());
        if first.is_some_and(|(at, _)| end > at + LONGEST) {
            break;
        }
        let end = if found.pattern().as_usize() < STRONG.len() {
            strong(end)
        } else if weak(begin, end) {
            end
        } else {
            continue;
        };
        if first.is_none_or(|(at, before)| (begin, Reverse(end)) < (at, Reverse(before))) {
            first = Some((begin, end));
        }
    }
    first
}

/// Behind the word that ends here stands a value, or what may be one.
fn value_follows(text: &str, end: usize) -> bool {
    let mut rest = text.get(end..).unwrap_or_default();
    loop {
        let next = rest.find(|c: char| c.is_alphanumeric()).unwrap_or(rest.len());
        let (signs, tail) = rest.split_at(next);
        if tail.is_empty() {
            return false;
        }
        // `(mismatch of preshared secrets?): malformed payload in packet`
        let ended = signs.contains("?)");
        if !ended
            && signs.contains(|c: char| !matches!(c, ' ' | '\t' | '-' | '_' | ',' | '.' | ';' | ')' | '!'))
        {
            return true;
        }
        let length = tail
            .find(|c: char| !c.is_alphanumeric() && c != '\'')
            .unwrap_or(tail.len());
        let (token, after) = tail.split_at(length);
        if BETWEEN.contains(&token) {
            rest = after;
            continue;
        }
        return !ended && (!SENTENCE.contains(&token) || assigns(after));
    }
}

/// Further on in a sentence about a secret a value may stand all the same: `psk for 192.0.2.10: VALUE`. Quoted names and
/// distinguished names have signs of their own.
fn assigns(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut quoted = false;
    for (at, c) in text.bytes().enumerate() {
        let next = bytes.get(at + 1).copied();
        match c {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b':' if next.is_none_or(|c| c.is_ascii_whitespace())
                && !text.get(..at).unwrap_or_default().ends_with("?)") =>
            {
                return next.is_some();
            }
            b'"' | b'`' => return true,
            b'=' => {
                let name = text.get(..at).unwrap_or_default();
                let name = name
                    .rsplit(|c: char| !c.is_alphanumeric())
                    .next()
                    .unwrap_or_default();
                if !matches!(
                    name,
                    "c" | "cn" | "o" | "ou" | "l" | "st" | "dc" | "e" | "sn" | "emailaddress"
                ) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_longer_than_is_looked_for() {
        assert!(words().is_some() && STRONG.iter().chain(&WEAK).all(|word| word.len() <= LONGEST));
    }

    #[test]
    fn no_value_is_left_whatever_leads_to_it() {
        for line in [
            "password: X",
            "password=X",
            "password X",
            "password is X",
            "Password : 'X'",
            "passwd=X",
            "pass=X",
            "pwd=X",
            "psk: X",
            "psk X",
            "psk for 192.0.2.10: X",
            "PSK=0xX",
            "pre-shared key: X",
            "pre-shared-key X",
            "presharedkey=X",
            "pre_shared_key = X",
            "secret \"X\"",
            "secret 'aa\\' X'",
            "shared secret is X",
            "key 0 X",
            "key => X",
            "sharedKey=X",
            "authpass=X",
            "PIN 1X",
            "pin=X",
            "community X",
            "token: X",
            "{\"password\":\"X\"}",
            "{\"psk\": \"aa\\\" X\"}",
            "<password>X</password>",
            "<pre-shared-key>X</pre-shared-key>",
            "user bob pass X",
            "credentials bob/X",
            "passphrase=[X]",
            "psksecret ENC X",
            "password set to X",
            "psk-X",
            "secrets: bob : PSK \"X\"",
            "login failed (password X)",
            "pw:X",
            "--psk=X",
            "PASSWORD\tX",
            "no shared key found for 'a' - 'b' secret: X",
            "no shared key found for 192.0.2.10: X",
            "psk,X",
            "passcode;X",
        ] {
            let line = format!("13[IKE] no shared key found for 'a' - 'b', {line}");
            let shown = without(&line);
            assert!(!shown.contains('X') && shown.len() > 8, "{line}: {shown}");
        }
    }

    #[test]
    fn sentences_about_keys_stay_whole() {
        for line in [
            "no shared key found for '192.0.2.10' - 'C=CH, CN=gw.example.org'",
            "tried 1 shared key for 'a' - 'b', but MAC mismatched",
            "Aggressive Mode PSK disabled for security reasons",
            "found 1 matching config, but none allows pre-shared key authentication using Main Mode",
            "constraint requires public key authentication, but pre-shared key was used",
            "probable authentication failure (mismatch of preshared secrets?): malformed payload in packet",
            "couldn't find the pskey for 192.0.2.10.",
            "couldn't find the proper pskey, try to get one by the peer's address.",
            "parsing packet failed, possible cause: wrong password",
            "Group 192.0.2.10 not found and BASE GROUP default preshared key not configured",
            "Remote peer has failed user authentication - check configured username and password",
            "ISAKMP:(0):No pre-shared key with 192.0.2.10!",
            "low key length proposed, mine:256 peer:128.",
            "ike 0:vpn:1: probable pre-shared secret mismatch",
            "no trusted RSA public key found for 'gw'",
        ] {
            assert_eq!(without(line), line);
        }
    }
}
