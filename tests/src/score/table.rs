//! The score as text: tables that are Markdown and read well on a terminal, too.

use super::advice;
use super::{Band, Causes, Column, Counts, Exact, FileScore, Group, Miss, PublicScore, Score, Tally, count};
use crate::corpus::{Corpus, Coverage};
use std::fmt::Write;

/// A table whose columns are as wide as they need to be.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max();
        widest.unwrap_or_default().max(head[column].chars().count())
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
    };
    let mut text = line(&mut head.iter().copied());
    let dashes: Vec<_> = widths.iter().map(|width| "-".repeat(*width)).collect();
    text += &line(&mut dashes.iter().map(String::as_str));
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}

fn or_none(rows: String, any: bool) -> String {
    if any { rows } else { "None.\n".into() }
}

/// `docs/score.md`.
#[must_use]
pub fn document(score: &Score) -> String {
    let Counts {
        cases,
        held_out,
        healthy,
        wire_decidable,
        synthetic,
        captures,
        negotiations,
    } = score.corpus;
    let mut text = String::from("# How often ikewhy is right\n\n");
    text += "Written by `make score`: what the engine says about every capture of the corpus, read by its own reader, held against what \
             is expected of it. In Wireshark it says the same: `make parity` asks it about every capture. Not to be edited.\n\n";
    let _ = writeln!(
        text,
        "{cases} cases ({healthy} of them healthy or open, {synthetic} synthetic), {captures} captures, {negotiations} \
         expectations. {wire_decidable} cases are *wire-decidable*: the packets alone tell the cause; in the others \
         several answers are honest, or only a general one. Rules are tuned on {} cases; the other {held_out} are *held \
         out* by the CRC-32 of their name, and only this table looks at them.\n",
        cases - held_out
    );
    text += "## What is asked for\n\n";
    let bars = score.bars().into_iter();
    let rows: Vec<_> = bars
        .map(|bar| {
            vec![
                bar.what,
                bar.found,
                if bar.held { "yes" } else { "**no**" }.into(),
            ]
        })
        .collect();
    text += &table(&["asked for", "found", "reached"], &rows);
    for column in &score.columns {
        text += &section(column);
    }
    text += &files_section(&score.files);
    text += &advice::section();
    text += &score
        .atlas
        .as_ref()
        .map_or(String::new(), |atlas| atlas.section());
    if let Some(public) = &score.public {
        text += &public_section(public);
    }
    text
}

/// With the peers' files beside the capture.
#[must_use]
pub fn files_section(scores: &[FileScore]) -> String {
    let mut text = String::from(
        "\n## With the peers' files\n\nRefused negotiations of the corpus, the configuration or the log of the side that refused given \
         (`ikewhy.peer_files`). Exact: the true cause, and just what differs \
         where the case says so; of them, with a file and line quoted. True causes that no rule says yet are left out.\n\n",
    );
    let share = |part, of| format!("{part} of {of} ({})", Tally::share(part, of));
    let rows: Vec<_> = scores
        .iter()
        .map(|s| {
            vec![
                s.given.clone(),
                share(s.verdict, s.of),
                share(s.differing_named, s.differing),
                share(s.exact, s.of),
                share(s.quoted, s.of),
                s.wrong.len().to_string(),
            ]
        })
        .collect();
    text += &table(
        &[
            "given",
            "true cause",
            "what differs",
            "exact",
            "exact, with file and line",
            "false at 0.9 or more",
        ],
        &rows,
    );
    for s in scores.iter().filter(|s| !s.spoiled.is_empty()) {
        let _ = writeln!(text, "\nMade wrong by {}:\n", s.given);
        for one in &s.spoiled {
            let _ = writeln!(text, "- {one}");
        }
    }
    for s in scores.iter().filter(|s| !s.wrong.is_empty()) {
        let _ = writeln!(text, "\nFalse at 0.9 or more with {}:\n", s.given);
        for one in &s.wrong {
            let _ = writeln!(text, "- {one}");
        }
    }
    for s in scores.iter().filter(|s| !s.misses.is_empty()) {
        let _ = writeln!(text, "\nNot exact with {}:\n", s.given);
        for miss in &s.misses {
            let _ = writeln!(text, "- {miss}");
        }
    }
    text
}

