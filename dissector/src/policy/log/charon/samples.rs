//! charon's log in the shapes of its hosts: the same refusal in each.

use crate::policy::{Cause, Policy};
use crate::tests::sample::{OWN, PEER, causes, read, survives};

/// What a responder says of a first message that it refuses.
const SAID: [(&str, &str); 8] = [
    (
        "NET",
        "received packet: from 192.0.2.10[500] to 198.51.100.20[500] (464 bytes)",
    ),
    (
        "ENC",
        "parsed IKE_SA_INIT request 0 [ SA KE No N(NATD_S_IP) N(NATD_D_IP) ]",
    ),
    ("IKE", "192.0.2.10 is initiating an IKE_SA"),
    (
        "CFG",
        "received proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
    ),
    (
        "CFG",
        "configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_3072",
    ),
    ("IKE", "received proposals unacceptable"),
    ("ENC", "generating IKE_SA_INIT response 0 [ N(NO_PROP) ]"),
    (
        "NET",
        "sending packet: from 198.51.100.20[500] to 192.0.2.10[500] (36 bytes)",
    ),
];

fn log(line: impl Fn(&str, &str) -> String) -> String {
    SAID.iter()
        .map(|(group, text)| line(group, text) + "\n")
        .collect()
}

fn is_read(text: &str, at: u32) -> Policy {
    let policy = read("charon.log", text);
    assert_eq!(policy.kind.name(), "strongSwan's log", "{text}");
    assert_eq!(causes(&policy), [(at, Cause::IkeProposal)], "{text}");
    assert_eq!(policy.addresses, [OWN], "{text}");
    let one = &policy.entries[0];
    assert_eq!(
        (one.peer, one.received.len(), one.allowed.len()),
        (Some(PEER), 1, 1),
        "{text}"
    );
    assert!(
        one.text.contains("received proposals unacceptable"),
        "{}",
        one.text
    );
    policy
}

#[test]
fn a_refusal_is_read_in_the_shape_of_each_host() {
    let shapes: [fn(&str, &str) -> String; 12] = [
        |group, text| format!("13[{group}] {text}"),
        |group, text| format!("13[{group}] <con1|1> {text}"),
        |group, text| format!("13[{group}1] <16> {text}"),
        |group, text| format!("2026-01-01T12:00:06 13[{group}] <8c1f5d1e-1a2b-4c3d|3> {text}"),
        |group, text| format!("Jan  1 12:00:06 gw charon[1385]: 13[{group}] {text}"),
        |_, text| format!("Jan 01 12:00:06 gw charon-systemd[625]: {text}"),
        |group, text| format!("[{group}] {text}"),
        |_, text| text.to_owned(),
        |group, text| {
            format!(
                "<30>1 2026-01-01T12:00:06+00:00 gw charon 51742 - [meta sequenceId=\"3\"] 13[{group}] <3> {text}"
            )
        },
        |group, text| format!("vpn-1  | 2026-01-01T12:00:06.123456789Z 13[{group}] {text}"),
        |group, text| {
            format!(
                "{{\"time\":\"2026-01-01 12:00:06\",\"thread\":13,\"group\":\"{group}\",\"level\":1,\"msg\":\"{text}\"}}"
            )
        },
        |group, text| format!("2026-01-01T12:00:06\tInformational\tcharon\t13[{group}] <70> {text}\t"),
    ];
    for shape in shapes {
        let text = log(shape);
        let timed = text.contains("12:00:06");
        let policy = is_read(&text, 6);
        assert_eq!(policy.entries[0].time.is_some(), timed, "{text}");
        // The newest line stands first.
        let turned: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
        is_read(&turned, 3);
        survives(&text);
    }
}

#[test]
fn texts_of_older_and_newer_versions_state_the_same() {
    for (said, cause) in [
        ("received proposals inacceptable", Cause::IkeProposal),
        ("no proposal found", Cause::IkeProposal),
        ("peer requested EAP, config inacceptable", Cause::AuthMethod),
        ("peer requested EAP, config unacceptable", Cause::AuthMethod),
        (
            "selected peer config 'home' unacceptable: non-matching authentication done",
            Cause::AuthMethod,
        ),
        (
            "constraint check failed: identity 'gw.example.org' required ",
            Cause::Identity,
        ),
        (
            "constraint check failed: identity 'gw' (FQDN) required, not matched by 'x' (FQDN)",
            Cause::Identity,
        ),
        ("no private key found for 'gw.example.org'", Cause::OwnKey),
        ("no RSA private key found for 'gw.example.org'", Cause::OwnKey),
        (
            "invalid ID_V1 payload length, decryption failed?",
            Cause::PskDiffers,
        ),
        (
            "traffic selectors 10.1.0.0/16 === 10.2.0.0/16 inacceptable",
            Cause::Selectors,
        ),
        ("no matching CHILD_SA config found", Cause::Selectors),
        ("RADIUS authentication of 'bob' failed", Cause::Eap),
    ] {
        let policy = read(
            "charon.log",
            &format!("Jan  1 12:00:06 gw charon: 09[IKE] <home|2> {said}\n"),
        );
        assert_eq!(causes(&policy), [(1, cause)], "{said}");
    }
}

#[test]
fn what_goes_on_is_no_refusal() {
    for said in [
        "no matching proposal found, trying alternative config",
        "selecting proposal:",
        "no acceptable ENCRYPTION_ALGORITHM found",
        "found matching ike config: %any...%any with prio 28",
        "authentication of 'gw' (myself) with pre-shared key",
    ] {
        let policy = read("charon.log", &format!("09[CFG] {said}\n"));
        assert_eq!(policy.kind.name(), "strongSwan's log");
        assert_eq!(causes(&policy), [], "{said}");
    }
}

#[test]
fn both_addresses_of_one_line_say_whose_it_is() {
    let policy = read(
        "charon.log",
        "charon: 06[CFG] looking for an IKEv2 config for 198.51.100.20...192.0.2.10\ncharon: 06[IKE] received proposals unacceptable\n",
    );
    assert_eq!(policy.addresses, [OWN]);
    assert_eq!(policy.entries[0].peer, Some(PEER));
}
