//! The captures of the project and what is expected of them: `captures/NAME/{client,server}.pcap`, `scenario.toml`.

use crate::{quietly, root};
use ikewhy::rules::{Class, RULES};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Does this verdict say that something failed?
#[must_use]
pub fn is_failure(verdict: &str) -> bool {
    RULES
        .iter()
        .any(|rule| rule.id.name() == verdict && rule.class == Class::Failure)
}

/// One capture.
#[derive(Debug)]
pub struct Case {
    /// `NAME/client` or `NAME/server`.
    pub name: String,
    /// The capture.
    pub path: PathBuf,
    /// Nothing is wrong with what was captured.
    pub healthy: bool,
    /// What is expected of it.
    pub expect: Expect,
    /// Tables of keys, as far as there are any.
    pub tables: Vec<PathBuf>,
}

impl Case {
    /// Rows of the tables, each with its table's name.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for path in &self.tables {
            let table = path.file_name().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(path).unwrap_or_default();
            let lines = text
                .lines()
                .filter(|row| !row.is_empty() && !row.starts_with('#'));
            rows.extend(lines.map(|row| (table.clone().into_owned(), row.to_owned())));
        }
        rows
    }

    /// Options that give them to Wireshark.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let rows = self.rows().into_iter();
        let option = |(table, row)| ["-o".to_owned(), format!("uat:{table}:{row}")];
        rows.flat_map(option).collect()
    }

    /// Configurations and logs of both peers.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let sides = ["client", "server"].into_iter();
        sides
            .flat_map(|side| peer_files(folder, side, true, true))
            .collect()
    }
}

/// Files of one side of a case: its configurations, its log, or both.
#[must_use]
pub fn peer_files(folder: &Path, side: &str, configuration: bool, log: bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if configuration {
        let names = ["swanctl/swanctl.conf", "ipsec.conf", "iked.conf"];
        files.extend(names.map(|file| folder.join(side).join(file)));
    }
    if log {
        files.push(folder.join(side).with_extension("log"));
    }
    files.retain(|file| file.is_file());
    files
}

/// What is expected of a capture.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// One verdict for each negotiation, in order; `a|b` where both are right.
    pub verdicts: Vec<String>,
    /// Verdicts that would be wrong for any of them.
    #[serde(default)]
    pub never: Vec<String>,
    /// Verdicts that are right when Wireshark has the keys.
    #[serde(default)]
    pub with_keys: Vec<String>,
    /// What differs, where the capture shows it.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// What differs, where the capture shows it to those who have its keys.
    #[serde(default)]
    pub attributes_with_keys: Vec<String>,
}

#[derive(Deserialize)]
struct Scenario {
    truth: Truth,
    expect: BTreeMap<String, Expect>,
}

#[derive(Deserialize)]
struct Truth {
    healthy: bool,
}

/// Is `verdict` what `expected` (`a|b`) says?
#[must_use]
pub fn fits(verdict: &str, expected: &str) -> bool {
    expected.split('|').any(|one| one == verdict)
}

/// All captures of the project; with `IKEWHY_ONLY=text` those whose name contains it.
#[must_use]
pub fn all() -> Vec<Case> {
    let only = std::env::var("IKEWHY_ONLY").unwrap_or_default();
    let mut cases = promised();
    cases.retain(|case| case.path.is_file() && case.name.contains(&only));
    cases
}

/// About so many of them, from all parts of the list: enough where a question is not about verdicts. Each holds IKE.
#[must_use]
pub fn some(count: usize) -> Vec<Case> {
    let mut cases = all();
    cases.retain(|case| !case.name.contains("without-ike"));
    let step = (cases.len() / count).max(1);
    cases.into_iter().step_by(step).take(count).collect()
}

/// The whole corpus in two captures, of clients and of servers: each packet of it, in a fraction of the time. (What is
/// said of a negotiation among so many others may differ from what is said of it alone.)
#[must_use]
pub fn merged() -> Vec<Case> {
    let cases = all();
    let merge = |side: &str| {
        let of_side = || cases.iter().filter(|case| case.name.ends_with(side));
        let path = root().join(format!("build/merged-{side}.pcapng"));
        let new = path.with_extension(std::process::id().to_string());
        let mut mergecap = Command::new("mergecap");
        mergecap.args(["-I", "none", "-w"]).arg(&new);
        let said = quietly(mergecap.args(of_side().map(|case| &case.path)));
        assert!(said.is_empty(), "mergecap: {said}");
        fs::rename(&new, &path).expect("renamed");
        Case {
            name: format!("merged/{side}"),
            path,
            healthy: false,
            expect: Expect::default(),
            tables: of_side().flat_map(|case| case.tables.clone()).collect(),
        }
    };
    vec![merge("client"), merge("server")]
}

/// The same with those that scenarios promise and nobody has made.
#[must_use]
pub fn promised() -> Vec<Case> {
    let mut cases = Vec::new();
    for folder in folders(&root().join("captures")) {
        let Ok(scenario) = fs::read_to_string(folder.join("scenario.toml")) else {
            continue;
        };
        let scenario: Scenario =
            toml::from_str(&scenario).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let tables = folders(&folder.join("keys"));
        for (side, expect) in scenario.expect {
            let path = folder.join(&side).with_extension("pcap");
            cases.push(Case {
                name: format!("{name}/{side}"),
                path,
                healthy: scenario.truth.healthy,
                expect,
                tables: tables.clone(),
            });
        }
    }
    cases
}

/// Folders and files in a folder, sorted by name; none if it does not exist.
#[must_use]
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.sort();
    paths
}
