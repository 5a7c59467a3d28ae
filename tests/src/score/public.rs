//! The public captures: counted, not judged, but nothing may be said to fail where all goes well.

use super::ask::{Answer, ask};
use super::document::{Kind, Miss, PublicScore};
use crate::corpus::{self, Public};
use crate::for_each;
use std::path::Path;

pub(super) fn measure(folder: &Path) -> Option<PublicScore> {
    let captures = corpus::public(folder);
    let answers = for_each(&captures, |public| {
        let tables = public.keys.as_ref().map(std::slice::from_ref);
        let keyed = tables.map(|tables| ask(&public.path, tables, &[]));
        (ask(&public.path, &[], &[]), keyed)
    });
    let mut score = PublicScore::default();
    for (public, (answers, keyed)) in captures.iter().zip(&answers) {
        let kind = match score.kinds.iter_mut().find(|kind| kind.name == public.kind) {
            Some(kind) => kind,
            None => {
                score.kinds.push(Kind {
                    name: public.kind.clone(),
                    ..Kind::default()
                });
                score.kinds.last_mut()?
            }
        };
        kind.captures += 1;
        kind.without_verdict += usize::from(answers.is_empty());
        for answer in answers {
            *kind.verdicts.entry(answer.verdict.clone()).or_default() += 1;
        }
        if public.kind == "SUCCESS" {
            score.false_alarms.extend(alarms(public, answers, ""));
            score
                .false_alarms
                .extend(alarms(public, keyed.as_deref().unwrap_or_default(), "with keys"));
        }
    }
    score.kinds.sort_by(|a, b| a.name.cmp(&b.name));
    (!captures.is_empty()).then_some(score)
}

fn alarms(public: &Public, answers: &[Answer], why: &str) -> Vec<Miss> {
    let failed = answers
        .iter()
        .filter(|answer| !corpus::no_failure(&answer.verdict));
    let miss = |answer: &Answer| Miss {
        capture: public.name.clone(),
        expected: "established".to_owned(),
        got: answer.verdict.clone(),
        alternative: answer.first_alternative().to_owned(),
        confidence: answer.thousandths(),
        times: 1,
        why: why.to_owned(),
        ..Miss::default()
    };
    failed.map(miss).collect()
}
