//! Settings by the words of their path, as routers that grew out of one another write them: `set vpn ipsec ike-group a ...` as commands, or
//! the same words as sections in braces.

use super::bounds::MAX_VALUES;
use super::dialect::Secrets;
use super::file::Policy;
use super::text::lines;

/// The most words of a path.
const MAX_DEPTH: usize = 16;

/// The words of a line without quotes, brackets and what ends it; what follows a word for a secret is left out.
fn words<'a>(line: &'a str, secrets: &Secrets) -> Vec<&'a str> {
    let mut out = Vec::new();
    // What Junos adds for whoever reads it: `## SECRET-DATA`.
    let line = line.split(" ##").next().unwrap_or_default();
    for word in line.split_whitespace().take(MAX_DEPTH + MAX_VALUES) {
        let word = word.trim_matches(['\'', '"', '[', ']', ';']);
        if word.is_empty() {
            continue;
        }
        out.push(word);
        if secrets.has(word) {
            break;
        }
    }
    out
}

/// Calls `take` with the line and the words of each setting, and of each section where it opens. `None`, and a note, if sections stand too
/// deep in each other: of what was read so far nothing is to be concluded.
pub(super) fn settings<'a>(
    policy: &mut Policy,
    text: &'a str,
    secrets: &Secrets,
    mut take: impl FnMut(u32, &[&'a str]),
) -> Option<()> {
    let mut path: Vec<Vec<&str>> = Vec::new();
    for (number, line) in lines(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '/']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix("set ") {
            take(number, &words(rest, secrets));
        } else if let Some(name) = line.strip_suffix('{') {
            path.push(words(name, secrets));
            if path.len() > MAX_DEPTH {
                policy.note(
                    number,
                    "sections stand too deep in each other: what follows is not read",
                );
                return None;
            }
            take(number, &path.concat());
        } else if line.starts_with('}') {
            path.pop();
        } else {
            take(number, &[path.concat(), words(line, secrets)].concat());
        }
    }
    Some(())
}
