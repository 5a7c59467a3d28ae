//! Every Wireshark in use, both editions, every test that runs tshark: `make matrix` prints a table of them.
//!
//! Another Wireshark than the installed one comes from a distribution's suite (tests/unpack.sh); where that is not to be
//! had, it is said, and its column left out. What each test said stands in `build/matrix/`. A suite that was green is not
//! run again until the plugin, the tests or Wireshark change. `make matrix VERSIONS="4.4 4.6"` takes only these; with
//! `IKEWHY_WHOLE=1` each capture is also compared on its own, not only in the merged corpus, which takes hours.

use ikewhy_tests::cases::{self, folders};
use ikewhy_tests::{quietly, root, text, tshark};
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The files of tests that run tshark, and what they are about.
const SUITES: [(&str, &str); 4] = [
    ("wireshark", "Native edition"),
    ("sharkd", "Native edition in sharkd"),
    ("lua", "Lua edition"),
    (
        "editions",
        "Values of the whole corpus: as in the installed Wireshark, and of both editions",
    ),
];

/// What became of one test, or of one suite that did not come so far.
type Answers = Vec<(String, bool)>;

/// Of one Wireshark.
struct Column {
    version: String,
    answers: BTreeMap<&'static str, Answers>,
}

fn main() -> ExitCode {
    let wanted = std::env::var("VERSIONS").unwrap_or_else(|_| known());
    let installed = version_of("");
    let mut columns = vec![column("", &installed)];
    for minor in wanted.split_whitespace() {
        if installed.starts_with(&format!("{minor}.")) {
            continue;
        }
        let unpack = Command::new(root().join("tests/unpack.sh")).arg(minor).output();
        match unpack {
            Ok(output) if output.status.success() => {
                eprint!("{}", text(&output.stderr));
                columns.push(column(minor, &version_of(minor)));
            }
            Ok(output) => eprint!("left out: {}", text(&output.stderr)),
            Err(error) => eprintln!("left out: Wireshark {minor}: {error}"),
        }
    }
    print(&columns)
}

/// All minor versions of `packaging/wireshark.tsv`.
fn known() -> String {
    let list = root().join("packaging/wireshark.tsv");
    let list = fs::read_to_string(&list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    let versions = list.lines().filter_map(|line| line.split_once('\t'));
    let numbers = versions
        .map(|(version, _)| version)
        .filter(|version| version.starts_with(|first: char| first.is_ascii_digit()));
    numbers.collect::<Vec<_>>().join(" ")
}

/// `4.4.18`: the version of the installed Wireshark, or of the unpacked one.
fn version_of(wireshark: &str) -> String {
    let mut command = Command::new(root().join("tests/user.sh"));
    command
        .args(["tshark", "--version"])
        .env("IKEWHY_WIRESHARK", wireshark);
    let said = quietly(&mut command);
    let digits = said
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    digits.unwrap_or_default().trim_end_matches('.').to_owned()
}

fn column(wireshark: &str, version: &str) -> Column {
    let mut answers = BTreeMap::new();
    eprintln!("Wireshark {version} ...");
    let build = tshark::make(&["plugin", "lua"])
        .env("IKEWHY_WIRESHARK", wireshark)
        .output();
    let clean = build.is_ok_and(|output| output.status.success() && output.stderr.is_empty());
    answers.insert("Build", vec![("builds without a warning".to_owned(), clean)]);
    let state = state(version);
    for (suite, about) in SUITES {
        answers.insert(about, run(suite, wireshark, version, state));
    }
    Column {
        version: version.to_owned(),
        answers,
    }
}

/// What a suite's answers depend on.
fn state(version: &str) -> u64 {
    let mut state = DefaultHasher::new();
    let minor = version.split('.').take(2).collect::<Vec<_>>().join(".");
    (version, std::env::var_os("IKEWHY_WHOLE")).hash(&mut state);
    let mut files = vec![root().join(format!("build/plugins/{minor}/epan/ikewhy.so"))];
    for folder in ["build/lua", "tests", "tests/src", "testkit/src", "docs"] {
        files.extend(folders(&root().join(folder)));
    }
    for file in files {
        fs::read(&file).unwrap_or_default().hash(&mut state);
    }
    for case in cases::all() {
        let changed = fs::metadata(&case.path).and_then(|file| file.modified()).ok();
        (case.keys(), case.name, changed).hash(&mut state);
    }
    state.finish()
}

/// Runs a suite, unless it was green in this very state.
fn run(suite: &str, wireshark: &str, version: &str, state: u64) -> Answers {
    let log: PathBuf = root().join(format!("build/matrix/{version}-{suite}.log"));
    let mark = format!("state {state:016x}\n");
    let green = |said: &str| !answers(said).is_empty() && answers(said).iter().all(|(_, fine)| *fine);
    if let Ok(kept) = fs::read_to_string(&log)
        && let Some(said) = kept.strip_prefix(&mark)
        && green(said)
    {
        return answers(said);
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--package", "ikewhy-tests", "--test", suite])
        .current_dir(root());
    command.env("IKEWHY_WIRESHARK", wireshark);
    let output = command.output().expect("cargo");
    let said = text(&output.stdout) + &text(&output.stderr);
    fs::create_dir_all(log.parent().unwrap_or(Path::new("."))).expect("build/matrix/");
    fs::write(&log, mark + &said).expect("written");
    match answers(&said) {
        none if none.is_empty() => vec![(format!("{suite} runs"), false)],
        some => some,
    }
}

/// The lines of libtest: `test NAME ... ok`.
fn answers(said: &str) -> Answers {
    let line = |line: &str| {
        let (name, answer) = line.strip_prefix("test ")?.split_once(" ... ")?;
        (answer != "ignored").then(|| (name.replace('_', " "), answer == "ok"))
    };
    let mut all: Answers = said.lines().filter_map(line).collect();
    all.sort();
    all
}

fn print(columns: &[Column]) -> ExitCode {
    let versions: String = columns
        .iter()
        .map(|column| format!(" {:>8}", column.version))
        .collect();
    println!("\n{:<76}{versions}", "Wireshark");
    let mut all_fine = true;
    for about in std::iter::once("Build").chain(SUITES.iter().map(|(_, about)| *about)) {
        println!("{about}");
        let of = |column: &Column| column.answers.get(about).cloned().unwrap_or_default();
        let mut names: Vec<String> = columns.iter().flat_map(of).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        for name in names {
            let answer = |column: &Column| match of(column).iter().find(|(other, _)| *other == name) {
                Some((_, true)) => "ok",
                Some((_, false)) => "FAILED",
                None => "-",
            };
            all_fine &= columns.iter().all(|column| answer(column) == "ok");
            let row: String = columns
                .iter()
                .map(|column| format!(" {:>8}", answer(column)))
                .collect();
            println!("  {name:<74}{row}");
        }
    }
    match all_fine {
        true => ExitCode::SUCCESS,
        false => {
            println!("What failed says why in build/matrix/.");
            ExitCode::FAILURE
        }
    }
}
