//! `--fail-on`: which negotiations count as failures.

use ikewhy::diagnosis::{RuleId, Stage};

use crate::row::Row;
use crate::trouble::{Trouble, shown};

/// The stages at which something can fail.
const STAGES: [Stage; 7] = [
    Stage::Contact,
    Stage::IkeSa,
    Stage::Auth,
    Stage::ChildSa,
    Stage::Rekey,
    Stage::Esp,
    Stage::L2tp,
];

/// What counts.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct FailOn {
    diagnoses: Vec<&'static str>,
    stages: Vec<&'static str>,
    confidence: f64,
    never: bool,
}

impl FailOn {
    /// Reads words separated by commas.
    pub(crate) fn parse(words: &str) -> Result<Self, Trouble> {
        let mut fail_on = Self::default();
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let stage = STAGES.iter().map(|stage| stage.name()).find(|name| *name == word);
            if word == "never" {
                fail_on.never = true;
            } else if let Some(id) = RuleId::named(word) {
                fail_on.diagnoses.push(id.name());
            } else if let Some(stage) = stage {
                fail_on.stages.push(stage);
            } else if let Some(confidence) = confidence(word) {
                fail_on.confidence = confidence;
            } else {
                return Err(Trouble::Said(format!(
                    "--fail-on: {} is no diagnosis, no stage ({}), no confidence from 0 to 1 and not `never`",
                    shown(word),
                    STAGES.map(Stage::name).join(", ")
                )));
            }
        }
        Ok(fail_on)
    }

    pub(crate) fn counts(&self, row: &Row) -> bool {
        let verdict = &row.verdict;
        let named = self.diagnoses.contains(&&*verdict.id);
        let all = self.diagnoses.is_empty() && self.stages.is_empty();
        let meant = named || all || self.stages.contains(&&*verdict.stage);
        meant && !self.never && verdict.confidence >= self.confidence && (named || row.state == "failed")
    }
}

/// A number from 0 to 1, written in digits and a point alone: not `nan`, not `1e-1`.
fn confidence(word: &str) -> Option<f64> {
    let plain = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = word.parse().ok().filter(|_| plain && !word.ends_with('.'))?;
    (0.0..=1.0).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_refused() {
        for word in [
            "nan", "inf", "-inf", "-1", "-0.1", "1.01", "2", "1e-1", "0x1", "0_1", "\u{661}", "0.5x",
            "auth,nan", "nonsense", ".", "1.", "+1",
        ] {
            assert!(FailOn::parse(word).is_err(), "{word}");
        }
        for (word, expected) in [
            ("0", 0.0),
            ("1", 1.0),
            (".5", 0.5),
            ("0.5,auth", 0.5),
            (" 0.92 ,", 0.92),
        ] {
            assert_eq!(FailOn::parse(word).unwrap().confidence, expected, "{word}");
        }
    }
}
