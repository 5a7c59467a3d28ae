//! Words of reports alone: other verdicts, where something is explained, the peers' files.

use std::net::IpAddr;

pub use crate::diagnosis::words::*;
use crate::diagnosis::{Basis, Case, Finding, RuleId};
use crate::policy::Policy;
use crate::rules;
use crate::verdict::imported;

/// Another verdict that may be the true one: its meaning, and what to change then.
#[must_use]
pub fn alternative(id: RuleId) -> String {
    let rule = rules::by_id(id);
    format!("{} ({id}). {}", rule.title, rule.documentation.fix)
}

/// Where a diagnosis is explained.
#[must_use]
pub fn reference(id: RuleId) -> String {
    format!("tshark -z ikewhy,explain,{id}, or docs/reference.md#{id}")
}

/// The most files, and notes about all of them, that stand beside one negotiation.
const MAX_FILES: usize = 32;
const MAX_NOTES: usize = 32;

/// The files of the peers: whose each one is, and, where that is wanted, what was not understood of it, or left out.
#[must_use]
pub fn files(case: &Case<'_>, noted: bool) -> Vec<(String, Vec<String>)> {
    let all = case.policies.all().len();
    let mut left = if noted { MAX_NOTES } else { 0 };
    let one = |(policy, whose): (&Policy, String)| {
        let mut notes = file_notes(policy, left);
        let more = policy.notes.len() - notes.len() + policy.more_notes;
        left -= notes.len();
        if more > 0 && noted {
            notes.push(format!("{}: {more} more notes are left out here", policy.name));
        }
        (whose, notes)
    };
    let mut files: Vec<_> = imported::whose(case, MAX_FILES).into_iter().map(one).collect();
    if let Some(more) = all.checked_sub(files.len()).filter(|more| *more > 0) {
        files.push((format!("{more} more files, which are left out here"), Vec::new()));
    }
    files
}

fn file_notes(policy: &Policy, most: usize) -> Vec<String> {
    let line = |note: &crate::policy::Note| match note.line {
        0 => format!("{}: {}", policy.name, note.text),
        line => {
            let (name, line) = policy.place(line);
            format!("{name}, line {line}: {}", note.text)
        }
    };
    let whole = policy.notes.iter().filter(|note| note.line == 0);
    let rest = policy.notes.iter().filter(|note| note.line > 0);
    whole.chain(rest).take(most).map(line).collect()
}

/// The most characters of the cause in one line, an address counted as [`ADDRESS`].
const HEADLINE: usize = 120;
const ADDRESS: usize = 15;

/// How long a line is to who reads it, whatever addresses are in it.
fn length(text: &str) -> usize {
    let of = |word: &str| {
        // An address has two such signs at least.
        if word.bytes().filter(|c| matches!(c, b'.' | b':')).count() < 2 {
            return word.chars().count();
        }
        let bare = word
            .trim_end_matches("'s")
            .trim_matches(|c: char| !c.is_ascii_hexdigit());
        match bare.parse::<IpAddr>() {
            Ok(_) => ADDRESS + word.chars().count() - bare.chars().count(),
            Err(_) => word.chars().count(),
        }
    };
    let words = text.split(' ').map(of);
    words.map(|word| word + 1).sum::<usize>().saturating_sub(1)
}

/// A text without what stands in brackets.
fn without_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => {
                if !(matches!(c, ' ' | ',' | ';' | ':' | '.') && out.ends_with(' ')) {
                    out.push(c);
                } else if c != ' ' {
                    out.pop();
                    out.push(c);
                }
            }
            _ => {}
        }
    }
    out
}

