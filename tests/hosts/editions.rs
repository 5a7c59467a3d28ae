//! Every value of both editions, in this Wireshark or that, is what the native plugin gives in the installed one.
//!
//! The whole corpus merged into two captures, and a sample of it one by one; with `IKEWHY_WHOLE=1` (`make parity`) each
//! capture on its own, which takes long.

use ikewhy_tests::cases::{Case, all, merged, some};
use ikewhy_tests::tshark::{lua, tshark};
use ikewhy_tests::values::{EXPERT, Edition, INFO, names, values, wireshark};
use ikewhy_tests::{for_each, pcap, quietly, root};
use std::process::Command;

const ONE_PASS: &[&str] = &[];
const TWO_PASSES: &[&str] = &["-2"];
/// What the Lua edition needs in two passes: without a filter, the first one shows it only the bare frames.
const TWO_PASSES_FILTERED: &[&str] = &["-2", "-Y", "isakmp"];

fn cases(sample: usize) -> Vec<Case> {
    let mut cases = match std::env::var_os("IKEWHY_WHOLE") {
        Some(_) => all(),
        None => some(sample),
    };
    cases.extend(merged());
    cases
}

/// The first difference, if there is one. Between two Wiresharks, their own words don't count; and the field of the Info
/// column: from 4.2 on it is filled before plugins come to append to the column.
fn difference(expected: &str, got: &str, same_wireshark: bool) -> Option<String> {
    let names = names();
    for (line, other) in expected.lines().zip(got.lines()) {
        for (name, (value, other)) in names.iter().zip(line.split('\t').zip(other.split('\t'))) {
            // The root's text, where it is too long for a tree, is cut: each version marks that in its own way.
            let cut = |text: &str| text.starts_with(" [truncated]") || text.starts_with("[…]");
            let cut = name == "ikewhy" && (cut(value) || cut(other));
            let counts = same_wireshark || !(cut || [INFO, EXPERT].contains(&name.as_str()));
            // From 4.4 on, -T fields escapes backslashes.
            if counts && value.replace(r"\\", r"\") != other.replace(r"\\", r"\") {
                let frame = line.split('\t').next().unwrap_or_default();
                return Some(format!("frame {frame}, {name}: {:#?}", (value, other)));
            }
        }
    }
    let frames = (expected.lines().count(), got.lines().count());
    (frames.0 != frames.1).then(|| format!("numbers of frames: {frames:?}"))
}

