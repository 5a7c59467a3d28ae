//! tshark with the plugin of this checkout, as an ordinary user; proven loaded before anything is asked of it.

use crate::{quietly, root};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Builds engine and plugin, once. They stand below `build/` and `target/release/` then.
pub fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut make = Command::new("make");
        make.arg("--no-print-directory").arg("plugin").current_dir(root());
        make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        let said = quietly(&mut make);
        assert!(said.is_empty(), "make plugin: {said}");
    });
}

/// A tshark command, to be completed.
#[must_use]
pub fn tshark() -> Command {
    static LOADED: OnceLock<()> = OnceLock::new();
    LOADED.get_or_init(|| {
        build();
        let plugins = quietly(bare().args(["-G", "plugins"]));
        assert!(
            plugins.contains("ikewhy.so"),
            "tshark does not load the plugin:\n{plugins}"
        );
    });
    bare()
}

fn bare() -> Command {
    let mut command = Command::new(root().join("tests/user.sh"));
    command.arg("tshark").current_dir(root());
    command
}

/// The C ABI as a shared library of its own.
#[must_use]
pub fn library() -> PathBuf {
    build();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release/libikewhy_ffi.so")
}

/// The lines that `-T fields` prints for the frames that pass `filter`, split at the tabs.
#[must_use]
pub fn rows(command: &mut Command, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
    command.args(["-Y", filter, "-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let lines = quietly(command);
    let split = |line: &str| line.split('\t').map(str::to_owned).collect();
    lines.lines().map(split).collect()
}
