//! The command `ikewhy` as users get it: one static program.

use crate::root;
use crate::tshark::make;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Builds it, once. It stands below `build/command/` then, its manual pages and completions beside it.
#[must_use]
pub fn built() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let said = crate::quietly(&mut make(&["command"]));
        assert!(said.is_empty(), "make command: {said}");
    });
    root().join("build/command/ikewhy")
}

/// The command, to be completed. It runs in the project's folder; for `--tshark` that is tshark with the plugin.
#[must_use]
pub fn ikewhy() -> Command {
    let mut command = Command::new(built());
    let tshark = format!("{} tshark", root().join("tests/user.sh").display());
    command.env("IKEWHY_TSHARK", tshark).current_dir(root());
    command
}
