//! `ikewhy compare`: what it says was lost is what the network of the scenario lost.

use super::*;
use ikewhy_tests::{for_each, quietly, text};
use serde_json::Value;
use std::collections::BTreeSet;

fn compare(captures: &[PathBuf]) -> Value {
    let ran = output(ikewhy().args(["compare", "--json"]).args(captures));
    assert_eq!(text(&ran.stderr), "", "{captures:?}");
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

/// Folders of cases with a capture at both ends.
fn cases() -> Vec<PathBuf> {
    let mut cases = ikewhy_tests::cases::folders(&root().join("captures"));
    cases.retain(|case| {
        ["client", "server"]
            .iter()
            .all(|end| case.join(end).with_extension("pcap").is_file())
    });
    assert!(cases.len() > 500);
    cases
}

fn ends(case: &Path) -> [PathBuf; 2] {
    ["client.pcap", "server.pcap"].map(|end| case.join(end))
}

/// What a rule of the router's may take away.
struct Filter {
    rule: String,
}

impl Filter {
    fn allows(&self, from: &str, carrier: &str) -> bool {
        let rule = &self.rule;
        let way = match from {
            "first" => !rule.contains("-s 198.51.100.20") && !rule.contains("-i server0"),
            _ => !rule.contains("-i client0") && !rule.contains("-s 192.0.2.77"),
        };
        let carried = if rule.contains(" -f ") {
            // A message that is cut into fragments is lost as a whole.
            carrier.contains("fragments") || carrier.contains("UDP")
        } else if rule.contains("-p esp") || rule.contains("-p 50") {
            carrier.contains("ESP")
        } else if rule.contains("udp") {
            let ports = ["500", "4500"].map(|port| {
                let words: BTreeSet<_> = rule.split([' ', ',']).collect();
                words.contains(port) && carrier == format!("UDP {port}")
            });
            ports.contains(&true)
        } else {
            true
        };
        way && carried
    }
}

/// What lies between the ends of a case.
struct Network {
    filters: Vec<Filter>,
    /// It loses by chance, by size, or because it translates otherwise than before.
    loses: bool,
    doubles: bool,
    /// A second client, whose packets one end alone sees.
    others: bool,
    healthy: bool,
}

impl Network {
    fn of(case: &Path) -> Self {
        let scenario = fs::read_to_string(case.join("scenario.toml")).expect("a scenario");
        let scenario: toml::Value = toml::from_str(&scenario).expect("TOML");
        let network = |key: &str| scenario.get("network").and_then(|network| network.get(key));
        let netem = network("netem").and_then(toml::Value::as_str).unwrap_or_default();
        let mut rules: Vec<String> = network("filter")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|rule| rule.as_str().map(str::to_owned))
            .collect();
        let mut translates = false;
        for event in scenario
            .get("event")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            let word = |key: &str| event.get(key).and_then(toml::Value::as_str).unwrap_or_default();
            if word("on") == "router" && word("do") == "filter" {
                rules.push(word("what").to_owned());
            }
            translates |= word("what").contains("conntrack");
        }
        Self {
            filters: rules.into_iter().map(|rule| Filter { rule }).collect(),
            loses: netem.contains("loss") || network("mtu").is_some() || translates,
            doubles: netem.contains("duplicate"),
            others: network("second_client").is_some() || scenario.get("client2").is_some(),
            healthy: scenario["truth"]["healthy"].as_bool() == Some(true),
        }
    }
}

