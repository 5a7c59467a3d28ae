//! The Python package, with a module that was just built and Debian's Python: `python/tests/` runs in it.
//! `make python-test` does it with the wheel, over all captures, in clean systems.

use ikewhy_tests::{command, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package as a wheel has it, with a module of which a panic can be asked.
fn package() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--quiet", "--message-format=json"]);
    cargo.args(["-p", "ikewhy-python", "--features", "faults"]);
    let said = cargo.current_dir(root()).output().expect("cargo runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let messages = String::from_utf8(said.stdout).expect("text");
    let module = (messages.lines())
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|message| message["target"]["name"] == "ikewhy_engine")
        .find_map(|message| Some(message["filenames"][0].as_str()?.to_owned()))
        .expect("a module");

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let package = folder.join("ikewhy");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&package).expect("a folder");
    for file in ikewhy_tests::own::files("python/ikewhy", ".py") {
        fs::copy(&file, package.join(file.file_name().expect("a name"))).expect("a copy");
    }
    fs::copy(module, package.join("_engine.abi3.so")).expect("a copy");
    folder
}

#[test]
fn the_package_does_what_it_says() {
    let mut python = Command::new("python3");
    python.args(["-B", "-W", "error::DeprecationWarning", "-m", "unittest", "-q"]);
    python.current_dir(root().join("python/tests"));
    python
        .env("PYTHONPATH", package())
        .env("IKEWHY_COMMAND", command::built());
    let said = python.output().expect("python3 runs");
    let report = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{report}");
    assert!(report.contains("\nOK"), "{report}");
}
