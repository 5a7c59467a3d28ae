//! `make score`: how often the verdicts are right, as tables, and with `--docs` as `docs/score.md` and `docs/score.json`.
//!
//!     score [--captures DIR] [--public DIR] [--docs]
//!     score --files [--captures DIR]     only what the peers' files lead to
//!
//! Public captures have an INDEX.tsv beside them. Where there are none, the figures of `docs/score.json` stand.

use ikewhy_tests::score::{Score, atlas, files, measure, table};
use ikewhy_tests::{corpus, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

fn write(path: &Path, text: &str) {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn main() -> ExitCode {
    let (mut captures, mut public) = (root().join("captures"), None);
    let (mut docs, mut only_files) = (false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut folder = || PathBuf::from(arguments.next().expect("a folder"));
        match argument.as_str() {
            "--captures" => captures = folder(),
            "--public" => public = Some(folder()),
            "--docs" => docs = true,
            "--files" => only_files = true,
            _ => {
                eprintln!("score [--captures DIR] [--public DIR] [--docs] | --files [--captures DIR]");
                return ExitCode::from(2);
            }
        }
    }

    let began = Instant::now();
    let corpus = corpus::read(&captures);
    if only_files {
        println!("{}", table::files_section(&files::measure(&corpus)));
        return ExitCode::SUCCESS;
    }
    let complaints = corpus.complaints();
    let mut score = measure(&corpus, public.as_deref());
    score.atlas = Some(atlas::measure());
    if score.public.is_none() {
        score.public = Score::committed().and_then(|committed| committed.public);
    }
    println!("{}", table::document(&score));
    println!("## The corpus\n\n{}", table::coverage(&corpus));
    println!(
        "{}.{} MB. {} complaints about labels.",
        corpus.size / 1_000_000,
        corpus.size / 100_000 % 10,
        complaints.len()
    );
    for complaint in complaints {
        println!("- {complaint}");
    }
    if docs {
        for worse in Score::committed()
            .iter()
            .flat_map(|before| score.worse_than(before))
        {
            println!("Worse than before: {worse}");
        }
        write(&Score::path(), &score.json());
        write(&Score::path().with_extension("md"), &table::document(&score));
    }
    eprintln!("{:.0} s", began.elapsed().as_secs_f64());
    ExitCode::SUCCESS
}
