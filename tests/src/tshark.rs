//! tshark with the plugin of this checkout, as an ordinary user; proven loaded before anything is asked of it.
//!
//! `IKEWHY_WIRESHARK=4.4` in the environment: with that Wireshark instead of the installed one (tests/unpack.sh).

use crate::cases::Case;
use crate::{quietly, root};
use ikewhy::packet::{Derived, DerivedKind};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds engine, plugin and the Lua edition, once. They stand below `build/` and `target/release/` then.
pub fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let said = quietly(&mut make(&["plugin", "lua"]));
        assert!(said.is_empty(), "make plugin lua: {said}");
    });
}

/// A make command.
#[must_use]
pub fn make(targets: &[&str]) -> Command {
    let mut make = Command::new("make");
    make.arg("--no-print-directory").args(targets).current_dir(root());
    make.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    make
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

/// A home of this name, and its plugin folder, which is empty.
#[must_use]
pub fn home(name: &str) -> (PathBuf, PathBuf) {
    let home = root().join("build").join(name);
    let _ = fs::remove_dir_all(&home);
    let plugins = home.join(".local/lib/wireshark/plugins");
    for folder in [&home.join(".config"), &home.join(".cache"), &plugins] {
        fs::create_dir_all(folder).expect("a folder");
    }
    (home, plugins)
}

/// A home folder with these decryption tables in Wireshark's settings. Its path.
#[must_use]
pub fn home_with_keys(name: &str, tables: &[PathBuf]) -> PathBuf {
    let home = root().join("build/keys").join(name);
    let personal = home.join(".config/wireshark");
    let _ = fs::remove_dir_all(&personal);
    fs::create_dir_all(&personal).unwrap_or_else(|error| panic!("{}: {error}", personal.display()));
    for table in tables {
        let name = table
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = name.rsplit('.').next().unwrap_or_default().to_owned();
        fs::copy(table, personal.join(name)).unwrap_or_else(|error| panic!("{}: {error}", table.display()));
    }
    let preferences = "esp.enable_encryption_decode: TRUE\n";
    fs::write(personal.join("preferences"), preferences).expect("preferences");
    home
}

/// tshark for an ordinary user with this home, and no plugins but the ones in it.
#[must_use]
pub fn at_home(home: &Path) -> Command {
    let mut command = Command::new(root().join("tests/user.sh"));
    command.arg("env").arg(format!("HOME={}", home.display()));
    // The folder of plugins for everybody is another one: from both, a script would be loaded twice.
    command.arg(format!("WIRESHARK_PLUGIN_DIR={}/none", home.display()));
    command.arg("tshark").current_dir(root());
    command
}

/// What `tshark -G plugins` says about this project's.
#[must_use]
pub fn plugins(home: &Path) -> String {
    let listed = quietly(at_home(home).args(["-G", "plugins"]));
    let ours = listed.lines().filter(|line| line.contains("ikewhy"));
    ours.map(|line| format!("{line}\n")).collect()
}

/// The script of the Lua edition and its library.
pub const LUA_FILES: [&str; 2] = ["ikewhy.lua", "ikewhy-engine.so"];

/// tshark with the Lua edition, proven loaded and alone.
#[must_use]
pub fn lua() -> Command {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    let home = HOME.get_or_init(|| {
        build();
        let (home, folder) = home("home-lua");
        for file in LUA_FILES {
            symlink(root().join("build/lua").join(file), folder.join(file)).expect("a link");
        }
        let listed = plugins(&home);
        let alone = listed.contains("ikewhy.lua") && !listed.contains("ikewhy.so");
        let whole = listed.contains(env!("CARGO_PKG_VERSION"));
        assert!(
            alone && whole,
            "tshark does not load the Lua edition alone:\n{listed}"
        );
        home
    });
    at_home(home)
}

/// The C ABI as a shared library of its own.
#[must_use]
pub fn library() -> PathBuf {
    build();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release/libikewhy_ffi.so")
}

/// What Wireshark made of a frame: one of its data sources after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: DerivedKind,
    /// The bytes.
    pub data: Vec<u8>,
}

impl Source {
    /// As a host hands it over.
    #[must_use]
    pub fn derived(&self) -> Derived<'_> {
        Derived {
            kind: self.kind,
            data: &self.data,
        }
    }
}

/// What Wireshark calls them.
const NAMES: [(&str, DerivedKind); 6] = [
    ("Decrypted IKE", DerivedKind::DecryptedV1),
    ("Decrypted Data", DerivedKind::Decrypted),
    ("Reassembled ISAKMP", DerivedKind::ReassembledV1),
    ("Reassembled IKE2 ISAKMP", DerivedKind::ReassembledV2),
    ("Reassembled IPv4", DerivedKind::ReassembledIp),
    ("Reassembled IPv6", DerivedKind::ReassembledIp),
];

/// What Wireshark makes of each frame of a case, with its keys. `tshark -x` shows it: `Decrypted IKE (96 bytes):` and rows of
/// hexadecimal digits.
#[must_use]
pub fn sources(case: &Case) -> Vec<Vec<Source>> {
    let mut command = tshark();
    command.args(["-n", "-x", "-o", "esp.enable_encryption_decode:TRUE"]);
    let shown = quietly(command.args(case.keys()).arg("-r").arg(&case.path));
    // An empty line stands behind each frame.
    let frames = shown.trim_end_matches('\n').split("\n\n");
    frames.map(made).collect()
}

fn made(frame: &str) -> Vec<Source> {
    let mut sources: Vec<(&str, Vec<u8>)> = Vec::new();
    for line in frame.lines() {
        if let Some((name, _)) = line
            .split_once(" (")
            .filter(|_| line.ends_with("):") && !line.starts_with('0'))
        {
            sources.push((name, Vec::new()));
        } else if let (Some((_, data)), Some(row)) = (sources.last_mut(), line.get(6..53)) {
            let bytes = row
                .split(' ')
                .filter_map(|digits| u8::from_str_radix(digits, 16).ok());
            data.extend(bytes);
        }
    }
    let known = |(name, data): (&str, Vec<u8>)| {
        let (_, kind) = NAMES.into_iter().find(|(known, _)| *known == name)?;
        Some(Source { kind, data })
    };
    sources.into_iter().filter_map(known).collect()
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
