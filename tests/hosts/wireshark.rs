//! The plugin inside tshark: registered from the registry, the same in one pass and two, in every output format, on
//! pipes, and quiet where it has nothing to say.

use ikewhy::report::field::{FIELDS, FieldType};
use ikewhy::rules::RULES;
use ikewhy_tests::cases::{self, some};
use ikewhy_tests::tshark::{rows, tshark};
use ikewhy_tests::{for_each, is_quiet, pcap, quietly, root, text};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn on(path: &Path, options: &[&str]) -> Command {
    let mut command = tshark();
    command.arg("-n").args(options).arg("-r").arg(path);
    command
}

/// A capture with IKE-like packets that are none, and others.
fn noise() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("noise.pcap");
    let ports = [(500, 500), (4500, 4500), (53, 53), (1701, 1701), (464, 500)];
    let payloads: [&[u8]; 4] = [&[], &[0xFF], &[0; 28], &[0; 200]];
    let frames = ports
        .into_iter()
        .flat_map(|ports| payloads.map(|payload| pcap::udp(ports, payload)));
    pcap::write(&path, frames);
    path
}

#[test]
fn fields_and_expert_items_are_those_of_the_registry() {
    let listed = quietly(tshark().args(["-G", "fields"]));
    let listed: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    let find = |abbrev: &str| listed.iter().find(|line| line[0] == "F" && line[2] == abbrev);
    for field in FIELDS {
        let kind = match field.kind {
            FieldType::Protocol => continue,
            FieldType::Group => "FT_NONE",
            FieldType::Uint => "FT_UINT32",
            FieldType::Text => "FT_STRING",
            FieldType::Frame(_) => "FT_FRAMENUM",
            FieldType::Duration => "FT_RELATIVE_TIME",
            FieldType::Double => "FT_DOUBLE",
        };
        let line = find(field.abbrev).unwrap_or_else(|| panic!("{} is not registered", field.abbrev));
        assert_eq!((line[1], line[3]), (field.name, kind), "{}", field.abbrev);
    }
    for rule in RULES {
        let abbrev = format!("ikewhy.{}", rule.id.name().replace('-', "_"));
        let line = find(&abbrev).unwrap_or_else(|| panic!("{abbrev} is not registered"));
        assert_eq!(line[1], rule.title);
    }
}

#[test]
fn preferences_act() {
    let listed = quietly(tshark().args(["-G", "currentprefs"]));
    for name in ["enabled", "peer_files", "info_column", "redact"] {
        assert!(
            listed.contains(&format!("ikewhy.{name}:")),
            "no preference ikewhy.{name}"
        );
    }
    for case in some(3) {
        let tree = |options: &[&str]| rows(&mut on(&case.path, options), "ikewhy", &["frame.number"]);
        assert!(!tree(&["-2"]).is_empty(), "{}: no tree", case.name);
        assert!(
            tree(&["-2", "-o", "ikewhy.enabled:FALSE"]).is_empty(),
            "{}",
            case.name
        );
        let info = |value: &str| {
            quietly(&mut on(
                &case.path,
                &["-2", "-o", &format!("ikewhy.info_column:{value}")],
            ))
        };
        assert_ne!(
            info("TRUE"),
            info("FALSE"),
            "{}: no word in the Info column",
            case.name
        );
    }
}