/// The cause in one line: the verdict's sentence; where that is long, what it begins with, as far as that is a sentence of its own; or
/// else its title.
#[must_use]
pub fn headline(verdict: &Finding) -> String {
    let summary = &verdict.summary;
    if length(summary) <= HEADLINE {
        return summary.clone();
    }
    let bare = without_brackets(summary);
    if length(&bare) <= HEADLINE {
        return bare;
    }
    let ends = bare.rmatch_indices([';', ':']).map(|(at, _)| at);
    let beginnings = ends.filter_map(|at| {
        let (beginning, rest) = bare.split_at(at);
        rest.get(1..)?.starts_with(' ').then_some(beginning)
    });
    let fits = beginnings.into_iter().find(|text| length(text) < HEADLINE);
    format!("{}.", fits.unwrap_or(verdict.rule.title))
}

/// How sure a verdict is, and what that means.
#[must_use]
pub fn confidence(confidence: f64) -> String {
    if confidence >= 1.0 {
        return "1.00 (certain)".to_owned();
    }
    format!(
        "{confidence:.2} (of verdicts as sure as this, about {:.0} in 100 are right)",
        confidence * 100.0
    )
}

/// What a verdict is based on. How sure that makes it is another question: what is seen in clear may have several causes.
#[must_use]
pub fn basis(basis: Basis) -> String {
    let what = match basis {
        Basis::Observed => "what the packets show in clear",
        Basis::Decrypted => "what the packets show, decrypted with your keys",
        Basis::Inferred => "the sizes, order and timing of packets",
        Basis::Imported => "a file you gave",
        Basis::Learned => "another negotiation in this capture",
        Basis::StackDefault => "a product's default",
    };
    format!("{} ({what})", basis.name())
}

/// How to confirm a verdict: what to look at first, the rest of it, and what is typed for it: a command, or the filter of a capture.
#[must_use]
pub fn confirm(ways: &[String]) -> (String, String, Option<String>) {
    let quoted = format!("\"{CAPTURE_FILTER}\"");
    let names = |way: &String| way.contains(&quoted);
    let filtered = ways.iter().any(names);
    let below = |way: &String| {
        if !names(way) {
            return way.clone();
        }
        way.replace(&format!("the filter {quoted}"), "the filter below")
            .replace(&format!("filter {quoted}"), "the filter below")
            .replace(&quoted, "the filter below")
    };
    let mut ways = ways.iter().map(below);
    let way = ways.next().unwrap_or_default();
    let (way, command) = below_it(&way);
    let (first, more) = way.split_once(". ").unwrap_or((&way, ""));
    let more = Some(more.to_owned()).filter(|more| !more.is_empty());
    let rest: Vec<String> = more
        .into_iter()
        .chain(ways.map(|way| format!("Or {way}.")))
        .collect();
    let filter = filtered.then(|| CAPTURE_FILTER.to_owned());
    (first.to_owned(), rest.join(" "), command.or(filter))
}

/// A sentence, and its command if that is a long one, which then stands below it.
fn below_it(text: &str) -> (String, Option<String>) {
    const LONG: usize = 4;
    let command = text.split('`').skip(1).step_by(2);
    let long = command.filter(|command| command.split_whitespace().count() >= LONG);
    match long.map(str::to_owned).next() {
        Some(command) => {
            let text = text.replacen(&format!("`{command}`"), "the command below", 1);
            (text, Some(command))
        }
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_as_fifteen_characters() {
        for text in [
            "192.0.2.1 and",
            "198.51.100.200 and",
            "2001:db8:1::10 and",
            "2001:db8:1::10's",
        ] {
            let more = if text.ends_with("and") { 4 } else { 2 };
            assert_eq!(length(text), ADDRESS + more, "{text}");
        }
        assert_eq!(length("dead and beef"), 13);
        assert_eq!(length(""), 0);
    }

    #[test]
    fn brackets_leave_no_gap() {
        for (text, bare) in [
            ("No common IKE (phase 1) proposal.", "No common IKE proposal."),
            ("group differs (nearest: (group 2)).", "group differs."),
            ("peer (OpenIKED), too", "peer, too"),
            ("plain", "plain"),
        ] {
            assert_eq!(without_brackets(text), bare);
        }
    }
}