fn assert_same(cases: &[Case], compare: impl Fn(&Case) -> Option<String> + Sync) {
    let found = for_each(cases, |case| {
        compare(case).map(|found| format!("{}: {found}", case.name))
    });
    let found: Vec<_> = found.into_iter().flatten().collect();
    assert!(
        found.is_empty(),
        "{} captures:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The native plugin here and in the installed Wireshark. (In the latter, this only proves that each capture is read.)
fn native(options: &[&str]) {
    assert_same(&cases(12), |case| {
        let here = values(Edition::Native, &wireshark(), options, case);
        let installed = values(Edition::Native, "", options, case);
        difference(&installed, &here, wireshark().is_empty())
    });
}

#[test]
fn native_in_one_pass() {
    native(ONE_PASS);
}

#[test]
fn native_in_two_passes() {
    native(TWO_PASSES);
}

/// Both editions in the same Wireshark.
fn both(cases: &[Case], options: &[&str]) {
    assert_same(cases, |case| {
        let native = values(Edition::Native, &wireshark(), options, case);
        let lua = values(Edition::Lua, &wireshark(), options, case);
        difference(&native, &lua, true)
    });
}

#[test]
fn lua_in_one_pass() {
    both(&cases(20), ONE_PASS);
}

#[test]
fn lua_in_two_passes_with_a_filter() {
    both(&cases(20), TWO_PASSES_FILTERED);
}

#[test]
fn lua_in_one_pass_with_a_filter_of_its_own() {
    both(&some(12), &["-Y", "ikewhy"]);
}

#[test]
fn lua_with_the_peers_files() {
    let mut cases = all();
    cases.retain(|case| case.name == "ikev2-ike-dh-differs-libreswan/client");
    assert_eq!(cases.len(), 1);
    let folder = root().join("captures/ikev2-ike-dh-differs-libreswan/server");
    for case in &mut cases {
        case.tables.clear();
    }
    let files = format!("ikewhy.peer_files:{}", folder.display());
    both(&cases, &["-2", "-o", &files]);
}

/// Backbone tags (IEEE 802.1ah), which only Wireshark looks through: the engine needs to be told where IP begins.
#[test]
fn both_behind_a_layer_unknown_to_the_engine() {
    let mut cases = all();
    cases.retain(|case| {
        [
            "ikev2-cert-ip-fragments-strongswan/client",
            "ikev2-ipv6-psk-differs-strongswan/client",
            "l2tp-up-strongswan/client",
        ]
        .contains(&case.name.as_str())
    });
    assert_eq!(cases.len(), 3);
    for case in &mut cases {
        let tagged = pcap::read(&case.path).into_iter().map(|frame| {
            let addresses = frame.data[..12].to_vec();
            [addresses, vec![0x88, 0xE7, 0, 0, 0, 1], frame.data].concat()
        });
        let path = root()
            .join("build")
            .join(format!("tagged-{}.pcap", case.name.replace('/', "-")));
        pcap::write(&path, tagged);
        case.path = path;
        let shown = values(Edition::Lua, &wireshark(), &[], case);
        let known = ["established", "authentication-failed", "psk-mismatch"];
        assert!(
            known.iter().any(|verdict| shown.contains(verdict)),
            "{}: {shown}",
            case.name
        );
    }
    for options in [ONE_PASS, TWO_PASSES_FILTERED] {
        both(&cases, options);
    }
}

#[test]
fn the_info_column_of_both() {
    for case in some(12) {
        let appended = |mut command: Command| {
            let lines = quietly(
                command
                    .args(["-n", "-2", "-Y", "isakmp or ikewhy", "-r"])
                    .arg(&case.path),
            );
            let words = |line: &str| {
                let at = line.rfind(" [").filter(|_| line.ends_with(']'));
                at.map(|at| line[at..].to_owned())
            };
            lines.lines().filter_map(words).collect::<Vec<_>>()
        };
        let native = appended(tshark());
        assert!(
            native.iter().any(|words| words.contains('-')
                || [" [established]", " [stalled"]
                    .iter()
                    .any(|id| words.starts_with(id))),
            "{}: {native:?}",
            case.name
        );
        assert_eq!(native, appended(lua()), "{}", case.name);
        let mut installed = tshark();
        installed.env("IKEWHY_WIRESHARK", "");
        assert_eq!(native, appended(installed), "{}", case.name);
    }
}

/// Frames that may be ours: a capture of the sample may be of ESP that no IKE is seen of.
const OURS: &str = "isakmp || esp || icmp";

/// The bytes that a click on an item highlights: name, first byte and number of each item of ours.
fn highlighted(mut command: Command, case: &Case) -> Vec<String> {
    command.args(["-n", "-2", "-Y", OURS]).args(case.keys());
    let all = quietly(command.args(["-T", "pdml", "-r"]).arg(&case.path));
    let attribute = |line: &str, name: &str| {
        let (_, behind) = line.split_once(&format!(" {name}=\""))?;
        Some(behind.split_once('"')?.0.to_owned())
    };
    let ours = all.lines().filter(|line| line.contains(" name=\"ikewhy"));
    ours.filter_map(|line| {
        let size = attribute(line, "size").filter(|size| size != "0")?;
        Some(format!(
            "{} {}+{size}",
            attribute(line, "name")?,
            attribute(line, "pos")?
        ))
    })
    .collect()
}

#[test]
fn both_highlight_the_same_bytes() {
    for case in some(8) {
        let native = highlighted(tshark(), &case);
        assert!(!native.is_empty(), "{}", case.name);
        assert_eq!(native, highlighted(lua(), &case), "{}", case.name);
    }
}

#[test]
fn preferences_act_in_both() {
    let case = &some(1)[0];
    let show = |mut command: Command, options: &[&str]| {
        command.args(["-n", "-2"]).args(options);
        quietly(command.arg("-r").arg(&case.path))
    };
    for edition in [tshark, lua] {
        let tree = ["-Y", OURS, "-V"];
        let off = ["-Y", OURS, "-V", "-o", "ikewhy.enabled:FALSE"];
        let names = "IKE diagnosis";
        assert!(show(edition(), &tree).contains(names), "{}", case.name);
        assert!(!show(edition(), &off).contains(names), "{}", case.name);

        let list = show(edition(), &["-Y", OURS]);
        let plain = show(edition(), &["-Y", OURS, "-o", "ikewhy.info_column:FALSE"]);
        let off = show(edition(), &["-Y", OURS, "-o", "ikewhy.enabled:FALSE"]);
        assert_ne!(list, plain, "{}", case.name);
        assert_eq!(plain, off, "{}", case.name);
    }
    // A script has its reports in a menu alone: tests/gui.py.
    let report = ["-q", "-z", "ikewhy,report"];
    let redacted = [&report[..], &["-o", "ikewhy.redact:TRUE"]].concat();
    let peer = show(tshark(), &["-T", "fields", "-e", "ip.src", "-c", "1"]);
    assert!(show(tshark(), &report).contains(peer.trim()), "{}", case.name);
    assert!(!show(tshark(), &redacted).contains(peer.trim()), "{}", case.name);
}
