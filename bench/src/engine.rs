//! The engine alone: messages a second, and how time grows with the capture.

use crate::Row;
use ikewhy::session::{Pass, Session};
use ikewhy_bench::{Player, UNBOUNDED, clock, corpus, median, push, sizes, slope};

/// What is done beside pushing.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    /// The verdict of each negotiation, without texts.
    Verdicts,
    /// The whole report.
    Report,
    /// What each frame raises, while it is read; then the verdicts.
    ExpertItems,
    /// The tree of each frame, while it is read; then the verdicts.
    Trees,
}

/// One session that takes the corpus `plays` captures long.
struct Run {
    session: Session,
    frames: u32,
    ike: u64,
    seconds: f64,
}

fn run(plays: usize, least_frames: u32, work: Work) -> Run {
    let mut player = Player::new(corpus(&[]));
    let mut run = Run {
        session: Session::new(UNBOUNDED),
        frames: 0,
        ike: 0,
        seconds: 0.0,
    };
    let mut played = 0;
    while played < plays || run.frames < least_frames {
        // Enough frames that the clock can be read seldom, few enough to stay in the cache.
        let batch: Vec<_> = (0..50).flat_map(|_| player.play()).collect();
        played += 50;
        let begin = clock();
        for frame in &batch {
            run.frames += 1;
            push(&mut run.session, run.frames, frame);
            match work {
                Work::Verdicts | Work::Report => {}
                Work::ExpertItems => drop(run.session.expert_items(run.frames, Pass::First)),
                Work::Trees => drop(run.session.items(run.frames, Pass::First)),
            }
        }
        run.seconds += clock() - begin;
    }
    let begin = clock();
    if work == Work::Report {
        drop(run.session.report());
    } else {
        for stream in 0..run.session.tracker().negotiations().len() as u32 {
            run.session.outcome(stream);
        }
    }
    run.seconds += clock() - begin;
    let ike = |frame: &u32| {
        run.session
            .tracker()
            .frame(*frame)
            .is_some_and(|record| record.kind.is_message())
    };
    run.ike = (1..=run.frames).filter(ike).count() as u64;
    run
}

/// Messages a second.
pub(crate) fn speed() -> Vec<Row> {
    let rounds = 5;
    let mut rows = Vec::new();
    for (what, work) in [
        (
            "million IKE messages a second, tracked, each negotiation judged",
            Work::Verdicts,
        ),
        (
            "the same with what each frame raises, while it is read",
            Work::ExpertItems,
        ),
        (
            "the same with the tree of each frame, while it is read",
            Work::Trees,
        ),
        ("the same with the whole report", Work::Report),
    ] {
        let figures = (0..rounds).map(|_| {
            let run = run(3000, 0, work);
            run.ike as f64 / run.seconds / 1e6
        });
        rows.push(Row::plain(what, median(figures.collect()), ""));
    }
    rows
}

/// Time over the size of a capture, and over its own length.
pub(crate) fn growth() -> Vec<Row> {
    let sizes = sizes();
    let most = sizes.last().copied().unwrap_or(0);
    let mut rows = Vec::new();
    let mut points = Vec::new();
    for size in sizes {
        let rounds = if size < 1_000_000 { 3 } else { 1 };
        let mut last = None;
        let seconds = (0..rounds).map(|_| {
            let run = run(0, size, Work::ExpertItems);
            let per_frame = run.seconds / f64::from(run.frames);
            last = Some(run);
            per_frame
        });
        let per_frame = median(seconds.collect());
        points.push((f64::from(size), per_frame * f64::from(size)));
        rows.push(Row::plain(
            format!(
                "{size} packets, {} negotiations, for each packet",
                last.as_ref()
                    .map_or(0, |run| run.session.tracker().negotiations().len())
            ),
            per_frame * 1e9,
            " ns",
        ));
        if let Some(mut run) = last.filter(|_| size == most) {
            let mut redissect = |from: u32| {
                let begin = clock();
                for frame in from..from + 5000 {
                    drop(run.session.items(frame, Pass::Again));
                }
                clock() - begin
            };
            // The corpus begins anew every so many frames: the same captures at both ends.
            let cycle: usize = corpus(&[]).iter().map(Vec::len).sum();
            let cycle = u32::try_from(cycle).expect("the corpus is small");
            let end = (run.frames / cycle).saturating_sub(1).max(1) * cycle + 1;
            let ratios = (0..5).map(|_| {
                let first = redissect(1);
                redissect(end) / first
            });
            let ratio = median(ratios.collect());
            rows.push(Row::plain(
                "drawing 5000 packets near the end again, against the first 5000, of the same captures",
                ratio,
                "",
            ));
        }
    }
    rows.insert(
        0,
        Row::most("slope of time over packets", slope(&points), 1.05, ""),
    );
    rows
}
