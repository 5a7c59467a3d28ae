//! Words of reports alone: other verdicts, where something is explained, the peers' files.

pub use crate::diagnosis::words::*;
use crate::diagnosis::{Case, RuleId};
use crate::policy::Policy;
use crate::rules;
use crate::verdict::imported;

/// Another verdict that may be the true one: its meaning, and what to change then.
#[must_use]
pub fn alternative(id: RuleId) -> String {
    let rule = rules::by_id(id);
    format!("{id}: {}. {}", rule.title, rule.documentation.fix)
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
