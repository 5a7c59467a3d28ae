//! What came of the advice: the table of `make advice`, by verdict.

use super::table::table;
use crate::advice::{self, NOTHING, Row};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The section of the document.
pub(super) fn section() -> String {
    let all = advice::table();
    let made: Vec<&Row> = all.iter().filter(|row| row.result != NOTHING).collect();
    let up = |row: &&&Row| row.result == "up";
    let mut text = format!(
        "\n## Does the advice work?\n\n`make advice` gives ikewhy the configurations and logs of both sides, makes the change of the first \
         step in the lab's daemons, and runs the case again (captures/advice.tsv). {} of {} came up. A step is made where it names a line \
         of a configuration and its new value. A key, a certificate, a password or a service stands in no line: where the step is on the \
         side that is wrong and about what is wrong there, the case is run with the value that its scenario.toml has. The others have \
         nothing to make: a filter, a host that is down, a recorded client.\n\n",
        made.iter().filter(up).count(),
        made.len()
    );
    let mut by_verdict: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for row in &all {
        let counts = by_verdict.entry(&row.verdict).or_default();
        counts[0] += 1;
        counts[1] += usize::from(row.result != NOTHING);
        counts[2] += usize::from(row.result == "up");
    }
    let rows: Vec<Vec<String>> = by_verdict
        .iter()
        .filter(|(_, counts)| counts[1] > 0)
        .map(|(verdict, counts)| {
            let mut cells = vec![(*verdict).to_owned()];
            cells.extend(counts.iter().map(usize::to_string));
            cells
        })
        .collect();
    text += &table(&["verdict", "cases", "with a change to make", "came up"], &rows);
    text += "\nNot up after the first step:\n\n";
    for row in made.iter().filter(|row| row.result != "up") {
        let _ = writeln!(text, "- {}: {}", row.case, row.result);
    }
    text
}
