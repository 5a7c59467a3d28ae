//! `make score`: how often the plugin is right, as tables, as `build/score.json`, and with `--docs` as `docs/score.md`.
//!
//!     score [--captures DIR] [--public DIR] [--docs] [--engine]
//!
//! With `--engine` tshark is left out, and nothing is written: for those who change rules.

use ikewhy_tests::score::{Judged, Score, measure};
use ikewhy_tests::{corpus, root, table};
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
    let (mut captures, mut public) = (root().join("captures"), root().join("../shared/captures"));
    let (mut docs, mut judged) = (false, Judged::Tshark);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let folder = match argument.as_str() {
            "--captures" => &mut captures,
            "--public" => &mut public,
            "--docs" => {
                docs = true;
                continue;
            }
            "--engine" => {
                judged = Judged::Engine;
                continue;
            }
            _ => {
                eprintln!("score [--captures DIR] [--public DIR] [--docs] [--engine]");
                return ExitCode::from(2);
            }
        };
        *folder = PathBuf::from(arguments.next().expect("a folder"));
    }

    let began = Instant::now();
    let corpus = corpus::read(&captures);
    let complaints = corpus.complaints();
    let public = (judged == Judged::Tshark).then_some(public.as_path());
    let mut score = measure(&corpus, judged, public);
    if score.public.is_none() && judged == Judged::Tshark {
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
    if judged == Judged::Tshark {
        write(&root().join("build/score.json"), &score.json());
    }
    if docs && judged == Judged::Tshark {
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