/// How sure the verdicts are, and how right.
pub(crate) fn calibration(bands: &[Band]) -> String {
    let bands = bands.iter().filter(|band| band.of > 0).map(|band| {
        let upper = band.from + 1;
        let range = format!(
            "{}.{} to {}.{}",
            band.from / 10,
            band.from % 10,
            upper / 10,
            upper % 10
        );
        let claimed = Tally::share(band.claimed as usize, band.of * 1000);
        vec![
            range,
            band.of.to_string(),
            claimed,
            Tally::share(band.right, band.of),
        ]
    });
    let rows: Vec<_> = bands.collect();
    table(&["confidence", "verdicts", "claimed", "right"], &rows)
}

fn section(column: &Column) -> String {
    let (how, captures) = (column.how(), column.captures);
    let mut text = format!("\n## {}{}\n\n", how[..1].to_uppercase(), &how[1..]);
    let _ = writeln!(
        text,
        "{captures} captures. Top-1: the verdict is an expected one; top-2: it or its first alternative is. Negotiations \
         of one capture with the same expectation count once, by the worst of them.\n"
    );
    text += &groups("cases", &column.parts);
    text.push('\n');
    text += &groups("stage", &column.stages);
    text.push('\n');
    text += &groups("expected verdict", &column.verdicts);
    text += &causes(&column.causes);
    text += "\n### Is it as sure as it is right?\n\nOf several honest answers that name a cause only the true one counts as right.\n\n";
    text += &calibration(&column.calibration);
    for (title, list) in [
        ("False alarms", &column.false_alarms),
        ("Verdicts that must never be given", &column.never),
        ("Too few or too many verdicts", &column.rows),
        ("Surer than true", &column.too_sure),
        ("Misses", &column.misses),
    ] {
        let _ = writeln!(text, "\n### {title}: {}\n", count(list));
        text += &misses(list);
    }
    let Exact { of, right, misses } = &column.exact;
    if column.keys {
        let _ = writeln!(
            text,
            "\n### Not exact: {}\n\nVerdict and what differs: nothing is said to differ that does not, and all is said that the capture \
             shows. {} ({right} of {of}).\n",
            misses.len(),
            Tally::share(*right, *of)
        );
        for miss in misses {
            let _ = writeln!(text, "- {miss}");
        }
    }
    text
}

fn groups(name: &str, groups: &[Group]) -> String {
    let cells = |tally: Tally| {
        let share = |hits| Tally::share(hits, tally.of);
        [tally.of.to_string(), share(tally.first), share(tally.second)]
    };
    let row = |group: &Group| {
        let [tuned, held_out] = group.named().map(|(_, tally)| cells(tally));
        let mut row = vec![group.name.clone()];
        row.extend(tuned.into_iter().chain(held_out));
        row
    };
    let head = [name, "tuned", "top-1", "top-2", "held out", "top-1", "top-2"];
    table(&head, &groups.iter().map(row).collect::<Vec<_>>())
}

fn causes(causes: &Causes) -> String {
    let share = |hits, of| Tally::share(hits, of);
    let of = causes.of;
    format!(
        "\n### Is the true cause named?\n\nOf {of} failures, whether or not packets can tell: as the verdict {}, as the first \
         alternative {}, as a later one {}. Where it is the verdict and something differs between the peers, exactly that is \
         named {} ({} of {}).\n",
        share(causes.verdict, of),
        share(causes.first_alternative, of),
        share(causes.later_alternative, of),
        share(causes.differing_named, causes.differing),
        causes.differing_named,
        causes.differing,
    )
}

