//! What every test, bench and fuzz target shares: packets made by hand, the corpus, the engine in this process.
//!
//! The engine's own unit tests need packets, too. A crate that they depend on is built against the engine as others see it, whose
//! types are not those of the unit tests. So [`packets`] and [`contents`] make bytes and know no engine; `dissector` depends on this
//! crate without its feature `engine`, and hands the bytes to a session of its own (`dissector/src/tests/made.rs`). Everything else
//! stands behind that feature.

#[cfg(feature = "engine")]
pub mod atlas;
pub mod contents;
pub mod packets;
pub mod random;

#[cfg(feature = "engine")]
pub mod cases;
#[cfg(feature = "engine")]
pub mod corpus;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
pub mod pcap;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's folder.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("testkit/ stands in the project's folder")
        .to_path_buf()
}

/// Runs a program; it has to succeed and to say nothing on stderr. Returns what it prints.
#[must_use]
pub fn quietly(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (status, stderr) = (output.status, text(&output.stderr));
    assert!(
        is_quiet(&output),
        "{command:?}: {status}\n{stderr}\n{}",
        text(&output.stdout)
    );
    text(&output.stdout)
}

/// It succeeded and said nothing on stderr.
#[must_use]
pub fn is_quiet(output: &Output) -> bool {
    output.status.success() && output.stderr.is_empty()
}

/// Output as text.
#[must_use]
pub fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// Does `work` for each thing, on all cores; the answers come in the things' order.
pub fn for_each<T: Sync, A: Send>(things: &[T], work: impl Fn(&T) -> A + Sync) -> Vec<A> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || {
        let mut answers = Vec::new();
        while let Some((index, thing)) = {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            things.get(index).map(|thing| (index, thing))
        } {
            answers.push((index, work(thing)));
        }
        answers
    };
    let mut answers: Vec<(usize, A)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let done = workers.into_iter().flat_map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        done.collect()
    });
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
