//! What distributions ship as configuration and examples of IPsec daemons is read as what it is, and every note about it is true.
//!
//! The packages are downloaded by `apt-get` and unpacked below `build/shipped/`, nothing is installed. Each file was judged by hand, in the
//! upstream versions below: which syntax it has, and what in it is none. A package that cannot be had, or has moved on, is named and left out.

use ikewhy_tests::tshark::tshark;
use ikewhy_tests::{quietly, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file: the end of its path, what it is, and the notes that are true of it.
type Judged = (&'static str, &'static str, &'static [&'static str]);

/// A package, its upstream version, and its files. Those of a folder of strongSwan's settings are judged together.
const PACKAGES: &[(&str, &str, &[Judged])] = &[
    (
        "libstrongswan",
        "5.9.8",
        &[SETTINGS, ("etc/strongswan.conf", "strongswan.conf", &[])],
    ),
    ("strongswan-libcharon", "5.9.8", &[SETTINGS]),
    ("strongswan-charon", "5.9.8", &[SETTINGS]),
    ("charon-systemd", "5.9.8", &[SETTINGS]),
    ("libcharon-extra-plugins", "5.9.8", &[SETTINGS]),
    ("libcharon-extauth-plugins", "5.9.8", &[SETTINGS]),
    (
        "strongswan-starter",
        "5.9.8",
        &[
            SETTINGS,
            // A `config setup` and comments.
            ("etc/ipsec.conf", "ipsec.conf", &[]),
            ("etc/ipsec.secrets", "unknown", &["a file of secrets, not read"]),
        ],
    ),
    (
        "strongswan-swanctl",
        "5.9.8",
        // All of it is a comment but the last line, `include conf.d/*.conf`.
        &[SETTINGS, ("etc/swanctl/swanctl.conf", "includes alone", &[])],
    ),
    (
        "libreswan",
        "4.10",
        &[
            ("etc/ipsec.conf", "ipsec.conf", &[INCLUDE]),
            ("libreswan/ipsec.conf-sample", "ipsec.conf", &[INCLUDE]),
            ("etc/ipsec.secrets", "unknown", &["a file of secrets, not read"]),
            (
                "libreswan/ipsec.secrets-sample",
                "includes alone",
                &[
                    "line 15: include /etc/ipsec.d/*.secrets: not followed, because it lies outside the folder of the file that was given",
                ],
            ),
            // Lists of networks, empty but for their explanation.
            ("policies/block", "unknown", &["nothing but comments"]),
            ("policies/clear", "unknown", &["nothing but comments"]),
            ("policies/clear-or-private", "unknown", &["nothing but comments"]),
            ("policies/portexcludes.conf", "unknown", &["nothing but comments"]),
            ("policies/private", "unknown", &["nothing but comments"]),
            ("policies/private-or-clear", "unknown", &["nothing but comments"]),
            // Two connections, explained in sentences between them that are not marked as comments.
            (
                "examples/hub-spoke.conf",
                "ipsec.conf",
                &[
                    "line 7: neither a section nor a setting",
                    "line 14: neither a section nor a setting",
                    "line 16: neither a section nor a setting",
                    "line 17: neither a section nor a setting",
                    "line 18: neither a section nor a setting",
                    "line 20: neither a section nor a setting",
                    "line 31: neither a section nor a setting",
                    "line 32: neither a section nor a setting",
                    "line 34: neither a section nor a setting",
                    "line 35: neither a section nor a setting",
                    "line 36: neither a section nor a setting",
                    "line 38: neither a section nor a setting",
                    "line 39: neither a section nor a setting",
                ],
            ),
            ("examples/ipv6.conf", "ipsec.conf", &[]),
            ("examples/l2tp-cert.conf", "ipsec.conf", &[]),
            ("examples/l2tp-psk.conf", "ipsec.conf", &[]),
            ("examples/linux-linux.conf", "ipsec.conf", &[]),
            ("examples/oe-authnull.conf", "ipsec.conf", &[]),
            ("examples/oe-dnssec-client.conf", "ipsec.conf", &[]),
            ("examples/oe-dnssec-server.conf", "ipsec.conf", &[]),
            ("examples/oe-exclude-dns.conf", "ipsec.conf", &[]),
            ("examples/oe-letsencrypt-client.conf", "ipsec.conf", &[]),
            ("examples/oe-letsencrypt-server.conf", "ipsec.conf", &[]),
            ("examples/oe-upgrade-authnull.conf", "ipsec.conf", &[]),
            // Of the kernel.
            ("examples/sysctl.conf", "unknown", &[UNKNOWN]),
            // `modecfgdns1.2.3.4,5.6.7.8`: the `=` is missing.
            (
                "examples/xauth.conf",
                "ipsec.conf",
                &["line 15: neither a section nor a setting"],
            ),
        ],
    ),
    // Each example in it is a comment.
    (
        "openiked",
        "7.2",
        &[("etc/iked.conf", "unknown", &["nothing but comments"])],
    ),
    (
        "xl2tpd",
        "1.3.18",
        &[
            // xl2tpd's own settings say nothing about IPsec.
            ("etc/xl2tpd/xl2tpd.conf", "xl2tpd.conf", &[INSIDE]),
            ("etc/xl2tpd/l2tp-secrets", "unknown", &["nothing but comments"]),
            ("examples/xl2tpd.conf", "xl2tpd.conf", &[INSIDE]),
            ("examples/ppp-options.xl2tpd", "unknown", &[UNKNOWN]),
            ("examples/chapsecrets.sample", "unknown", &[UNKNOWN]),
            ("examples/xl2tpd-L2TP-CERT-orgWIN2KXP.conf", "ipsec.conf", &[]),
            ("examples/xl2tpd-L2TP-CERT.conf", "ipsec.conf", &[]),
            ("examples/xl2tpd-L2TP-PSK-orgWIN2KXP.conf", "ipsec.conf", &[]),
            ("examples/xl2tpd-L2TP-PSK.conf", "ipsec.conf", &[]),
        ],
    ),
    (
        "ppp",
        "2.4.9",
        &[
            ("etc/ppp/options", "unknown", &[UNKNOWN]),
            ("examples/options.ttyXX", "unknown", &[UNKNOWN]),
            ("examples/peers-gprs", "unknown", &[UNKNOWN]),
            ("examples/peers-pppoa", "unknown", &[UNKNOWN]),
            ("examples/peers-pppoe", "unknown", &[UNKNOWN]),
        ],
    ),
    // Debian 12 has it no more.
    ("racoon", "0.8.2", &[]),
];

