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
        .or_else(|| named_in(text))
        .or_else(|| gave_up(text))
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
    let words = words.flat_map(in_words);
    words.filter(|word| word.contains(['_', '-']) && is_notification(word))
}

/// Words, in which names are whole: `NO_PROPOSAL_CHOSEN`, `NO-PROPOSAL-CHOSEN`.
fn in_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
}

/// strongSwan's short names, as in `parsed IKE_SA_INIT response 0 [ N(NO_PROP) ]` (`notify_payload.c`).
const SHORT: [(&str, &str); 5] = [
    ("NO_PROP", "NO_PROPOSAL_CHOSEN"),
    ("AUTH_FAILED", "AUTHENTICATION_FAILED"),
    ("TS_UNACCEPT", "TS_UNACCEPTABLE"),
    ("INVAL_KE", "INVALID_KE_PAYLOAD"),
    ("INVAL_ID", "INVALID_ID_INFORMATION"),
];

/// A text that names a notification in capitals: `received NO_PROPOSAL_CHOSEN notify error`.
fn named_in(text: &str) -> Option<String> {
    let is_name = |word: &&str| word.contains(['_', '-']) && !word.contains(|c: char| c.is_ascii_lowercase());
    in_words(text).filter(is_name).find_map(notification)
}

/// Words of daemons that gave up: charon's `task_manager.c`, racoon's `isakmp.c`, pluto's `retransmit.c`; Cisco's reason. They say that
/// an answer did not come, and not to what.
const GAVE_UP: [&str; 6] = [
    "giving up after ",
    "negotiation failed due to time up",
    "max number of retransmissions",
    "peer not responding",
    "death by retransmission",
    "retransmit",
];

/// What silence may come to: of the first message, at the change of ports, of a large message, at any other step.
fn gave_up(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let says = GAVE_UP.iter().any(|words| text.contains(words));
    let causes = [
        RuleId::NoResponse,
        RuleId::Port4500Blocked,
        RuleId::FragmentsLost,
        RuleId::Stalled,
        RuleId::ReturnPathBlocked,
    ];
    says.then(|| {
        told(
            "An answer did not come. Which message it was to, the lines before say, and a capture.",
            "What it may be, in the order in which a negotiation goes",
            &causes,
        )
    })
}

/// It names a notification of either version.
fn is_notification(name: &str) -> bool {
    [Registry::V2Notify, Registry::V1Notify]
        .into_iter()
        .any(|registry| code::number_of(registry, name).is_some())
}

/// What the errors that people meet most come to, before what else has them: first what fails at the step that has that error
/// (RFC 7296 2.21, RFC 2409 5), as the rules weigh it where the packets leave it open.
const MEANT: [(&str, &[RuleId]); 4] = [
    (
        "NO_PROPOSAL_CHOSEN",
        &[
            RuleId::IkeProposalMismatch,
            RuleId::NoMatchingConnection,
            RuleId::ChildProposalMismatch,
            RuleId::PfsMismatch,
            RuleId::VersionMismatch,
        ],
    ),
    (
        "AUTHENTICATION_FAILED",
        &[
            RuleId::PskMismatch,
            RuleId::IdentityRejected,
            RuleId::CertificateRejected,
            RuleId::AuthMethodMismatch,
            RuleId::EapFailed,
        ],
    ),
    (
        "TS_UNACCEPTABLE",
        &[RuleId::SelectorMismatch, RuleId::EncapsulationMismatch],
    ),
    (
        "INVALID_ID_INFORMATION",
        &[
            RuleId::SelectorMismatch,
            RuleId::IdentityRejected,
            RuleId::EncapsulationMismatch,
        ],
    ),
];

/// `NO_PROPOSAL_CHOSEN`, `no-proposal-chosen`, `14`.
fn notification(text: &str) -> Option<String> {
    let joined = text.replace(['-', ' '], "_").to_uppercase();
    let names: Vec<String> = match text.parse::<u32>() {
        Ok(number) => [Registry::V2Notify, Registry::V1Notify]
            .into_iter()
            .filter_map(|registry| code::name(registry, number))
            .map(|name| name.replace('-', "_"))
            .collect(),
        Err(_) => {
            let short = SHORT.iter().find(|(short, _)| *short == joined);
            vec![short.map_or(joined, |(_, whole)| (*whole).to_owned())]
        }
    };
    let known = names.iter().find(|name| is_notification(name))?;
    let same = |told: &str| names.iter().any(|name| *name == told.replace('-', "_"));
    let speaks = |rule: &&'static Rule| names_in(rule).any(same);
    let meant = MEANT
        .iter()
        .find(|(name, _)| name == known)
        .map_or(&[][..], |(_, ids)| *ids);
    let mut diagnoses = meant.to_vec();
    for rule in RULES.iter().copied().filter(speaks) {
        if !diagnoses.contains(&rule.id) {
            diagnoses.push(rule.id);
        }
    }
    if diagnoses.is_empty() {
        return None;
    }
    let head = format!(
        "{known} is a notification of IKE: it says that something was refused or is wished, and seldom why."
    );
    let order = match meant {
        [] => "What it may be, in the order in which a negotiation goes",
        _ => "What it may be, likeliest first",
    };
    Some(told(&head, order, &diagnoses))
}

/// A line of a log that is read, or the words of one without what stands before them.
fn log_line(text: &str) -> Option<String> {
    let says = |policy: &policy::Policy| policy.entries.iter().map(|entry| entry.cause).find_map(means);
    let whole = policy::read("pasted.log", text, None);
    let bare = || {
        let logs = policy::kinds()
            .enumerate()
            .filter(|(_, kind)| matches!(kind, policy::Kind::Log(_)));
        let read = |(number, _)| policy::read_as(number, "pasted.log", text);
        logs.filter_map(read).find(|policy| says(policy).is_some())
    };
    let policy = if says(&whole).is_some() { whole } else { bare()? };
    let head = format!("Such a line is in {}.", policy.kind.name());
    Some(told(&head, "What it says", &[says(&policy)?]))
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
        assert_eq!(first("24"), "psk-mismatch");
        assert_eq!(
            first("Jan  1 12:00:07 15[IKE] traffic selectors 172.16.77.0/24 === 172.16.1.0/24 unacceptable"),
            "selector-mismatch"
        );
        for (text, id) in [
            ("received NO_PROPOSAL_CHOSEN notify error", first("14")),
            ("parsed IKE_SA_INIT response 0 [ N(NO_PROP) ]", first("14")),
            ("N(AUTH_FAILED)", first("24")),
            ("INVALID-ID-INFORMATION", first("INVALID_ID_INFORMATION")),
            ("no shared key found for 'a' - 'b'", "psk-missing".to_owned()),
            (
                "no acceptable Proposal in IPsec SA",
                "child-proposal-mismatch".to_owned(),
            ),
            ("giving up after 5 retransmits", "no-response".to_owned()),
            (
                "ERROR: phase1 negotiation failed due to time up",
                "no-response".to_owned(),
            ),
        ] {
            assert_eq!(first(text), id, "{text}");
        }
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
