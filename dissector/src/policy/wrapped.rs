//! Logs of which each line is an object of JSON, as daemons, journals and containers write them -> the lines as they were logged.
//!
//! strongSwan's filelog with `json = yes` (6.0, `file_logger.c`), `journalctl -o json` (systemd.journal-fields(7)), Docker's json-file,
//! exports with a time and a message. Lines keep their numbers.

use super::text::closing;
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// So many lines at the beginning tell what a text is.
const BEGINNING: usize = 8;
/// The most members of an object that are looked at. A journal has some thirty.
const MEMBERS: usize = 64;

/// What members are called that hold a time, and those that hold what was logged, the first of them first.
const TIMES: [&str; 6] = [
    "_SOURCE_REALTIME_TIMESTAMP",
    "__REALTIME_TIMESTAMP",
    "time",
    "timestamp",
    "@timestamp",
    "event_timestamp",
];
const TEXTS: [&str; 6] = ["msg", "MESSAGE", "log", "message", "textPayload", "details"];

/// What is read of one object: all as it stands, so still escaped.
#[derive(Default)]
struct Line<'a> {
    time: Option<(usize, &'a str)>,
    text: Option<(usize, &'a str)>,
    thread: Option<&'a str>,
    group: Option<&'a str>,
    program: Option<&'a str>,
    /// Name and number of an IKE SA.
    name: Option<&'a str>,
    number: Option<&'a str>,
}

/// A value at the beginning of a text, and what follows it; `None` of one in brackets.
fn value(text: &str) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('"') {
        let end = closing(inner)?;
        return Some((inner.get(..end)?, inner.get(end + 1..)?));
    }
    let end = text.find([',', '}']).unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end)?;
    (!value.contains(['{', '['])).then(|| (value.trim(), rest))
}

fn line(text: &str) -> Option<Line<'_>> {
    let mut rest = text.trim().strip_prefix('{')?;
    let mut found = Line::default();
    for _ in 0..MEMBERS {
        let Some(inner) = rest.trim_start_matches([' ', '\t', ',']).strip_prefix('"') else {
            break;
        };
        let end = closing(inner)?;
        let name = inner.get(..end)?;
        let after = inner.get(end + 1..)?.trim_start().strip_prefix(':')?.trim_start();
        let Some((value, after)) = value(after) else {
            break;
        };
        rest = after;
        let best = |names: &[&str], before: Option<(usize, &'_ str)>| {
            let rank = names.iter().position(|n| *n == name)?;
            before.is_none_or(|(b, _)| rank < b).then_some(rank)
        };
        if let Some(rank) = best(&TIMES, found.time) {
            found.time = Some((rank, value));
        } else if let Some(rank) = best(&TEXTS, found.text) {
            found.text = Some((rank, value));
        }
        match name {
            "thread" | "THREAD" => found.thread = Some(value),
            "group" | "GROUP" => found.group = Some(value),
            "SYSLOG_IDENTIFIER" => found.program = Some(value),
            "ikesa-name" | "IKE_SA_NAME" => found.name = Some(value),
            "ikesa-uniqueid" | "IKE_SA_UNIQUE_ID" => found.number = Some(value),
            _ => {}
        }
    }
    found.text.is_some().then_some(found)
}

/// Puts a value behind a text, without its escapes; what would break the line becomes a blank.
fn unescaped(out: &mut String, value: &str) {
    let mut all = value.chars();
    while let Some(c) = all.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match all.next() {
            Some('n' | 'r' | 't' | 'b' | 'f') => out.push(' '),
            Some('u') => {
                let digits = all.as_str().get(..4);
                let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
                if code.is_some() {
                    all = all.as_str().get(4..).unwrap_or_default().chars();
                }
                out.push(
                    code.and_then(char::from_u32)
                        .filter(|c| !c.is_control())
                        .unwrap_or(' '),
                );
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
}

/// The lines as they were logged, if most of the first ones are objects that hold such.
pub(super) fn unwrapped(text: &str) -> Option<Zeroizing<String>> {
    let mut beginning = text.lines().filter(|l| !l.trim().is_empty()).take(BEGINNING);
    let begins = beginning.clone().any(|l| l.trim_start().starts_with("{\""));
    if !begins || !beginning.all(|l| line(l).is_some()) {
        return None;
    }
    // Allocated once, for no line becomes longer: names and signs go.
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 16));
    for (number, all) in text.lines().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let Some(found) = line(all) else {
            out.push_str(all);
            continue;
        };
        if let Some((_, time)) = found.time {
            unescaped(&mut out, time);
            out.push(' ');
        }
        match (found.group, found.thread) {
            // As strongSwan writes it without JSON.
            (Some(group), Some(thread)) => {
                let _ = write!(out, "{thread:0>2}[{group}] ");
                match (found.name, found.number) {
                    (Some(name), Some(number)) => {
                        let _ = write!(out, "<{name}|{number}> ");
                    }
                    (None, Some(number)) => {
                        let _ = write!(out, "<{number}> ");
                    }
                    _ => {}
                }
            }
            _ => {
                if let Some(program) = found.program {
                    let _ = write!(out, "{program}: ");
                }
            }
        }
        if let Some((_, said)) = found.text {
            unescaped(&mut out, said);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_the_lines_that_were_logged() {
        for (object, line) in [
            (
                r#"{"time":"2026-01-01 12:00:06","thread":7,"group":"IKE","level":1,"ikesa-uniqueid":"3","ikesa-name":"gw","msg":"no shared key found for \"x\""}"#,
                "2026-01-01 12:00:06 07[IKE] <gw|3> no shared key found for \"x\"",
            ),
            (
                r#"{"__REALTIME_TIMESTAMP":"1767268806345678","SYSLOG_IDENTIFIER":"charon-systemd","MESSAGE":"no proposal found","GROUP":"IKE","THREAD":"13"}"#,
                "1767268806345678 13[IKE] no proposal found",
            ),
            (
                r#"{"log":"07[IKE] no proposal found\n","stream":"stderr","time":"2026-01-01T12:00:06.123Z"}"#,
                "2026-01-01T12:00:06.123Z 07[IKE] no proposal found ",
            ),
        ] {
            assert_eq!(unwrapped(object).expect(object).as_str(), line);
        }
    }

    #[test]
    fn lines_keep_their_numbers_and_other_texts_are_left_alone() {
        let two = "{\"msg\":\"a\"}\n{\"msg\":\"b\\nc\"}\n";
        assert_eq!(unwrapped(two).expect("objects").as_str(), "a\nb c");
        for other in [
            "",
            "connections {\n",
            "{\"a\":1}\n",
            "{\"msg\":\"a\"}\nconn x\n",
            "{\"msg\":[1,2]}",
        ] {
            assert!(unwrapped(other).is_none(), "{other}");
        }
    }
}
