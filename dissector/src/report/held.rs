//! What people hold in place of a diagnosis: a number that Windows shows, a notification, a line of a log -> the likely diagnoses;
//! a product -> what it calls its settings.

use std::fmt::Write as _;

use super::{products, words};
use crate::diagnosis::RuleId;
use crate::policy;
use crate::rules::cookbook::{ERRORS, WindowsError};
use crate::rules::{self, RULES, Rule};
use crate::verdict::imported::means;
use crate::wire::code::{self, Registry};

/// Width of a line.
const WIDTH: usize = 100;
/// No more diagnoses are told of one thing.
const MOST: usize = 5;
/// No more of a text is looked at.
const MAX_TEXT: usize = 4096;

/// What to do to be sure.
const NEXT: &str = "To see which one it is: capture UDP 500, UDP 4500 and IP protocol 50 while the connection is tried, and open the capture \
    with ikewhy. The responder's log and configuration make the answer exact.";

/// What it says, and the likely diagnoses with what to change; `None` for what nobody knows here.
#[must_use]
pub fn explained(text: &str) -> Option<String> {
    let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(at, _)| at);
    let text = text.get(..end)?.trim();
    windows(text)
        .or_else(|| notification(text))
        .or_else(|| log_line(text))
        .or_else(|| products::one(text))
}

/// All numbers and names that have an answer, for who has to know them before.
pub fn all() -> impl Iterator<Item = String> {
    let numbers = ERRORS.iter().map(|error| error.number.to_string());
    let names = RULES.iter().flat_map(|rule| names_in(rule)).map(str::to_owned);
    let products = products::names().into_iter().map(str::to_owned);
    numbers.chain(names).chain(products)
}

/// `789`, `error 789`, `ERROR_VPN_TIMEOUT`: the first that Windows shows for a VPN connection. In a long text numbers mean other things.
fn windows(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let short = text.split_whitespace().count() <= 4;
    let of = |word: &str| -> Option<&'static WindowsError> {
        let number = word.parse::<u16>().ok().filter(|_| short);
        ERRORS
            .iter()
            .find(|e| Some(e.number) == number || e.name.eq_ignore_ascii_case(word))
    };
    let error = words.filter(|word| !word.is_empty()).find_map(of)?;
    let head = format!("Windows error {} ({}): {}", error.number, error.name, error.means);
    Some(told(&head, "What it may be, likeliest first", error.diagnoses))
}

/// The notifications that a rule's documentation speaks of.
fn names_in(rule: &'static Rule) -> impl Iterator<Item = &'static str> {
    let d = &rule.documentation;
    let words = [d.means, d.evidence, d.why].into_iter();
    let words = words.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    words.filter(|word| word.contains('_') && is_notification(word))
}

/// It names a notification of either version.
fn is_notification(name: &str) -> bool {
    [Registry::V2Notify, Registry::V1Notify]
        .into_iter()
        .any(|registry| code::number_of(registry, name).is_some())
}

/// `NO_PROPOSAL_CHOSEN`, `no-proposal-chosen`, `14`.
fn notification(text: &str) -> Option<String> {
    let joined = text.replace(['-', ' '], "_").to_uppercase();
    let names: Vec<String> = match text.parse::<u32>() {
        Ok(number) => [Registry::V2Notify, Registry::V1Notify]
            .into_iter()
            .filter_map(|registry| code::name(registry, number))
            .map(|name| name.replace('-', "_"))
            .collect(),
        Err(_) => vec![joined],
    };
    let known = names.iter().find(|name| is_notification(name))?;
    let speaks = |rule: &&'static Rule| names_in(rule).any(|told| names.iter().any(|name| name == told));
    let diagnoses: Vec<RuleId> = RULES.iter().copied().filter(speaks).map(|rule| rule.id).collect();
    if diagnoses.is_empty() {
        return None;
    }
    let head = format!(
        "{known} is a notification of IKE: it says that something was refused or is wished, and seldom why."
    );
    Some(told(
        &head,
        "What it may be, in the order in which a negotiation goes",
        &diagnoses,
    ))
}

/// A line of a log that is read.
fn log_line(text: &str) -> Option<String> {
    let policy = policy::read("pasted.log", text, None);
    let mut causes = policy.entries.iter().map(|entry| entry.cause);
    let diagnosis = causes.find_map(means)?;
    let head = format!("This is a line of {}.", policy.kind.name());
    Some(told(&head, "What it says", &[diagnosis]))
}

fn told(head: &str, order: &str, diagnoses: &[RuleId]) -> String {
    let mut out = String::new();
    let mut paragraph = |indent: &str, text: &str| {
        for line in words::wrap(text, WIDTH - indent.len()) {
            let _ = writeln!(out, "{indent}{line}");
        }
    };
    paragraph("", head);
    paragraph("", "");
    paragraph("", order);
    for (id, number) in diagnoses.iter().take(MOST).zip(1..) {
        let rule = rules::by_id(*id);
        paragraph("  ", &format!("{number}. {} ({id}).", rule.title));
        paragraph("     ", &format!("What to change: {}", rule.documentation.fix));
    }
    paragraph("", "");
    paragraph("", NEXT);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> String {
        let told = explained(text).unwrap_or_else(|| panic!("{text}: nothing"));
        let line = told.lines().find(|line| line.starts_with("  1. ")).unwrap();
        line.rsplit('(').next().unwrap().trim_end_matches(").").to_owned()
    }

    #[test]
    fn what_people_hold_is_known() {
        assert_eq!(first("789"), "psk-mismatch");
        assert_eq!(first("Error 809"), "no-response");
        assert_eq!(first("13868"), "ike-proposal-mismatch");
        assert_eq!(first("ERROR_IPSEC_IKE_AUTH_FAIL"), "certificate-rejected");
        assert_eq!(first("no-proposal-chosen"), first("NO_PROPOSAL_CHOSEN"));
        assert_eq!(first("14"), first("NO_PROPOSAL_CHOSEN"));
        assert_eq!(
            first("Jan  1 12:00:07 15[IKE] traffic selectors 172.16.77.0/24 === 172.16.1.0/24 unacceptable"),
            "selector-mismatch"
        );
        assert!(
            explained("NO_PROPOSAL_CHOSEN")
                .unwrap()
                .contains("(ike-proposal-mismatch)")
        );
    }

    #[test]
    fn what_nobody_knows_is_nothing() {
        for text in [
            "",
            "8000",
            "hello",
            "99999",
            "the tunnel is up since 789 hours and more",
            "\u{0}\u{1b}[2J",
        ] {
            assert_eq!(explained(text), None, "{text:?}");
        }
    }
}
