//! What a file's name can do to a terminal, a table and a spreadsheet; and that redacted none is left.

use super::*;
use ikewhy_tests::text;
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn names_of_files_do_no_harm() {
    let folder = folder("names");
    let names: [&[u8]; 9] = [
        b"=cmd|'calc'!A0.pcap",
        b"+1.pcap",
        b"-1+2.pcap",
        b"@sum(1).pcap",
        b"a\x1b[31m\x07.pcap",
        b"b\n\r\t.pcap",
        b"c\xff\xfe.pcap",
        "d\u{202e}\u{200b}\u{3164}\u{85}.pcap".as_bytes(),
        "plain \u{e9}.pcap".as_bytes(),
    ];
    for name in names {
        fs::copy(failed(), folder.join(OsStr::from_bytes(name))).expect("a copy");
    }
    fs::write(folder.join(OsStr::from_bytes(b"bad\x1b[31m.pcap")), "no capture").expect("a file");
    let said = |words: &[&str], files: &[&OsStr]| {
        let ran = output(ikewhy().args(words).args(files).current_dir(&folder));
        assert_eq!(ran.status.code(), Some(2), "{words:?}");
        let (out, error) = (String::from_utf8(ran.stdout), String::from_utf8(ran.stderr));
        let (out, error) = (out.expect("UTF-8"), error.expect("UTF-8"));
        let harmful = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200b}\u{3164}".contains(c);
        assert!(
            !out.contains(harmful) && !error.contains(harmful),
            "{words:?}: {out:?} {error:?}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
        (out, error)
    };
    let mut files: Vec<_> = names.iter().map(|name| OsStr::from_bytes(name)).collect();
    files.push(OsStr::from_bytes(b"bad\x1b[31m.pcap"));
    // `--`: one of the names begins as an option does.
    let (out, error) = said(&["batch", "--csv", "--"], &files);
    for row in [
        "'=cmd|'calc'!A0.pcap,0,",
        "'+1.pcap,0,",
        "'-1+2.pcap,0,",
        "'@sum(1).pcap,0,",
        r"a\u{1b}[31m\u{7}.pcap,0,",
        r"b\n\r\t.pcap,0,",
        r"c\xff\xfe.pcap,0,",
        r"d\u{202e}\u{200b}\u{3164}\u{85}.pcap,0,",
        "plain \u{e9}.pcap,0,",
    ] {
        assert!(out.lines().any(|line| line.starts_with(row)), "{row}:\n{out}");
    }
    assert!(error.starts_with(r"ikewhy: bad\u{1b}[31m.pcap: "), "{error}");
    let (out, _) = said(&["batch", "--"], &files);
    assert!(out.lines().any(|line| line.starts_with("=cmd|")), "{out}");
    let (out, _) = said(&["batch", "--json", "--"], &files);
    let document: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(document["captures"].as_array().map(Vec::len), Some(10));
    let (out, _) = said(&["batch", "--jsonl", "--"], &files);
    assert_eq!(out.lines().count(), 10);
    let _ = said(&["report"], &files[9..]);
    let _ = said(&["compare"], &[files[0], files[9]]);
    let _ = said(&["live"], &files[9..]);
    // The same in a folder.
    let (out, _) = said(&["batch", "--csv"], &[OsStr::new(".")]);
    assert_eq!(out.lines().count(), 10);

    let long = "long".repeat(100);
    let deep = format!("{}/a.pcap", "deep/".repeat(1000));
    for name in [&long, &deep, "gone\x1b[31m", "gone\x1b[31m/", "names\x1b[31m"] {
        for words in ["batch", "report", "compare", "live", "psk-check"] {
            let (_, error) = said(&[words], &[OsStr::new(name)]);
            assert!(error.starts_with("ikewhy: "), "{error}");
        }
    }
    let (_, error) = said(&["batch"], &[OsStr::new(&long)]);
    assert!(error.contains(": cannot be read: File name too long"), "{error}");
    // Nor do words that are not understood.
    for words in [
        &["explain", "no\x1b[31m"][..],
        &["batch", "--no\x1b[31m", "a"],
        &["a", "no\x1b[31m"],
    ] {
        let ran = output(ikewhy().args(words));
        let said = text(&ran.stderr);
        assert!(said.contains("no") && !said.contains('\x1b'), "{said:?}");
        assert_eq!(ran.status.code(), Some(2));
    }
}

#[test]
fn redacted_no_name_of_a_file_is_left() {
    let folder = folder("acme-vpn-gateway");
    let [cut, wrong, header, empty] = damaged(&folder);
    let rubbish = folder.join("acme-rubbish.pcap");
    fs::write(&rubbish, "no capture at all").expect("a file");
    let (gone, hollow) = (folder.join("acme-gone.pcap"), folder.join("acme-hollow"));
    fs::create_dir(&hollow).expect("a folder");
    let long = folder.join("acme-long".repeat(40));
    let all = [&cut, &wrong, &header, &empty, &rubbish, &gone, &long];
    let silent = |ran: &Output| {
        let said = text(&ran.stdout) + &text(&ran.stderr);
        let told = [
            "acme",
            "cut.pcap",
            "wrong.pcap",
            "header.pcap",
            ".pcap\"",
            "198.51.100.20",
        ]
        .iter()
        .any(|word| said.contains(word));
        assert!(!told, "{said}");
        assert_eq!(ran.status.code(), Some(2), "{said}");
    };
    for options in [&[][..], &["--json"], &["--jsonl"], &["--csv"]] {
        let batch = || {
            let mut command = ikewhy();
            command.args(["batch", "--redact"]).args(options);
            command
        };
        let ran = output(batch().args(all));
        silent(&ran);
        let said = text(&ran.stderr);
        assert_eq!(said.lines().count(), all.len(), "{said}");
        assert!(
            said.contains("capture1: ") && said.contains("capture7: "),
            "{said}"
        );
        silent(&output(batch().arg(&hollow)));
        silent(&output(batch().arg("--keys").arg(&hollow).arg(&cut)));
    }
    for path in all {
        silent(&output(ikewhy().args(["report", "--redact"]).arg(path)));
        silent(&output(ikewhy().args(["live", "--redact"]).arg(path)));
    }
}