const SETTINGS: Judged = ("etc/strongswan.d/", "strongswan.conf", &[]);
const UNKNOWN: &str =
    "the format is not recognized: it is neither a configuration nor a log that ikewhy reads";
const INSIDE: &str =
    "this format is not read, and it says nothing of IPsec; the log of xl2tpd and pppd is read";
const INCLUDE: &str = "line 41: include /etc/ipsec.d/*.conf: not followed, because it lies outside the folder of the file that was given";

/// The package's files, unpacked; or why not.
fn unpacked(package: &str, version: &str) -> Result<PathBuf, String> {
    let folder = root().join("build/shipped").join(package);
    let tree = folder.join("tree");
    if !tree.is_dir() {
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let run = |program: &str, arguments: &[&str]| {
            let done = Command::new(program)
                .args(arguments)
                .current_dir(&folder)
                .output();
            done.is_ok_and(|o| o.status.success())
        };
        if !run("apt-get", &["download", "-q", package]) {
            return Err("apt-get cannot download it here".to_owned());
        }
        let all = |e: fs::ReadDir| e.flatten().map(|e| e.path()).collect::<Vec<_>>();
        let archives = all(fs::read_dir(&folder).map_err(|e| e.to_string())?);
        let is_deb = |p: &&PathBuf| p.extension().is_some_and(|e| e == "deb");
        let archive = archives.iter().find(is_deb).ok_or("no archive came")?;
        // The upstream version stands between `_`, or an epoch, and the last `-`.
        let name = archive
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let came = name.split('_').nth(1).unwrap_or_default();
        let upstream = came.rsplit_once('-').map_or(came, |(u, _)| u);
        let upstream = upstream.rsplit("%3a").next().unwrap_or(upstream);
        if upstream != version {
            let why = format!("version {upstream} came, and {version} was judged");
            fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
            return Err(why);
        }
        if !run("dpkg-deb", &["-x", &name, "new"]) {
            return Err("dpkg-deb cannot unpack it".to_owned());
        }
        fs::rename(folder.join("new"), &tree).map_err(|e| e.to_string())?;
    }
    Ok(tree)
}