fn misses(list: &[Miss]) -> String {
    let row = |miss: &Miss| {
        let times = if miss.times > 1 {
            format!(" ({} times)", miss.times)
        } else {
            String::new()
        };
        let marks = [(miss.held_out, "held out"), (!miss.wire_decidable, "ambiguous")];
        let marks: Vec<_> = marks
            .into_iter()
            .filter_map(|(is, word)| is.then_some(word))
            .collect();
        let got = match (miss.got.as_str(), miss.alternative.as_str()) {
            ("", _) => "nothing".to_owned(),
            (got, "") => format!("{got} {}", confidence(miss)),
            (got, other) => format!("{got} {}, then {other}", confidence(miss)),
        };
        let expected = if miss.expected.is_empty() {
            "nothing more"
        } else {
            &miss.expected
        };
        vec![
            format!("{}{times}", miss.capture),
            marks.join(", "),
            expected.replace('|', " or "),
            got,
            miss.why.replace('|', "/"),
        ]
    };
    let rows: Vec<_> = list.iter().map(row).collect();
    let head = ["capture", "", "expected", "got", "what happened"];
    or_none(table(&head, &rows), !list.is_empty())
}

fn confidence(miss: &Miss) -> String {
    format!("({}.{:02})", miss.confidence / 1000, miss.confidence % 1000 / 10)
}

fn public_section(public: &PublicScore) -> String {
    let mut text = String::from(
        "\n## Public captures\n\nCollected elsewhere and not part of the project: counted, not judged, but ",
    );
    text += "nothing may be said to fail where all goes well (SUCCESS).\n\n";
    let row = |kind: &super::Kind| {
        let mut verdicts: Vec<_> = kind.verdicts.iter().collect();
        verdicts.sort_by_key(|(id, times)| (std::cmp::Reverse(**times), id.as_str()));
        let verdicts: Vec<_> = verdicts
            .iter()
            .map(|(id, times)| format!("{id} {times}"))
            .collect();
        let (captures, without) = (kind.captures.to_string(), kind.without_verdict.to_string());
        vec![kind.name.clone(), captures, without, verdicts.join(", ")]
    };
    let rows: Vec<_> = public.kinds.iter().map(row).collect();
    text += &table(
        &["what happens", "captures", "without verdict", "verdicts"],
        &rows,
    );
    let _ = writeln!(text, "\n### False alarms: {}\n", count(&public.false_alarms));
    let row = |miss: &Miss| {
        vec![
            miss.capture.clone(),
            format!("{} {}", miss.got, confidence(miss)),
            miss.why.clone(),
        ]
    };
    let rows: Vec<_> = public.false_alarms.iter().map(row).collect();
    text += &or_none(table(&["capture", "got", ""], &rows), !rows.is_empty());
    text
}

/// Which verdicts have cases, and which have none.
#[must_use]
pub fn coverage(corpus: &Corpus) -> String {
    let number = |n: usize| if n == 0 { String::new() } else { n.to_string() };
    let row = |line: &Coverage| {
        let stacks: Vec<_> = line.stacks.iter().map(String::as_str).collect();
        vec![
            line.verdict.to_owned(),
            line.stage.to_owned(),
            if line.rule { "yes" } else { "" }.to_owned(),
            number(line.cause),
            number(line.alone),
            number(line.among),
            number(line.with_keys),
            number(line.never),
            stacks.join(", "),
        ]
    };
    let lines = corpus.coverage();
    let rows: Vec<_> = lines.iter().map(row).collect();
    let head = [
        "verdict",
        "stage",
        "rule",
        "cause of",
        "expected",
        "among others",
        "with keys",
        "never",
        "stacks",
    ];
    let mut text = table(&head, &rows);
    let list = |title: &str, lacks: fn(&Coverage) -> bool| {
        let ids: Vec<_> = lines
            .iter()
            .filter(|line| lacks(line))
            .map(|line| line.verdict)
            .collect();
        format!(
            "\n{title}: {}\n",
            if ids.is_empty() {
                "none".into()
            } else {
                ids.join(", ")
            }
        )
    };
    text += &list("No case fires", |line| {
        line.alone + line.among + line.with_keys == 0
    });
    text += &list("No near miss", |line| line.never == 0);
    text += &list("A rule without a case", |line| {
        line.rule && line.alone + line.among + line.with_keys == 0
    });
    text += &list("A case without a rule", |line| !line.rule && line.cause > 0);
    text
}
