//! Every value that either edition gives for a capture, in one Wireshark or another.
//!
//! They are kept below `build/values/` until the plugin, Wireshark or the capture changes: the whole corpus takes minutes.

use crate::cases::Case;
use crate::tshark::{lua, make, tshark};
use crate::{quietly, root};
use ikewhy::report::field::FIELDS;
use ikewhy::rules::RULES;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;
use std::sync::Mutex;

/// Which plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// The one in C.
    Native,
    /// The script with its library.
    Lua,
}

/// The Info column, to which ikewhy appends.
pub const INFO: &str = "_ws.col.Info";

/// The expert items of all protocols.
pub const EXPERT: &str = "_ws.expert.message";

/// The number of the frame, the fields of ikewhy, and what it adds to.
#[must_use]
pub fn names() -> Vec<String> {
    let fields = FIELDS.iter().map(|field| field.abbrev.to_owned());
    let rules = RULES
        .iter()
        .map(|rule| format!("ikewhy.{}", rule.id.name().replace('-', "_")));
    let number = std::iter::once("frame.number".to_owned());
    let others = [EXPERT, INFO].map(str::to_owned);
    number.chain(fields).chain(rules).chain(others).collect()
}

/// The Wireshark that tests run: `4.4`, or nothing for the installed one.
#[must_use]
pub fn wireshark() -> String {
    std::env::var("IKEWHY_WIRESHARK").unwrap_or_default()
}

/// One line for each frame, and in it one value for each of `names`, after a tab.
#[must_use]
pub fn values(edition: Edition, wireshark: &str, options: &[&str], case: &Case) -> String {
    let mut command = command(edition, wireshark);
    command.arg("-n").args(options).args(case.keys());
    command.arg("-r").arg(&case.path).args(["-T", "fields"]);
    for name in names() {
        command.args(["-e", &name]);
    }

    let mut state = DefaultHasher::new();
    let capture = fs::read(&case.path).unwrap_or_default();
    (format!("{command:?}"), capture, fingerprint(edition, wireshark)).hash(&mut state);
    let state = format!("{:016x}\n", state.finish());

    let folder = format!(
        "build/values/{edition:?}{wireshark}{}",
        options.concat().replace('/', "-")
    );
    let kept = root().join(folder).join(case.name.replace('/', "-"));
    if let Ok(text) = fs::read_to_string(&kept)
        && let Some(values) = text.strip_prefix(&state)
    {
        return values.to_owned();
    }
    let values = quietly(&mut command);
    fs::create_dir_all(kept.parent().expect("a folder")).expect("a folder");
    fs::write(&kept, state + &values).expect("written");
    values
}

fn command(edition: Edition, wireshark: &str) -> Command {
    let mut command = match edition {
        Edition::Native => tshark(),
        Edition::Lua => lua(),
    };
    command.env("IKEWHY_WIRESHARK", wireshark);
    command
}

/// Tells one Wireshark with one build of the plugin from all others.
fn fingerprint(edition: Edition, wireshark: &str) -> u64 {
    static KNOWN: Mutex<BTreeMap<(Edition, String), u64>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().expect("no panic");
    let key = (edition, wireshark.to_owned());
    *known.entry(key).or_insert_with(|| {
        let version = quietly(command(edition, wireshark).arg("--version"));
        let version = version.lines().next().unwrap_or_default().to_owned();
        let mut state = DefaultHasher::new();
        version.hash(&mut state);
        let number: String = version
            .chars()
            .skip_while(|letter| !letter.is_ascii_digit())
            .collect();
        let minor = number.split('.').take(2).collect::<Vec<_>>().join(".");
        let files = match edition {
            Edition::Native => vec![format!("plugins/{minor}/epan/ikewhy.so")],
            Edition::Lua => vec!["lua/ikewhy.lua".to_owned(), "lua/ikewhy-engine.so".to_owned()],
        };
        let said = quietly(make(&["plugin"]).env("IKEWHY_WIRESHARK", wireshark));
        assert!(said.is_empty(), "make plugin: {said}");
        for file in files {
            let file = root().join("build").join(file);
            let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            bytes.hash(&mut state);
        }
        state.finish()
    })
}
