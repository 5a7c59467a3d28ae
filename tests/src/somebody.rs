//! An ordinary user with a home of their own, in which things are installed.
//!
//! Another user cannot build in this checkout, so they get a copy with the engine built in it.

use crate::{command, quietly, root, text, tshark};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Somebody's home, with a copy of what `make install` needs of the checkout; deleted in the end.
pub struct Somebody {
    /// The home's folder.
    pub home: PathBuf,
}

impl Somebody {
    /// Of this name, and no other test's.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let library = tshark::library();
        let command = command::built();
        // Where everybody may go; this checkout may stand in root's own folder.
        let home = std::env::temp_dir().join(format!("ikewhy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&home);
        let somebody = Self { home };
        let checkout = somebody.checkout();
        fs::create_dir_all(checkout.join("target/release")).expect("a folder");
        let mut copy = Command::new("cp");
        copy.args(["-R", "--preserve=timestamps"]);
        copy.args([
            "Makefile",
            "Cargo.toml",
            "ffi",
            "lua",
            "command",
            "packaging",
            "tests",
        ]);
        let _ = quietly(copy.arg(&checkout).current_dir(root()));
        for library in [library.with_extension("a"), library] {
            let name = library.file_name().expect("a file");
            fs::copy(&library, checkout.join("target/release").join(name)).expect("copied");
        }
        let to = checkout.join("build/command");
        fs::create_dir_all(&to).expect("a folder");
        fs::copy(command, to.join("ikewhy")).expect("copied");
        somebody.owns_all();
        somebody
    }

    /// What a test run by root has written there belongs to them.
    pub fn owns_all(&self) {
        if is_root() {
            let mut give = Command::new("chown");
            let _ = quietly(give.args(["-R", "65534:65534"]).arg(&self.home));
        }
    }

    /// The copy of this checkout.
    #[must_use]
    pub fn checkout(&self) -> PathBuf {
        self.home.join("checkout")
    }

    /// A program in the checkout, run by its owner, who is not root and has no more rights than anybody.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(if is_root() { "setpriv" } else { "env" });
        if is_root() {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "env"]);
        }
        command.args(["-i", "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"]);
        command.arg(format!("HOME={}", self.home.display())).arg(program);
        command.current_dir(self.checkout());
        command
    }

    /// `make`, which builds nothing but the plugin's C.
    #[must_use]
    pub fn make(&self, arguments: &[&str]) -> Command {
        let mut make = self.command("make");
        make.args(["--no-print-directory", "CARGO=true"]).args(arguments);
        make
    }

    /// What `tshark -G plugins` lists of this project.
    #[must_use]
    pub fn loaded(&self) -> String {
        let listed = quietly(self.command("tshark").args(["-G", "plugins"]));
        let ours = listed.lines().filter(|line| line.contains("ikewhy"));
        ours.map(|line| format!("{line}\n")).collect()
    }

    /// All of the home that is no folder, but for the checkout.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let mut find = Command::new("find");
        find.args([".", "-not", "-type", "d", "-not", "-path", "./checkout/*"]);
        let found = quietly(find.current_dir(&self.home));
        let mut files: Vec<_> = found.lines().map(str::to_owned).collect();
        files.sort();
        files
    }

    /// A program of their own, or another file that may be executed.
    pub fn write(&self, path: &str, content: &str) -> PathBuf {
        let path = self.home.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its own");
        path
    }
}

impl Drop for Somebody {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// May this test become somebody else?
#[must_use]
pub fn is_root() -> bool {
    quietly(Command::new("id").arg("-u")).trim() == "0"
}

/// What became of it, whatever that is.
#[must_use]
pub fn run(mut command: Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// `4.0`, of the installed tshark.
#[must_use]
pub fn installed() -> String {
    // Root is told that it should not.
    let said = text(
        &run({
            let mut tshark = Command::new("tshark");
            tshark.arg("--version");
            tshark
        })
        .stdout,
    );
    let version = said
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    let version = version.expect("a version");
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// An archive as `make package` makes it.
pub fn archive(folder: &Path, name: &str, files: &[(&str, &Path)]) {
    let mut python = Command::new("python3");
    python.args(["-c", "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n for n, f in zip(sys.argv[2::2], sys.argv[3::2]): z.write(f, n)"]);
    python.arg(folder.join(name));
    for (name, file) in files {
        python.arg(name).arg(file);
    }
    let _ = quietly(&mut python);
}

/// The SHA256SUMS of all archives in a folder.
pub fn checksums(folder: &Path) {
    let sums = quietly(
        Command::new("sh")
            .args(["-c", "sha256sum -- *.zip"])
            .current_dir(folder),
    );
    fs::write(folder.join("SHA256SUMS"), sums).expect("written");
}
