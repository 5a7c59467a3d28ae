//! What the score has to reach, and that it gets no worse.

use super::document::{Exact, Miss, Score, Tally, count};

/// What the score has to reach.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What is asked for.
    pub what: String,
    /// What was found.
    pub found: String,
    /// It is reached.
    pub held: bool,
}

impl Tally {
    /// At least so many hundredths.
    fn reaches(hits: usize, of: usize, hundredths: usize) -> bool {
        hits * 100 >= of * hundredths
    }
}

impl Score {
    /// What this project promises of its verdicts.
    #[must_use]
    pub fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        let mut bar = |what: String, found: String, held: bool| bars.push(Bar { what, found, held });
        for column in &self.columns {
            let how = column.how();
            let (alarms, never) = (count(&column.false_alarms), count(&column.never));
            bar(format!("false alarms, {how}: 0"), alarms.to_string(), alarms == 0);
            bar(
                format!("verdicts that must never be given, {how}: 0"),
                never.to_string(),
                never == 0,
            );
        }
        if let Some(public) = &self.public {
            let alarms = count(&public.false_alarms);
            bar(
                "false alarms on public captures: 0".into(),
                alarms.to_string(),
                alarms == 0,
            );
        }
        let plain = self.plain();
        let find = |name: &str| plain.parts.iter().find(|group| group.name == name);
        let shown = |hits, of| format!("{} ({hits} of {of})", Tally::share(hits, of));
        if let Some(group) = find("wire-decidable") {
            for (name, tally) in group.named() {
                let held = Tally::reaches(tally.first, tally.of, 95);
                let found = shown(tally.first, tally.of);
                bar(
                    format!("top-1 of wire-decidable cases, {name}: 95 %"),
                    found,
                    held,
                );
            }
        }
        let keyed = self.columns.iter().find(|column| column.keys);
        if let Some(group) = keyed.and_then(|column| column.parts.iter().find(|group| group.name == "all")) {
            let tallies = group.named().map(|(_, tally)| (tally.of, tally.first));
            let (of, first) = tallies
                .iter()
                .fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
            bar(
                "top-1 with keys: 98 %".into(),
                shown(first, of),
                Tally::reaches(first, of, 98),
            );
        }
        if let Some(column) = keyed {
            let Exact { of, right, .. } = column.exact;
            bar(
                "exact (verdict and what differs) with keys: 98 %".into(),
                shown(right, of),
                Tally::reaches(right, of, 98),
            );
        }
        for score in self.files.iter().filter(|score| score.promised) {
            bar(
                format!("exact, with file and line, given {}: 98 %", score.given),
                shown(score.quoted, score.of),
                Tally::reaches(score.quoted, score.of, 98),
            );
        }
        if let Some(group) = find("ambiguous") {
            let (of, second) = group
                .named()
                .map(|(_, tally)| (tally.of, tally.second))
                .iter()
                .fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
            bar(
                "top-2 of ambiguous cases: 100 %".into(),
                shown(second, of),
                second == of,
            );
        }
        if let Some(sure) = plain.calibration.last() {
            let held = Tally::reaches(sure.right, sure.of, 97);
            bar(
                "right of verdicts with confidence 0.9 and more: 97 %".into(),
                shown(sure.right, sure.of),
                held,
            );
        }
        bars
    }

    /// What is worse here than in an older score.
    #[must_use]
    pub fn worse_than(&self, older: &Self) -> Vec<String> {
        let mut worse = Vec::new();
        for (new, old) in self.columns.iter().zip(&older.columns) {
            let how = new.how();
            for (what, new, old) in [
                ("false alarms", &new.false_alarms, &old.false_alarms),
                ("verdicts that must never be given", &new.never, &old.never),
            ] {
                let (new, old) = (count(new), count(old));
                if new > old {
                    worse.push(format!("{what}, {how}: {new}, were {old}"));
                }
            }
            for (new, old) in new.parts.iter().zip(&old.parts) {
                for ((name, now), (_, then)) in new.named().into_iter().zip(old.named()) {
                    if now.first * then.of < then.first * now.of {
                        let share = |tally: Tally| Tally::share(tally.first, tally.of);
                        let (now, then) = (share(now), share(then));
                        worse.push(format!("top-1, {how}, {}, {name}: {now}, was {then}", new.name));
                    }
                }
            }
        }
        if !worse.is_empty() {
            worse.extend(self.newly_missed(older));
        }
        worse
    }

    fn newly_missed(&self, older: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (new, old) in self.columns.iter().zip(&older.columns) {
            let known = |miss: &&Miss| {
                !old.misses
                    .iter()
                    .any(|before| (&before.capture, &before.expected) == (&miss.capture, &miss.expected))
            };
            let line = |miss: &Miss| {
                format!(
                    "  now {}: {} expected, got {}",
                    miss.capture, miss.expected, miss.got
                )
            };
            lines.extend(new.misses.iter().filter(known).map(line));
        }
        lines
    }
}
