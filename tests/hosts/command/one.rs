//! Questions about one capture: report, explain, psk-check.

use super::*;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::rules::RULES;
use ikewhy_tests::{engine, quietly, text};
use std::io::Write as _;
use std::process::Stdio;

#[test]
fn reports_are_the_engines() {
    let path = failed();
    for (option, form) in [
        (None, Form::Text),
        (Some("--markdown"), Form::Markdown),
        (Some("--html"), Form::Html),
        (Some("--json"), Form::Json),
    ] {
        for redact in [false, true] {
            let wanted = Wanted {
                form,
                redact,
                ..Wanted::default()
            };
            let expected = engine::session(&path, &[], &[]).write(&wanted);
            for short in [false, true] {
                let mut command = ikewhy();
                command.args((!short).then_some("report")).args(option).arg(&path);
                let said = quietly(command.args(redact.then_some("--redact")));
                assert_eq!(said, expected, "{option:?}");
            }
        }
    }
    let said = quietly(ikewhy().arg(&path).args(["--stream", "1"]));
    assert!(!said.contains("psk-mismatch"), "{said}");
}

#[test]
fn keys_and_peers_files_are_used() {
    let case = root().join("captures/ikev2-identity-rejected-strongswan");
    let path = case.join("client.pcap");
    let document = |options: &[&str]| quietly(ikewhy().args(["report", "--json"]).args(options).arg(&path));
    let keys = case.join("keys");
    let tables: Vec<PathBuf> = fs::read_dir(&keys)
        .expect("keys")
        .flatten()
        .map(|file| file.path())
        .collect();
    let log = case.join("server.log");
    let with_keys = document(&["--keys", &keys.display().to_string()]);
    assert_eq!(with_keys, engine::session(&path, &tables, &[]).json());
    assert!(with_keys.contains("\"decrypted\""));
    let with_log = document(&["--peer-files", &log.display().to_string()]);
    assert_eq!(with_log, engine::session(&path, &[], &[log]).json());
    assert!(with_log.contains("\"imported\""));
    // A name without a folder is looked for beside the capture.
    assert_eq!(
        document(&["--peer-files", "server.log"])
            .matches("\"imported\"")
            .count(),
        with_log.matches("\"imported\"").count()
    );
}

#[test]
fn a_row_of_keys_that_is_not_used_is_said_and_not_shown() {
    let folder = folder("bad-keys");
    fs::write(
        folder.join("ikev1_decryption_table"),
        "0011223344556677,c0ffee-no-hex\n",
    )
    .expect("a file");
    for words in [
        &["batch"][..],
        &["batch", "--json"],
        &["batch", "--redact"],
        &["report"],
        &["live"],
    ] {
        let ran = output(ikewhy().args(words).arg("--keys").arg(&folder).arg(failed()));
        let (out, error) = (text(&ran.stdout), text(&ran.stderr));
        assert!(
            !out.contains("c0ffee") && !error.contains("c0ffee"),
            "{out}{error}"
        );
        assert!(error.contains("line 1") && error.lines().count() == 1, "{error}");
        assert!(out.contains("psk-mismatch"), "{words:?}: {out}");
        assert_eq!(ran.status.code(), Some(2));
        assert_eq!(
            error.contains("bad-keys"),
            !words.contains(&"--redact"),
            "{error}"
        );
    }
}

#[test]
fn every_diagnosis_is_explained() {
    let listed = quietly(ikewhy().arg("explain"));
    assert_eq!(listed.lines().count(), RULES.len());
    let text = quietly(ikewhy().args(["explain", "psk-mismatch"]));
    assert!(
        text.starts_with("psk-mismatch (stage auth): ") && text.contains("What to change"),
        "{text}"
    );
    let ran = output(ikewhy().args(["explain", "nonsense"]));
    assert_eq!(ran.status.code(), Some(2));
}

/// What is said with this key on standard input, and the status.
fn with_key(key: &[u8], words: &[&str]) -> (String, Option<i32>) {
    let mut command = ikewhy();
    command.arg("psk-check").args(words);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let _ = child.stdin.take().expect("a pipe").write_all(key);
    let ran = child.wait_with_output().expect("it ends");
    (text(&ran.stdout) + &text(&ran.stderr), ran.status.code())
}

#[test]
fn a_key_is_checked_and_never_shown() {
    let configuration =
        root().join("captures/ikev1-aggressive-psk-differs-strongswan/server/swanctl/swanctl.conf");
    let configuration = fs::read_to_string(configuration).expect("a configuration");
    let secret = configuration
        .split("secret = ")
        .nth(1)
        .expect("a secret")
        .lines()
        .next()
        .expect("a line");
    let secret = secret.trim().trim_matches('"');
    let path = capture("ikev1-aggressive-psk-differs-strongswan")
        .display()
        .to_string();
    let file = folder("psk").join("key");
    fs::write(&file, format!("{secret}\nanother line\n")).expect("a file");
    for (key, expected) in [
        (secret, "match: the responder"),
        ("c0ffee", "mismatch: the responder"),
    ] {
        let (said, status) = with_key(key.as_bytes(), &["--key-file", "-", &path]);
        assert!(
            said.contains(&format!(": {expected}")) && !said.contains(key),
            "{said}"
        );
        assert_eq!(status, Some(0));
    }
    let (said, _) = with_key(b"", &["--key-file", &file.display().to_string(), &path]);
    assert!(said.contains(": match"), "{said}");
    for (key, says) in [
        (&b""[..], "no key was given"),
        (&[b'x'; 600], "longer than 511 bytes"),
    ] {
        let (said, status) = with_key(key, &["--key-file", "-", &path]);
        assert!(
            said.starts_with("ikewhy: the key cannot be read: ") && said.contains(says),
            "{said}"
        );
        assert_eq!(status, Some(2));
    }
    // Without a terminal there is nobody to be asked.
    let mut alone = Command::new("setsid");
    let ran = output(alone.arg(ikewhy().get_program()).args(["psk-check", &path]));
    assert!(
        text(&ran.stderr).starts_with("ikewhy: the key cannot be read: "),
        "{}",
        text(&ran.stderr)
    );
    assert_eq!(ran.status.code(), Some(2));
}

#[test]
fn the_pages_are_made_of_the_help() {
    let folder = root().join("build/command");
    let _ = ikewhy();
    let page = fs::read_to_string(folder.join("man1/ikewhy-batch.1")).expect("a page");
    assert!(page.contains("fail\\-on"), "{page}");
    for file in ["ikewhy.bash", "_ikewhy", "ikewhy.fish"] {
        let completion = fs::read_to_string(folder.join("completions").join(file)).expect("completions");
        assert!(completion.contains("psk-check"), "{file}");
        assert!(
            !completion.contains("Reads captures for another"),
            "{file} shows what is hidden"
        );
    }
    let ran = output(
        Command::new("bash")
            .arg("-n")
            .arg(folder.join("completions/ikewhy.bash")),
    );
    assert!(ran.status.success());
}

/// It needs no library: the C library is in it.
#[test]
fn it_is_one_static_program() {
    let program = fs::read(ikewhy().get_program()).expect("a program");
    let interpreter = b"/lib64/ld-linux";
    assert!(
        !program
            .windows(interpreter.len())
            .any(|bytes| bytes == interpreter)
    );
}
