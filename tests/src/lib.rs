//! What tests share: the header, running programs, tshark with the plugin, the engine in this process, captures and what is expected
//! of them; and what is made of it: the score, the reference, the tables of `data/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub mod cases;
pub mod corpus;
pub mod data;
pub mod engine;
pub mod files;
pub mod pcap;
pub mod reference;
pub mod score;
pub mod somebody;
pub mod table;
pub mod tshark;
pub mod values;

/// The project's folder.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("tests/ stands in the project's folder")
        .to_path_buf()
}

/// The header as cbindgen makes it of `ffi/src`.
#[must_use]
pub fn header() -> String {
    let ffi = root().join("ffi");
    let config = cbindgen::Config::from_file(ffi.join("cbindgen.toml")).expect("ffi/cbindgen.toml");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in ["status", "abi", "registry", "session"] {
        builder = builder.with_src(ffi.join("src").join(source).with_extension("rs"));
    }
    let mut header = Vec::new();
    builder.generate().expect("cbindgen").write(&mut header);
    String::from_utf8(header).expect("UTF-8")
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
