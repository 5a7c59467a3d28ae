//! The plugin where its surroundings fail: files that are no files, output that cannot be written, and memory that runs out. Wireshark
//! goes on, or ends with a message, as it does without the plugin. (A library that is missing or another's: tests/hosts/lua.rs. A panic in each function of the C
//! ABI: ffi/src/panic_tests.rs. A plugin for another Wireshark: tests/packages.sh.)

use ikewhy_fuzz::capture::ike;
use ikewhy_tests::packets::{item, proposals};
use ikewhy_tests::tshark::{lua, tshark};
use ikewhy_tests::{pcap, quietly, root, text};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A new folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The same command with this much address space, in KiB.
fn limited(command: &Command, limit: u32) -> Command {
    let words = |word: &std::ffi::OsStr| word.to_string_lossy().into_owned();
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -v {limit} && exec \"$@\""), "sh"]);
    limited.arg(words(command.get_program())).args(command.get_args());
    limited.current_dir(root());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            limited.env(name, value);
        }
    }
    limited
}

#[test]
fn peer_files_that_are_no_files_cost_little_and_are_named() {
    let folder = folder("faults-files");
    let inner = folder.join("inner");
    fs::create_dir(&inner).expect("a folder");
    symlink(".", inner.join("again")).expect("a link");
    symlink("loop.conf", folder.join("loop.conf")).expect("a link");
    symlink("gone", folder.join("gone.conf")).expect("a link");
    symlink("../gone", inner.join("gone.conf")).expect("a link");
    for pipe in [folder.join("pipe.conf"), inner.join("pipe.conf")] {
        let _ = quietly(Command::new("mkfifo").arg(pipe));
    }
    let huge = File::create(folder.join("huge.conf")).expect("a file");
    huge.set_len(10 << 30).expect("a sparse file");
    let case = root().join("captures/ikev1-ike-keylength-differs-strongswan");
    fs::copy(
        case.join("server/swanctl/swanctl.conf"),
        inner.join("swanctl.conf"),
    )
    .expect("copied");

    let mut files: Vec<String> = ["huge.conf", "loop.conf", "gone.conf", "pipe.conf", "inner"]
        .iter()
        .map(|name| folder.join(name).display().to_string())
        .collect();
    files.extend(["/dev/zero", "/dev/tty", "/proc/self/mem", "/dev/stdin"].map(str::to_owned));
    for edition in [tshark as fn() -> Command, lua] {
        let mut command = edition();
        command.args([
            "-n",
            "-2",
            "-V",
            "-o",
            &format!("ikewhy.peer_files:{}", files.join(";")),
        ]);
        command.arg("-r").arg(case.join("client.pcap"));
        let start = Instant::now();
        let said = quietly(&mut limited(&command, 600_000));
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        for words in [
            "huge.conf: only the first 8 MiB of this file were read",
            "loop.conf: cannot be read: ",
            "gone.conf: no such file",
            "pipe.conf: is not a regular file",
            "zero: is not a regular file",
            "tty: is not a regular file",
            // The file that is one is read all the same.
            "swanctl.conf, line 6, allows only",
        ] {
            assert!(said.contains(words), "{words} is not said:\n{said}");
        }
    }
}

/// Another report, of Wireshark's own, comes through beside one that fails.
#[test]
fn output_that_cannot_be_written_is_said_and_the_status_says_so() {
    let case = root().join("captures/ikev1-aggressive-psk-differs-strongswan/client.pcap");
    // Runs tshark with its output and input as the words of a shell say.
    let run = |how: &str, statistics: &[&str]| {
        let shown = tshark();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec \"$@\" {how}"), "sh"]);
        command
            .arg(shown.get_program())
            .args(shown.get_args())
            .current_dir(root());
        for statistic in statistics {
            command.args(["-z", statistic]);
        }
        let output = command.args(["-n", "-q", "-r"]).arg(&case).output().expect("sh");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    for statistic in [
        "ikewhy,json",
        "ikewhy,report",
        "ikewhy,report,html,redact",
        "ikewhy,explain",
    ] {
        for (how, why) in [
            (">/dev/full", "No space left on device"),
            (">&-", "Bad file descriptor"),
        ] {
            let (status, _, said) = run(how, &[statistic]);
            assert_eq!(
                said,
                format!("ikewhy: the output cannot be written: {why}\n"),
                "{statistic}"
            );
            assert_eq!(status, Some(2), "{statistic} {how}");
        }
        assert_eq!(run("", &[statistic]).0, Some(0), "{statistic}");
    }
    let (_, alone, _) = run("", &["expert"]);
    let (status, beside, said) = run("</dev/null", &["expert", "ikewhy,psk-check,fd=0"]);
    assert_eq!((status, beside), (Some(2), alone.clone()));
    assert!(said.starts_with("ikewhy: no key was given"), "{said}");
    let (status, beside, _) = run("</dev/null", &["ikewhy,psk-check,fd=0", "expert"]);
    assert_eq!((status, beside), (Some(2), alone));
}

/// Negotiations that never go on, of as many addresses: what needs most memory.
fn flood(count: u32) -> PathBuf {
    let path = folder("faults-flood").join("flood.pcap");
    let offer = item(0, &proposals(2, 1, 4));
    let frames = (0..count).map(|number| {
        let mut data = ike(true, 33, 0x20, 34, 8, 0, &offer).data;
        let [_, a, b, c] = number.to_be_bytes();
        data[26..30].copy_from_slice(&[10, a, b, c]); // from here
        data[42..46].copy_from_slice(&[1, a, b, c]); // initiator SPI
        data
    });
    pcap::write(&path, frames);
    path
}

/// Without memory no program goes on. It has to say so and to end at once: nothing hangs, and nothing is used that was not given.
#[test]
fn where_memory_runs_out_the_process_says_so() {
    let path = flood(300_000);
    let mut ended = 0;
    for limit in [440_000, 520_000, 4_000_000] {
        let mut command = tshark();
        command.args(["-n", "-q", "-z", "ikewhy,json", "-r"]).arg(&path);
        let output = limited(&command, limit).output().expect("sh");
        if output.status.success() {
            assert!(output.stderr.is_empty() && output.stdout.starts_with(b"{"));
            continue;
        }
        ended += 1;
        let said = text(&output.stderr);
        assert_eq!(
            output.status.signal(),
            Some(6),
            "{limit}: {} {said}",
            output.status
        );
        assert!(
            said.contains("memory allocation of") || said.contains("failed to allocate"),
            "{limit}: {said}"
        );
    }
    assert!((1..3).contains(&ended), "{ended} of three ended");
}