#[test]
fn what_was_lost_is_what_the_network_lost() {
    let cases = cases();
    let wrong = for_each(&cases, |case| {
        let told = compare(&ends(case));
        let network = Network::of(case);
        let (mut lost, mut found) = (0, false);
        for flow in told["flows"].as_array().expect("flows") {
            let (from, carrier) = (
                flow["from"].as_str().expect("an end"),
                flow["carrier"].as_str().expect("one"),
            );
            let count = |what: &str| flow[what].as_u64().expect("a number");
            let by_filter = network.filters.iter().any(|filter| filter.allows(from, carrier));
            if count("changed") > 0 || count("doubled") > 0 && !network.doubles {
                return Some(format!("{}: {flow}", case.display()));
            }
            if count("lost") > 0 && !by_filter && !network.loses && !network.others {
                return Some(format!("{}: {flow}", case.display()));
            }
            lost += count("lost");
            found |= by_filter && count("lost") > 0;
        }
        let drops = network
            .filters
            .iter()
            .any(|filter| filter.rule.contains("FORWARD"));
        let unsent = told["ends"]
            .as_array()
            .expect("ends")
            .iter()
            .any(|end| end["not_sent"] != 0);
        if drops && !network.healthy && !found || unsent && !network.others {
            return Some(format!("{}: {lost} lost: {}", case.display(), told["flows"]));
        }
        None
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Between no ends is nothing lost: a capture beside itself, and with its ends exchanged.
#[test]
fn a_capture_beside_itself_has_lost_nothing() {
    for case in cases().iter().step_by(10) {
        let [client, _] = ends(case);
        let told = compare(&[client.clone(), client]);
        assert!(
            told["flows"]
                .as_array()
                .expect("flows")
                .iter()
                .all(|flow| flow["lost"] == 0 && flow["changed"] == 0),
            "{}",
            case.display()
        );
    }
}

#[test]
fn the_order_of_the_ends_does_not_matter() {
    for case in [
        "ikev1-filtered-after-mm2-strongswan",
        "ikev2-loss-30-up-strongswan",
        "ikev1-nat-up-strongswan",
    ] {
        let [client, server] = ends(&root().join("captures").join(case));
        let lost = |told: &Value, from: &str| {
            let flows = told["flows"].as_array().expect("flows");
            let own = flows.iter().filter(|flow| flow["from"] == from);
            let count = |flow: &Value| (flow["carrier"].to_string(), flow["lost"].as_u64());
            own.map(count).collect::<BTreeSet<_>>()
        };
        let (one, other) = (
            compare(&[client.clone(), server.clone()]),
            compare(&[server, client]),
        );
        for (a, b) in [("first", "second"), ("second", "first")] {
            assert_eq!(lost(&one, a), lost(&other, b), "{case}");
        }
    }
}

/// The same capture with other clocks.
fn moved(capture: &Path, name: &str, by: &str) -> PathBuf {
    let to = folder(name).join("moved.pcap");
    let _ = quietly(
        Command::new("editcap")
            .args(["-F", "pcap", "-t", by])
            .args([capture, &to]),
    );
    to
}

#[test]
fn clocks_are_aligned() {
    for case in [
        "ikev1-psk-differs-strongswan",
        "ikev2-loss-30-up-strongswan",
        "ikev2-port-4500-blocked-strongswan",
    ] {
        let [client, server] = ends(&root().join("captures").join(case));
        let before = compare(&[client.clone(), server.clone()]);
        let after = compare(&[client, moved(&server, "moved", "3723.5")]);
        let ahead = |told: &Value| told["clock_ahead"].as_f64().expect("a number");
        assert!(ahead(&before).abs() < 0.2, "{case}");
        assert!((ahead(&after) - ahead(&before) - 3723.5).abs() < 1e-5, "{case}");
        assert_eq!(before["flows"], after["flows"], "{case}");
    }
}

#[test]
fn a_message_that_was_changed_is_told() {
    let [client, server] = ends(&root().join("captures/ikev1-psk-differs-strongswan"));
    let mut bytes = fs::read(&server).expect("a capture");
    // The last byte of the first packet.
    let length = u32::from_le_bytes(bytes[32..36].try_into().expect("four bytes")) as usize;
    bytes[24 + 16 + length - 1] ^= 1;
    let changed = folder("changed").join("server.pcap");
    fs::write(&changed, bytes).expect("a file");
    let told = compare(&[client.clone(), changed.clone()]);
    assert_eq!(told["packets"][0]["fate"], "changed");
    assert_eq!(
        (&told["flows"][0]["changed"], &told["flows"][0]["lost"]),
        (&1.into(), &0.into())
    );
    let ran = output(ikewhy().arg("compare").args([client, changed]));
    assert!(text(&ran.stdout).contains("CHANGED"));
}

/// One capture of both ends, merged with their interfaces and without them.
#[test]
fn a_merged_capture_is_taken_apart() {
    let case = root().join("captures/ikev1-filtered-after-mm2-strongswan");
    let two = compare(&ends(&case));
    for (how, interfaces) in [("none", "kept"), ("all", "lost")] {
        let merged = folder(&format!("merged-{interfaces}")).join("merged.pcapng");
        let _ = quietly(
            Command::new("mergecap")
                .args(["-I", how, "-w"])
                .arg(&merged)
                .args(ends(&case)),
        );
        assert_eq!(
            compare(&[merged])["flows"],
            two["flows"],
            "interfaces {interfaces}"
        );
    }
    let ran = output(ikewhy().arg("compare").arg(failed()));
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        text(&ran.stderr).contains("no two ends can be told apart"),
        "{}",
        text(&ran.stderr)
    );
}

#[test]
fn the_text_says_it_plainly() {
    let [client, server] = ends(&root().join("captures/ikev1-filtered-after-mm2-strongswan"));
    let ran = output(ikewhy().arg("compare").args([client, server]));
    let said = text(&ran.stdout);
    for words in [
        "UDP 500: 1 of 5 arrived, then nothing more: the last 4 are lost",
        "-- Main Mode 3 of 6 ----------------X  |  frame 3, LOST",
        "|<------------------ Main Mode 2 of 6 --|",
    ] {
        assert!(said.contains(words), "{words}:\n{said}");
    }
    assert_eq!(ran.status.code(), Some(1));
}
