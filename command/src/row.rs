//! A negotiation as a row: what of its record tables and counts need.

use serde::Deserialize;

/// The columns of tables.
pub(crate) const COLUMNS: [&str; 7] = [
    "file",
    "stream",
    "peers",
    "verdict",
    "differs",
    "confidence",
    "sentence",
];

/// What is read of a record.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    stream: u32,
    initiator: Side,
    responder: Side,
    pub(crate) state: String,
    pub(crate) verdict: Verdict,
}

#[derive(Debug, Deserialize)]
struct Side {
    address: String,
}

/// What became of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) id: String,
    pub(crate) stage: String,
    pub(crate) confidence: f64,
    pub(crate) time: Option<String>,
    attributes: Vec<String>,
    summary: String,
}

impl Row {
    /// The row of a record; none if it is no record.
    pub(crate) fn of(record: &str) -> Option<Self> {
        serde_json::from_str(record).ok()
    }

    /// As the cells of [`COLUMNS`].
    pub(crate) fn cells(self, file: &str) -> [String; COLUMNS.len()] {
        let verdict = self.verdict;
        [
            file.to_owned(),
            self.stream.to_string(),
            format!("{} > {}", self.initiator.address, self.responder.address),
            verdict.id,
            verdict.attributes.join(","),
            format!("{:.2}", verdict.confidence),
            verdict.summary,
        ]
    }
}

/// A line of CSV.
pub(crate) fn csv(cells: &[impl AsRef<str>]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell_of_csv(cell.as_ref())).collect();
    cells.join(",") + "\n"
}

/// A cell that does no harm: a spreadsheet takes what begins so for a formula, unless a quote stands before it.
fn cell_of_csv(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = format!("{}{cell}", if is_formula { "'" } else { "" });
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_csv_are_no_formulas() {
        let line = csv(&["=1+1", "-2", "@sum(1)", "a,b", "say \"x\"", "plain", "+\n"]);
        assert_eq!(
            line,
            "'=1+1,'-2,'@sum(1),\"a,b\",\"say \"\"x\"\"\",plain,\"'+\n\"\n"
        );
    }
}
