//! The steps of a redacted document are those of the plain one, once its pseudonyms are mapped back.
//!
//! Nobody keeps what a pseudonym stands for, the engine neither. So it is found out where both documents say the same: each pseudonym
//! has to stand for one value wherever a step names it, and no other pseudonym for the same one.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::Session;
use ikewhy_tests::cases::Case;
use ikewhy_tests::engine;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Kinds of names, as pseudonyms have them.
const KINDS: [&str; 4] = ["name", "NAME", "text", "file"];

/// `12:00:07` at the beginning of a text, in seconds.
fn clock(text: &str) -> Option<i64> {
    let text = text.get(..8).filter(|_| !text[8..].starts_with(':'))?;
    let parts: Vec<i64> = text.split(':').filter_map(|part| part.parse().ok()).collect();
    matches!(text.as_bytes(), [_, _, b':', _, _, b':', ..])
        .then(|| parts.iter().fold(0, |all, part| 60 * all + part))
}

/// Where a pseudonym at the beginning of a text ends: `name1`, with the sign of what it stands for (`=name1`), an address, with
/// the length of a prefix, or a time of day.
fn pseudonym(text: &str) -> Option<usize> {
    if clock(text).is_some() {
        return Some(8);
    }
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let bare = text.trim_start_matches(['=', '*', '%']);
    let sign = text.len() - bare.len();
    let number = KINDS.iter().find_map(|kind| bare.strip_prefix(kind)).map(digits);
    if let Some(number) = number.filter(|number| *number > 0 && sign < 2) {
        return Some(sign + 4 + number);
    }
    let address = text
        .find(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
        .unwrap_or(text.len());
    let address = text[..address].trim_end_matches(['.', ':']);
    address.parse::<IpAddr>().ok()?;
    let behind = &text[address.len()..];
    let length = behind.strip_prefix('/').map_or(0, digits);
    Some(address.len() + if length > 0 { 1 + length } else { 0 })
}

/// What pseudonyms stand for.
type Known = BTreeMap<String, String>;

/// Maps a text back, if it says the same as the plain one: what its pseudonyms stand for, with what is known already.
fn back(redacted: &str, plain: &str, known: &Known) -> Option<Known> {
    let mut known = known.clone();
    let mut rest = redacted;
    let mut plain = plain;
    let mut begins = true;
    while let Some(c) = rest.chars().next() {
        let end = pseudonym(rest).filter(|_| begins);
        begins = !c.is_alphanumeric();
        let Some(end) = end else {
            plain = plain.strip_prefix(c)?;
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let (token, behind) = rest.split_at(end);
        if let Some(value) = known.get(token)
            && let Some(plain) = plain.strip_prefix(value.as_str())
            && let Some(known) = back(behind, plain, &known)
        {
            return Some(known);
        }
        // Another spelling has one pseudonym with all others.
        if known.contains_key(token) && !token.contains("NAME") {
            return None;
        }
        let ends = plain.char_indices().map(|(at, c)| at + c.len_utf8());
        return ends.into_iter().find_map(|end| {
            known.insert(token.to_owned(), plain[..end].to_owned());
            back(behind, &plain[end..], &known)
        });
    }
    plain.is_empty().then_some(known)
}

/// All texts of a step, each with what it is.
fn texts(step: &Value) -> Vec<(&str, &str)> {
    let fields = step.as_object().expect("a step").iter();
    fields
        .flat_map(|(name, value)| {
            let list = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            list.iter()
                .filter_map(|text| Some((name.as_str(), text.as_str()?)))
        })
        .collect()
}

/// What is wrong with the steps of a redacted document.
fn compare(session: &mut Session) -> Vec<String> {
    let mut document = |redact| -> Value {
        let text = session.write(&Wanted {
            form: Form::Json,
            redact,
            ..Wanted::default()
        });
        serde_json::from_str(&text).expect("JSON")
    };
    let documents = [document(false), document(true)];
    let [plain, redacted] = documents.each_ref().map(|document| {
        let all = document["negotiations"].as_array().expect("negotiations").iter();
        let findings = all.flat_map(|n| n["notes"].as_array().into_iter().flatten().chain([&n["verdict"]]));
        let steps = findings.flat_map(|finding| finding["steps"].as_array().expect("steps"));
        steps.flat_map(texts).collect::<Vec<_>>()
    });
    let mut complaints = Vec::new();
    if plain.len() != redacted.len() {
        complaints.push(format!("{plain:?} became {redacted:?}"));
    }
    let mut known = Known::new();
    for ((name, plain), (kind, redacted)) in plain.iter().zip(&redacted) {
        match back(redacted, plain, &known) {
            Some(more) if name == kind => known = more,
            _ => complaints.push(format!(
                "{name} {plain:?} became {kind} {redacted:?}, where {known:?}"
            )),
        }
    }
    for (one, value) in &known {
        let same = known.iter().find(|(other, same)| *other > one && same == &value);
        if let Some((other, _)) = same {
            complaints.push(format!("{one} and {other} are both {value}"));
        }
    }
    // All times are moved by as much, but for parts of a second.
    let moved = known
        .iter()
        .filter_map(|(to, from)| Some((clock(from)? - clock(to)?).rem_euclid(86_400)));
    let moved: Vec<i64> = moved.collect();
    if let (Some(least), Some(most)) = (moved.iter().min(), moved.iter().max())
        && most - least > 1
    {
        complaints.push(format!("times are moved by {least} to {most} seconds"));
    }
    complaints
}

/// What is wrong with the steps of a case, with all that is known of it.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    let mut complaints = compare(&mut engine::session(&case.path, &case.tables, &case.files()));
    complaints.truncate(4);
    complaints
}

/// Texts that say something else, or mean somebody else, do not pass.
pub(crate) fn other_texts_are_found() {
    let same = |redacted: &[&str], plain: &[&str]| {
        let mut known = Some(Known::new());
        for (redacted, plain) in redacted.iter().zip(plain) {
            known = known.and_then(|known| back(redacted, plain, &known));
        }
        known.is_some()
    };
    let redacted = ["set name1 to @name2 (10.0.0.1)", "name1", "10.0.0.0/16"];
    assert!(same(
        &redacted,
        &["set lab to @moon.example (10.1.7.9)", "lab", "10.1.0.0/16"]
    ));
    assert!(!same(&redacted, &["set lab to @moon.example (10.1.7.9)", "home"]));
    assert!(!same(&redacted, &["unset lab to @moon.example (10.1.7.9)"]));
    assert!(!same(&redacted, &["set lab to @moon.example (10.1.7.9) now"]));
    assert!(!same(&["aes256"], &["aes128"]));
    assert!(same(
        &["at 00:00:01 UTC", "00:00:01"],
        &["at 12:00:08 UTC", "12:00:08"]
    ));
    assert!(!same(
        &["at 00:00:01 UTC", "00:00:01"],
        &["at 12:00:08 UTC", "12:00:09"]
    ));
}
