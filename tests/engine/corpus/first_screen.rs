//! What a packet's tree shows at once: the cause in one line, what to change, how to confirm it, in few words and without an id.

use ikewhy::report::field::FieldId;
use ikewhy::report::item::{Item, Look};
use ikewhy::rules::RULES;
use ikewhy::session::Pass;
use ikewhy_tests::cases::{Case, is_failure};
use ikewhy_tests::engine;
use std::net::IpAddr;
use std::path::PathBuf;

/// The most characters of the cause, an address counted as 15.
const CAUSE: usize = 120;
/// The most words of it all, without what is to be typed or chosen.
const WORDS: usize = 90;
/// What lines begin with that are to be typed or chosen.
const TYPED: [&str; 5] = [
    "To type or choose: ",
    "For example ",
    "In ",
    "Setting: ",
    "Windows: ",
];

/// Characters, where each address counts as 15.
fn length(text: &str) -> usize {
    let word = |word: &str| {
        let bare = word
            .trim_end_matches(['.', ',', ';', ':', ')'])
            .trim_end_matches("'s");
        let bare = bare.trim_start_matches('(');
        let counted = if bare.parse::<IpAddr>().is_ok() {
            15
        } else {
            bare.chars().count()
        };
        counted + word.chars().count() - bare.chars().count()
    };
    text.split(' ').map(|part| word(part) + 1).sum::<usize>() - 1
}

/// What is read at once on the deciding packet: the lines down to how to confirm, without those that are typed.
fn screen(items: &[Item]) -> Vec<&str> {
    let verdict = items.iter().position(|item| item.field == FieldId::Verdict);
    let seen = items[..verdict.unwrap_or(items.len())].iter();
    let seen = seen.filter(|item| item.depth < 2 && item.look != Look::Hidden);
    // A line that is typed may be broken; those that go on with it stand deeper than a sentence begins.
    let mut typed = false;
    let labels = seen.filter_map(|item| {
        let label = item.label.as_deref().unwrap_or_default().trim_start();
        let begins = TYPED.iter().any(|mark| label.starts_with(mark));
        typed = item.field == FieldId::Line && (typed || begins);
        (!typed).then_some(label)
    });
    labels.collect()
}

/// What is not as a reader needs it, without keys, with them, and with the peers' files.
pub(crate) fn complaints(case: &Case) -> Vec<String> {
    let files = case.files();
    let ways: [(&[PathBuf], &[PathBuf]); 3] = [(&[], &[]), (&case.tables, &[]), (&[], &files)];
    let mut complaints = Vec::new();
    for (tables, files) in ways {
        let mut session = engine::session(&case.path, tables, files);
        let streams = u32::try_from(session.tracker().negotiations().len()).expect("few");
        for stream in 0..streams {
            let judgement = session.judgement(stream).expect("a judgement");
            let verdict = judgement
                .verdict(&session.case(stream).expect("a case"))
                .into_owned();
            let items = session.items(verdict.frame, Pass::Again);
            let screen = screen(&items);
            let Some(cause) = screen
                .first()
                .and_then(|first| first.strip_prefix("IKE diagnosis: "))
            else {
                complaints.push(format!("negotiation {stream}: no cause: {screen:?}"));
                continue;
            };
            if length(cause) > CAUSE {
                complaints.push(format!(
                    "negotiation {stream}: a cause of {} characters: {cause}",
                    length(cause)
                ));
            }
            if is_failure(verdict.rule.id.name()) {
                let title = verdict.rule.title;
                // Before what a file says stands the title alone.
                if cause.trim_end_matches('.') == title && !verdict.summary.starts_with(title) {
                    complaints.push(format!(
                        "negotiation {stream}: no part of this is short enough to stand alone: {}",
                        verdict.summary
                    ));
                }
                let words: usize = screen.iter().map(|line| line.split_whitespace().count()).sum();
                if words > WORDS {
                    complaints.push(format!(
                        "negotiation {stream}: {words} words: {}",
                        screen.join(" | ")
                    ));
                }
                if !screen.iter().any(|line| line.starts_with("What to change: ")) {
                    complaints.push(format!("negotiation {stream}: no step: {screen:?}"));
                }
            }
            // An id of several words is none of the language's.
            let ids = RULES
                .iter()
                .map(|rule| rule.id.name())
                .filter(|id| id.contains('-'));
            for id in ids.filter(|id| screen.iter().any(|line| line.contains(id))) {
                complaints.push(format!(
                    "negotiation {stream}: {id} where its title belongs: {}",
                    screen.join(" | ")
                ));
            }
        }
    }
    complaints
}
