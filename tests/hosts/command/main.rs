//! The command `ikewhy` as users get it: it says what the engine and the plugin say, no result is lost, and the status is right,
//! whatever files are called, whatever becomes of its workers, and wherever the output goes.

mod batch;
mod compare;
mod live;
mod names;
mod one;
mod outputs;
mod through_tshark;
mod workers;

use ikewhy_tests::command::ikewhy;
use ikewhy_tests::{pcap, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn output(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// A capture of this case.
fn capture(name: &str) -> PathBuf {
    root().join("captures").join(name).join("client.pcap")
}

fn failed() -> PathBuf {
    capture("l2tp-psk-differs-strongswan")
}

fn up() -> PathBuf {
    capture("ikev2-psk-up-strongswan")
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A folder with so many captures, each a link.
fn many(name: &str, count: usize) -> PathBuf {
    let folder = folder(name);
    for number in 0..count {
        let link = folder.join(format!("{number:05}.pcap"));
        std::os::unix::fs::symlink(failed(), link).expect("a link");
    }
    folder
}

/// The same command run by a shell, after and with these words of it.
fn shell(before: &str, after: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before} exec \"$@\" {after}"), "sh"]);
    shell
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(root());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

/// Is a process still running?
fn runs(process: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state
        .rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// The processes that this one has started.
fn children(process: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{process}/task"))
        .into_iter()
        .flatten();
    let children = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    children
        .flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Sends a signal.
fn kill(signal: &str, process: &str) {
    let _ = output(Command::new("kill").args(["-s", signal, process]));
}

/// A capture that is cut in the last packet, one in which a length is wrong, one that is cut in its header, and an empty one.
fn damaged(folder: &Path) -> [PathBuf; 4] {
    let whole = fs::read(failed()).expect("a capture");
    let last = 16 + pcap::read(&failed()).last().expect("a packet").data.len();
    let mut wrong = whole.clone();
    let at = whole.len() - last + 8;
    wrong[at..at + 4].copy_from_slice(&[0xFF; 4]);
    let files: [(&str, &[u8]); 4] = [
        ("cut.pcap", &whole[..whole.len() - 3]),
        ("wrong.pcap", &wrong),
        ("header.pcap", &whole[..10]),
        ("empty.pcap", &[]),
    ];
    files.map(|(name, data)| {
        let path = folder.join(name);
        fs::write(&path, data).expect("a file");
        path
    })
}
