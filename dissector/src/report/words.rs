//! Words of reports alone: other verdicts, where something is explained, the peers' files.

use std::net::IpAddr;

pub use crate::diagnosis::words::*;
use crate::diagnosis::{Case, Finding, RuleId, Step};
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

/// A step in the sentence that is read, and what of it is typed or chosen, which stands in a line of its own.
#[must_use]
pub fn parted(step: &Step) -> (String, Option<String>) {
    // What is set is a line to type.
    let set = |text: String, line: &String| text.replace(&format!(" Set {line}."), "");
    let text = step.lines.iter().fold(step.text.clone(), set);
    let named = step.product.map(|product| format!(" In {product}: "));
    let begins = named
        .iter()
        .map(String::as_str)
        .chain([" For example ", " Setting: ", " Windows: "])
        .filter_map(|mark| text.find(mark))
        .filter(|&at| text.get(..at).is_some_and(|sentence| sentence.ends_with('.')))
        .min();
    let Some((sentence, typed)) = begins.map(|at| text.split_at(at)) else {
        return (text, None);
    };
    let typed = typed.trim_start();
    // What it means for security is a sentence again.
    match typed.find(". That is ") {
        Some(at) => {
            let (typed, meaning) = typed.split_at(at + 1);
            (format!("{sentence}{meaning}"), Some(typed.to_owned()))
        }
        None => (sentence.to_owned(), Some(typed.to_owned())),
    }
}

/// How to confirm a verdict: what to look at first, the rest of it, and what is typed for it: a command, or the filter of a capture.
#[must_use]
pub fn confirm(ways: &[String]) -> (String, String, Option<String>) {
    let quoted = format!("\"{CAPTURE_FILTER}\"");
    let filtered = ways.iter().any(|way| way.contains(&quoted));
    let below = |way: &String| {
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