/// Configurations, settings and their examples below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_symlink() {
            continue;
        }
        let text = path.to_string_lossy();
        let configuration =
            text.ends_with(".conf") || text.ends_with("-sample") || text.ends_with(".secrets");
        let setting = [
            "policies/",
            "/xl2tpd/l2tp",
            "/ppp/options",
            "/examples/peers",
            "/examples/options",
            "/examples/ppp-",
            ".sample",
        ]
        .iter()
        .any(|part| text.contains(part));
        if path.is_dir() {
            files(&path, found);
        } else if configuration || (setting && !text.contains("/scripts/")) {
            found.push(path);
        }
    }
}

/// What tshark shows of each file: what it is, and the notes, without the file's name.
fn shown(files: &[PathBuf]) -> Vec<(String, Vec<String>)> {
    let list: Vec<_> = files.iter().map(|f| f.display().to_string()).collect();
    let capture = root().join("captures/ikev1-psk-up-strongswan/server.pcap");
    let mut command = tshark();
    command.args(["-2", "-n", "-Y", "ikewhy.verdict", "-O", "ikewhy", "-o"]);
    command
        .arg(format!("ikewhy.peer_files:{}", list.join(";")))
        .arg("-r")
        .arg(capture);
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for line in quietly(&mut command).lines() {
        let inner = line.trim().trim_matches(['[', ']']);
        let deep = line.starts_with("        [");
        if let Some(file) = inner.strip_prefix("File of a peer: ") {
            let kind = file.split_once(" (").and_then(|(_, k)| k.split_once("): "));
            all.push((kind.map_or_else(String::new, |(k, _)| k.to_owned()), Vec::new()));
        } else if let (true, Some((_, notes))) = (deep, all.last_mut()) {
            let note = inner.split_once(": line").map_or(inner, |(_, n)| n);
            let after = note.find(", line ").map(|at| at + 2);
            let text = after
                .and_then(|at| note.get(at..))
                .or_else(|| note.split_once(": ").map(|(_, t)| t));
            notes.push(text.unwrap_or(note).to_owned());
        } else if !all.is_empty() {
            break;
        }
    }
    all
}

#[test]
fn every_note_about_a_shipped_file_is_true() {
    let mut left_out = Vec::new();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for &(package, version, judged) in PACKAGES {
        let tree = match unpacked(package, version) {
            Ok(tree) => tree,
            Err(why) => {
                left_out.push(format!("{package}: {why}"));
                continue;
            }
        };
        let mut found = Vec::new();
        for part in ["etc", "usr/share/doc"] {
            files(&tree.join(part), &mut found);
        }
        found.sort();
        for (path, file) in found.iter().map(|p| p.to_string_lossy()).zip(shown(&found)) {
            seen += 1;
            let truth = judged
                .iter()
                .find(|(end, ..)| path.ends_with(end) || end.ends_with('/') && path.contains(end));
            match truth {
                None => wrong.push(format!("{path} was not judged: {file:?}")),
                Some((_, kind, notes)) if file.0 != *kind || file.1 != *notes => {
                    wrong.push(format!("{path}: {file:?}"))
                }
                Some(_) => {}
            }
        }
        for (end, ..) in judged {
            let there = found.iter().any(|p| p.to_string_lossy().contains(end));
            assert!(there, "{package} has no {end}");
        }
    }
    eprintln!("{seen} files judged; left out: {}", left_out.join("; "));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 0 || left_out.len() == PACKAGES.len(), "{left_out:?}");
}