#[test]
fn one_pass_and_two_draw_the_same_frames() {
    let complaints = for_each(&some(12), |case| {
        let frames = |options: &[&str]| rows(&mut on(&case.path, options), "ikewhy", &["frame.number"]);
        let trees = |options: &[&str]| {
            let all = quietly(&mut on(&case.path, options));
            all.lines()
                .filter(|line| line.contains("[Negotiation index: "))
                .count()
        };
        let (once, twice) = (frames(&[]), frames(&["-2"]));
        let (drawn_once, drawn_twice) = (trees(&["-V"]), trees(&["-2", "-V"]));
        let same = once == twice && once.len() == drawn_once && drawn_once == drawn_twice && !once.is_empty();
        let numbers = (once.len(), twice.len(), drawn_once, drawn_twice);
        (!same).then(|| {
            format!(
                "{}: frames with a tree (-Y, -2 -Y, -V, -2 -V): {numbers:?}",
                case.name
            )
        })
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn expert_items_are_counted_alike_with_and_without_a_tree() {
    let complaints = for_each(&some(12), |case| {
        // `-z expert` needs no tree; -V makes one.
        let experts = |options: &[&str]| {
            let all = quietly(&mut on(&case.path, options));
            let ours = all.lines().filter(|line| line.contains(" ikewhy  "));
            let mut lines: Vec<_> = ours.map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let bare = experts(&["-2", "-q", "-z", "expert"]);
        let tree = experts(&["-2", "-V", "-z", "expert"]);
        let once = experts(&["-q", "-z", "expert"]);
        let once_tree = experts(&["-V", "-z", "expert"]);
        let same = bare == tree && once == once_tree && !bare.is_empty();
        (!same).then(|| format!("{}:\n{bare:#?}\n{tree:#?}\n{once:#?}\n{once_tree:#?}", case.name))
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Of each packet of the corpus.
#[test]
fn every_output_format_is_well_formed() {
    for_each(&cases::merged(), |case| {
        let json = quietly(&mut on(&case.path, &["-2", "-T", "json"]));
        let json: serde_json::Value = serde_json::from_str(&json).expect("-T json");
        assert!(json.to_string().contains("\"ikewhy.verdict\""), "{}", case.name);

        let pdml = quietly(&mut on(&case.path, &["-2", "-T", "pdml"]));
        let pdml = roxmltree::Document::parse(&pdml).expect("-T pdml");
        let ours = pdml
            .descendants()
            .any(|node| node.attribute("name") == Some("ikewhy.verdict"));
        assert!(ours, "{}", case.name);

        for line in quietly(&mut on(&case.path, &["-2", "-T", "ek"])).lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("-T ek");
        }
    });
}

#[test]
fn report_and_document_come_at_the_end_of_one_pass() {
    for_each(&some(8), |case| {
        for what in ["ikewhy,report", "ikewhy,json"] {
            let once = quietly(&mut on(&case.path, &["-q", "-z", what]));
            let twice = quietly(&mut on(&case.path, &["-2", "-q", "-z", what]));
            let mut piped = tshark();
            piped.args(["-n", "-q", "-z", what, "-r", "-"]);
            piped.stdin(Stdio::from(File::open(&case.path).expect("readable")));
            let piped = quietly(&mut piped);
            assert!(!once.trim().is_empty(), "{}: no {what}", case.name);
            assert_eq!(once, twice, "{}: -2 {what}", case.name);
            assert_eq!(once, piped, "{}: piped {what}", case.name);
            if what == "ikewhy,json" {
                let document: serde_json::Value = serde_json::from_str(&once).expect("JSON");
                assert!(document.get("schema_version").is_some(), "{}", case.name);
            }
        }
    });
}

/// A number is digits and nothing else, and no other number than what it says. The right key stands ready for whoever reads it all the same.
#[test]
fn arguments_that_are_not_understood_are_refused() {
    let path = root().join("captures/ikev1-aggressive-up-strongswan/client.pcap");
    let key = Path::new(env!("CARGO_TARGET_TMPDIR")).join("key");
    std::fs::write(&key, "invented-secret-for-the-lab\n").expect("a file");
    let run = |statistic: &str| {
        let mut command = on(&path, &["-q", "-z", statistic]);
        command.stdin(Stdio::from(File::open(&key).expect("readable")));
        command.output().expect("tests/user.sh runs")
    };
    assert!(text(&run("ikewhy,psk-check,fd=0").stdout).contains(": match: "));
    for number in [
        "",
        "4294967296",
        "18446744073709551616",
        "-1",
        "+0",
        " 0",
        "0 ",
        "0x0",
        "0,",
        "0,fd=0",
        "00000000000000000000001x",
        "zero",
    ] {
        for statistic in ["psk-check,fd", "report,stream"] {
            let output = run(&format!("ikewhy,{statistic}={number}"));
            let said = text(&output.stderr);
            assert!(
                said.starts_with("ikewhy: cannot understand ") && said.contains("\nUsage: -z ikewhy,"),
                "{number}: {said}"
            );
            assert_eq!(
                (output.status.code(), text(&output.stdout)),
                (Some(1), String::new()),
                "{statistic}={number}"
            );
        }
    }
    for (arguments, says) in [
        ("psk-check,fd=2147483648", "cannot understand this"),
        (
            "psk-check,fd=2147483647",
            "file descriptor 2147483647 is not open",
        ),
        (
            "psk-check,fd=1",
            "file descriptor 1 is not open, or not for reading",
        ),
        ("psk-checks,fd=0", "cannot understand this"),
        ("psk-check,x,fd=0", "cannot understand this"),
        (
            "report,stream=4294967295",
            "cannot understand \"-z ikewhy,report,stream=4294967295\"",
        ),
        (
            "json,stream=0,stream",
            "cannot understand \"-z ikewhy,json,stream=0,stream\"",
        ),
        ("reports", "cannot understand \"-z ikewhy,reports\""),
        ("explained", "there is no diagnosis \"ed\""),
        ("explain,", "there is no diagnosis \"\""),
        (
            "explain,psk-mismatch,x",
            "there is no diagnosis \"psk-mismatch,x\"",
        ),
    ] {
        let output = run(&format!("ikewhy,{arguments}"));
        let said = text(&output.stderr);
        assert!(
            said.starts_with(&format!("ikewhy: {says}")),
            "{arguments}: {said}"
        );
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(1), String::new()),
            "{arguments}"
        );
    }
}

/// Rows of the stats tree: their path and count.
fn statistics(path: &Path, options: &[&str]) -> Vec<(String, u64)> {
    let all = quietly(&mut on(path, options));
    let mut table = String::new();
    let mut rows = Vec::new();
    for line in all
        .lines()
        .skip_while(|line| !line.starts_with("---"))
        .skip(1)
        .take_while(|line| !line.is_empty())
    {
        let name = line.trim_start().split("  ").next().expect("a name");
        let count = line.trim_start()[name.len()..].split_whitespace().next();
        let count = count.and_then(|word| word.parse().ok()).expect("a count");
        if line.starts_with(' ') {
            rows.push((format!("{table}: {name}"), count));
        } else {
            name.clone_into(&mut table);
        }
    }
    rows.sort();
    rows
}

#[test]
fn statistics_count_each_negotiation_once() {
    let silent = |name: &str| name.contains("ignored") || name.contains("mixed-five");
    let mut chosen = some(8);
    chosen.extend(cases::all().into_iter().filter(|case| silent(&case.name)));
    let complaints = for_each(&chosen, |case| {
        let once = statistics(&case.path, &["-q", "-z", "ikewhy,tree"]);
        let twice = statistics(&case.path, &["-2", "-q", "-z", "ikewhy,tree"]);
        let told = quietly(&mut on(&case.path, &["-q", "-z", "ikewhy,json"]));
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        let mut expected = BTreeMap::new();
        for negotiation in told["negotiations"].as_array().expect("a list") {
            let verdict = negotiation["verdict"]["title"].as_str().expect("a title");
            *expected
                .entry(format!("Negotiations by verdict: {verdict}"))
                .or_insert(0) += 1;
        }
        let first = statistics(&case.path, &["-q", "-z", "ikewhy,tree,ikewhy.stream == 0"]);
        let first = first.iter().filter(|(row, _)| row.contains("by verdict"));
        let verdicts: BTreeMap<_, _> = once
            .iter()
            .filter(|(row, _)| row.contains("by verdict"))
            .cloned()
            .collect();
        let same = once == twice && verdicts == expected && first.map(|(_, count)| count).sum::<u64>() == 1;
        (!same).then(|| format!("{}:\n{once:#?}\n{twice:#?}\n{expected:#?}", case.name))
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The rows of the table, each with its cells.
fn table(path: &Path, options: &[&str]) -> Vec<Vec<String>> {
    let printed = quietly(&mut on(path, options));
    let rows = printed
        .lines()
        .filter(|line| line.contains("ikewhy.stream == ") && line.ends_with('|'));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect());
    cells.collect()
}

#[test]
fn the_table_has_a_row_for_each_negotiation() {
    let mut chosen = some(8);
    // Silence, which only the end of the capture decides; several at once; addresses of IPv6.
    let special = |name: &str| {
        ["ignored", "mixed-five", "ipv6"]
            .iter()
            .any(|part| name.contains(part))
    };
    chosen.extend(cases::all().into_iter().filter(|case| special(&case.name)));
    let complaints = for_each(&chosen, |case| {
        let once = table(&case.path, &["-q", "-z", "ikewhy,table"]);
        let twice = table(&case.path, &["-2", "-q", "-z", "ikewhy,table"]);
        let first = table(&case.path, &["-q", "-z", "ikewhy,table,ikewhy.stream == 0"]);
        let told = quietly(&mut on(&case.path, &["-q", "-z", "ikewhy,json"]));
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        let expected = told["negotiations"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|negotiation| {
                let verdict = &negotiation["verdict"];
                let [from, to] = ["initiator", "responder"].map(|side| text(&negotiation[side]["address"]));
                let sure = 100.0 * verdict["confidence"].as_f64().expect("a number");
                let start = text(&negotiation["start"]).replace('T', " ");
                vec![
                    negotiation["stream"].to_string(),
                    format!("{from} -> {to}"),
                    text(&verdict["title"]),
                    format!("{sure:.0}"),
                    format!("{} UTC", &start[..19]),
                    format!("{:.3}", negotiation["duration"].as_f64().expect("a number")),
                    format!("ikewhy.stream == {}", negotiation["stream"]),
                ]
            });
        let expected: Vec<Vec<String>> = expected.collect();
        // All cells but the step, and what stands behind the last line.
        let without_step = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
            let cells = |row: &Vec<String>| [&row[..4], &row[5..8]].concat();
            rows.iter().map(cells).collect()
        };
        let same = once == twice && without_step(&once) == expected && first == once[..1];
        (!same).then(|| format!("{}:\n{once:#?}\n{twice:#?}\n{first:#?}\n{expected:#?}", case.name))
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_flow_graph_says_steps_and_the_verdict() {
    let path = root().join("captures/ikev1-psk-differs-strongswan/client.pcap");
    let flow = |options: &[&str]| {
        quietly(&mut on(
            &path,
            &[options, &["-q", "-z", "flow,ikewhy,network"]].concat(),
        ))
    };
    for flow in [flow(&["-2"]), flow(&[])] {
        for step in 1..=5 {
            assert!(flow.contains(&format!("Main Mode {step} of 6")), "{flow}");
        }
        assert_eq!(
            flow.matches("Neg. 0: The pre-shared keys differ").count(),
            1,
            "{flow}"
        );
    }
}

#[test]
fn the_packet_list_has_a_word_for_verdicts_and_repetitions() {
    let path = root().join("captures/ikev1-psk-differs-strongswan/client.pcap");
    // The list as it is printed: from 4.2 on, the field _ws.col.Info is filled before plugins come to append to the column.
    let info = |options: &[&str]| {
        let listed = quietly(on(&path, options).args(["-Y", "ikewhy"]));
        let ours = listed.lines().filter_map(|line| {
            let (_, words) = line.rsplit_once(" [")?;
            Some(words.strip_suffix(']')?.to_owned())
        });
        ours.collect::<Vec<_>>()
    };
    let expected = ["psk-mismatch, retransmission of 5", "retransmission of 5"];
    assert_eq!(info(&[]), expected);
    assert_eq!(info(&["-2"]), expected);
    assert!(info(&["-o", "ikewhy.info_column:FALSE"]).is_empty());
}

#[test]
fn the_profile_loads_and_keeps_what_the_user_changed() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home-profile");
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(home.join(".cache")).expect("writable");
    let profiles = home.join(".config/wireshark/profiles");
    let manage = |what| {
        let mut command = Command::new(root().join("lua/profile.sh"));
        quietly(command.arg(what).arg(&profiles))
    };
    manage("install");

    let path = root().join("captures/ikev1-psk-differs-strongswan/client.pcap");
    let mut command = on(&path, &["-2", "-C", "ikewhy", "--color"]);
    let listed = quietly(command.env("IKEWHY_HOME", &home));
    let deciding = listed.lines().nth(6).expect("seven packets");
    assert!(
        deciding.contains("0 Main Mode 5 of 6 The pre-shared keys differ"),
        "{deciding}"
    );

    let colours = profiles.join("ikewhy/colorfilters");
    std::fs::write(&colours, "@mine@ikewhy@[0,0,0][65535,65535,65535]\n").expect("writable");
    manage("install");
    manage("uninstall");
    let left: Vec<_> = std::fs::read_dir(profiles.join("ikewhy"))
        .expect("it is the user's now")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    assert_eq!(left, ["colorfilters"]);
    assert!(
        std::fs::read_to_string(&colours)
            .expect("readable")
            .contains("mine")
    );
    std::fs::remove_file(&colours).expect("writable");
    manage("install");
    manage("uninstall");
    assert!(!profiles.join("ikewhy").exists());
}

#[test]
fn a_request_and_its_answer_point_at_each_other() {
    for case in some(12) {
        let fields = ["frame.number", "ikewhy.request_in", "ikewhy.response_in"];
        let lines = rows(&mut on(&case.path, &["-2"]), "ikewhy", &fields);
        let find = |frame: &str| lines.iter().find(|line| line[0] == frame);
        for line in lines.iter().filter(|line| !line[2].is_empty()) {
            // The answer names the first fragment or copy of the request, and that names the answer.
            let answer = find(&line[2]);
            let request = answer.and_then(|answer| find(&answer[1]));
            assert!(
                request.is_some_and(|request| request[2] == line[2]),
                "{}: {line:?}",
                case.name
            );
        }
    }
}

/// A first IP fragment is not damaged, for later ones have the rest; what a short snap length cut off, nobody has.
#[test]
fn only_what_the_capture_lacks_is_damage() {
    let damaged = |case: &str| {
        let path = root().join("captures").join(case).join("client.pcap");
        quietly(&mut on(
            &path,
            &["-2", "-Y", "ikewhy.damage", "-T", "fields", "-e", "frame.number"],
        ))
    };
    assert_eq!(damaged("ikev2-fragments-lost-strongswan"), "");
    assert_eq!(damaged("ikev1-fragments-incomplete-strongswan"), "");
    assert_ne!(damaged("ikev2-snaplen-128-strongswan"), "");
}

#[test]
fn noise_is_survived() {
    let noise = noise();
    for options in [
        &["-V"][..],
        &["-2", "-V"],
        &["-q", "-z", "ikewhy,report", "-z", "ikewhy,json", "-z", "expert"],
    ] {
        let _ = quietly(&mut on(&noise, options));
    }
}

#[test]
fn a_damaged_capture_is_survived() {
    for_each(&some(4), |case| {
        for (seed, share) in [("1", "0.02"), ("2", "0.3")] {
            let name = format!("damaged-{}-{seed}.pcap", case.name.replace('/', "-"));
            let damaged = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            let mut editcap = Command::new("editcap");
            editcap
                .args(["--seed", seed, "-E", share])
                .arg(&case.path)
                .arg(&damaged);
            assert!(editcap.output().expect("editcap").status.success());
            for options in [&["-V"][..], &["-2", "-T", "json"], &["-q", "-z", "ikewhy,report"]] {
                let output = on(&damaged, options).output().expect("tests/user.sh runs");
                assert!(
                    is_quiet(&output),
                    "{} {options:?}: {}",
                    damaged.display(),
                    text(&output.stderr)
                );
            }
        }
    });
}

/// One capture with the peers' files: attributes, basis, summary and the files' notes.
fn with_files(case: &str, files: &str) -> Vec<String> {
    let path = ikewhy_tests::root()
        .join("captures")
        .join(case)
        .join("client.pcap");
    let option = format!("ikewhy.peer_files:{files}");
    let fields = ["attribute", "basis", "summary"].map(|field| format!("ikewhy.verdict.{field}"));
    let mut fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    fields.push("ikewhy.peer_file");
    let mut rows = rows(&mut on(&path, &["-2", "-o", &option]), "ikewhy.verdict", &fields);
    assert_eq!(rows.len(), 1, "{case}");
    rows.remove(0)
}

#[test]
fn peers_files_name_the_line_to_change() {
    let folder = ikewhy_tests::root().join("captures");
    for (case, file, attribute, line) in [
        (
            "ikev1-ike-keylength-differs-strongswan",
            "server/swanctl/swanctl.conf",
            "key-length",
            "swanctl.conf, line 6",
        ),
        (
            "ikev2-ike-dh-differs-libreswan",
            "server/ipsec.conf",
            "dh-group",
            "ipsec.conf, line 9",
        ),
        (
            "ikev2-ike-dh-differs-openiked",
            "server/iked.conf",
            "dh-group",
            "iked.conf, line 4",
        ),
        (
            "ikev2-child-proposal-differs-strongswan",
            "server.log",
            "key-length,integrity",
            "server.log, line",
        ),
    ] {
        let [attributes, basis, summary, whose] =
            &with_files(case, &folder.join(case).join(file).display().to_string())[..]
        else {
            panic!("{case}: four fields");
        };
        assert_eq!(
            (attributes.as_str(), basis.as_str()),
            (attribute, "imported"),
            "{case}"
        );
        assert!(summary.contains(line), "{case}: {summary}");
        assert!(whose.contains("of the responder"), "{case}: {whose}");
    }
}

#[test]
fn the_user_may_say_whose_a_file_is_and_the_wire_wins() {
    let case = "ikev1-ike-keylength-differs-strongswan";
    let file = ikewhy_tests::root()
        .join("captures")
        .join(case)
        .join("server/swanctl/swanctl.conf");
    let of = |owner: &str| with_files(case, &format!("{owner}={}", file.display()));
    assert!(of("198.51.100.20")[3].contains("because you said so"));
    let stranger = of("203.0.113.7");
    assert_ne!(stranger[1], "imported");
    assert!(stranger[3].contains("belongs to neither peer"), "{}", stranger[3]);
    // A configuration that would refuse says nothing about a negotiation that succeeded.
    let healthy = with_files("ikev1-psk-up-strongswan", &file.display().to_string());
    assert_ne!(healthy[1], "imported");
    assert!(!healthy[3].contains("contradict"), "{}", healthy[3]);
    let sha1 = ikewhy_tests::root().join("captures/l2tp-up-strongswan/server/swanctl/swanctl.conf");
    let old = with_files("ikev1-psk-up-strongswan", &sha1.display().to_string());
    assert_eq!(healthy[..3], old[..3]);
    assert!(old[3].contains("the packets contradict it"), "{}", old[3]);
}

#[test]
fn a_log_stands_at_its_packet() {
    let folder = ikewhy_tests::root().join("captures/ikev2-identity-rejected-strongswan");
    let option = format!("ikewhy.peer_files:{}", folder.join("server.log").display());
    let path = folder.join("server.pcap");
    let found = rows(
        &mut on(&path, &["-2", "-o", &option]),
        "ikewhy.peer_log",
        &["ikewhy.step", "ikewhy.peer_log"],
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0][0], "IKE_AUTH request");
    assert!(found[0][1].contains("no matching peer config found"), "{found:?}");
}

/// What stands at which step with this text as the server's log.
fn joined(case: &str, text: &str) -> Vec<Vec<String>> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{case}.log"));
    std::fs::write(&file, text).expect("a log");
    let path = ikewhy_tests::root()
        .join("captures")
        .join(case)
        .join("server.pcap");
    let option = format!("ikewhy.peer_files:198.51.100.20={}", file.display());
    let mut command = on(&path, &["-2", "-o", &option]);
    rows(
        &mut command,
        "ikewhy.peer_log",
        &["ikewhy.step", "ikewhy.peer_log"],
    )
}

#[test]
fn a_log_without_a_clock_stands_at_its_packet_by_message_id() {
    let untimed = |case: &str| {
        let path = ikewhy_tests::root()
            .join("captures")
            .join(case)
            .join("server.log");
        let log = std::fs::read_to_string(path).expect("a log");
        let lines = log
            .lines()
            .map(|line| format!("{}\n", line.get(16..).unwrap_or_default()));
        lines.collect::<String>()
    };
    for (case, step, words) in [
        (
            "ikev1-child-selectors-differ-strongswan",
            "Quick Mode 1 of 3",
            "no matching CHILD_SA config found",
        ),
        (
            "ikev2-identity-rejected-strongswan",
            "IKE_AUTH request",
            "no matching peer config found",
        ),
    ] {
        let text = untimed(case);
        let found = joined(case, &text);
        assert_eq!(found.len(), 1, "{case}: {found:?}");
        assert_eq!(found[0][0], step, "{case}: {found:?}");
        assert!(found[0][1].contains(words), "{case}: {found:?}");
    }
    // Of another exchange, it stands nowhere.
    let case = "ikev1-child-selectors-differ-strongswan";
    let text = untimed(case);
    let (_, rest) = text.split_once("parsed QUICK_MODE request ").expect("an ID");
    let id = rest.split(' ').next().expect("an ID");
    let other = text.replace(id, "12345");
    assert_ne!(other, text);
    assert_eq!(joined(case, &other), Vec::<Vec<String>>::new());
}

#[test]
fn files_that_cannot_be_read_are_noted() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peer-files");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("empty")).expect("a folder");
    let pipe = folder.join("pipe.conf");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo")
            .success()
    );
    let case = "ikev1-ike-keylength-differs-strongswan";
    let files = format!(
        "/dev/zero;{};{};/nowhere/at-all.conf",
        pipe.display(),
        folder.join("empty").display()
    );
    let path = ikewhy_tests::root()
        .join("captures")
        .join(case)
        .join("client.pcap");
    let all = quietly(&mut on(
        &path,
        &["-2", "-V", "-o", &format!("ikewhy.peer_files:{files}")],
    ));
    for said in [
        "zero: is not a regular file",
        "pipe.conf: is not a regular file",
        "this folder holds no",
        "no such file",
    ] {
        assert!(all.contains(said), "{said} is not said:\n{all}");
    }
}
