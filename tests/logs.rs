//! A responder's refusal in the words of logs that the lab cannot make: the verdict is exact, and quotes the log's line.
//!
//! Each case's server ran strongSwan; here it says the same as Cisco IOS, ASA, FortiGate and RouterOS would, at the time and with the
//! SPI of the capture.

use ikewhy::session::{Options, Packet, Pass, Session};
use ikewhy_tests::{pcap, root};
use serde_json::Value;
use std::process::Command;

/// A recognisable secret.
const SECRET: &str = "Xq7planted";

/// What the responder 198.51.100.20 refused of the initiator 192.0.2.10.
#[derive(Clone, Copy)]
enum Refused {
    /// Cipher with key length, hash and group that were offered; AES-256, SHA2-256 and group 14 are allowed.
    V1([&'static str; 3]),
    V2([&'static str; 3]),
    Psk,
}
use Refused::{Psk, V1, V2};

const CASES: [(&str, Refused, &str, &[&str]); 6] = [
    (
        "ikev1-ike-hash-differs-strongswan",
        V1(["256", "1", "14"]),
        "ike-proposal-mismatch",
        &["hash"],
    ),
    (
        "ikev1-ike-dh-differs-strongswan",
        V1(["256", "256", "2"]),
        "ike-proposal-mismatch",
        &["dh-group"],
    ),
    (
        "ikev1-ike-keylength-differs-strongswan",
        V1(["128", "256", "14"]),
        "ike-proposal-mismatch",
        &["key-length"],
    ),
    (
        "ikev2-ike-keylength-differs-strongswan",
        V2(["128", "256", "14"]),
        "ike-proposal-mismatch",
        &["key-length"],
    ),
    (
        "ikev2-ike-dh-differs-strongswan",
        V2(["256", "256", "15"]),
        "ike-proposal-mismatch",
        &["dh-group"],
    ),
    ("ikev1-psk-differs-strongswan", Psk, "psk-mismatch", &[]),
];

/// When it happened, in the words of each clock, and the initiator's SPI.
struct When {
    syslog: String,
    iso: String,
    clock: String,
    spi: String,
}

fn when(frames: &[pcap::Frame]) -> When {
    let refused = frames.iter().rfind(|f| f.data.len() > 60).expect("frames");
    let seconds = refused.time.div_euclid(1_000_000_000);
    let date = |format: &str| {
        let made = Command::new("date")
            .env("LC_ALL", "C")
            .args(["-u", "-d", &format!("@{seconds}"), format])
            .output();
        String::from_utf8(made.expect("date").stdout)
            .expect("text")
            .trim()
            .to_owned()
    };
    let first = frames.first().expect("a frame");
    // Ethernet, IPv4, UDP.
    let spi = first
        .data
        .get(42..50)
        .expect("a header")
        .iter()
        .map(|o| format!("{o:02x}"))
        .collect();
    When {
        syslog: date("+%b %e %H:%M:%S"),
        iso: date("+%Y-%m-%d %H:%M:%S"),
        clock: date("+%H:%M:%S"),
        spi,
    }
}

fn ios(r: Refused, w: &When) -> Option<String> {
    let t = &w.syslog;
    let begins = format!(
        "*{t}.100: ISAKMP (0): received packet from 192.0.2.10 dport 500 sport 500 Global (N) NEW SA\n"
    );
    Some(match r {
        V1([bits, hash, group]) => {
            let said = match (bits, hash, group) {
                ("128", ..) => "Proposed key length does not match policy",
                (_, "1", _) => "Hash algorithm offered does not match policy!",
                _ => "Diffie-Hellman group offered does not match policy!",
            };
            format!(
                "{begins}*{t}.101: ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy\n\
                 *{t}.101: ISAKMP:      encryption AES-CBC\n*{t}.101: ISAKMP:      keylength of {bits}\n\
                 *{t}.101: ISAKMP:      default group {group}\n*{t}.102: ISAKMP:(0):{said}\n\
                 *{t}.102: ISAKMP:(0):atts are not acceptable. Next payload is 0\n*{t}.104: ISAKMP:(0):no offers accepted!\n\
                 *{t}.104: ISAKMP:(0): phase 1 SA policy not acceptable! (local 198.51.100.20 remote 192.0.2.10)\n\
                 *{t}.104: ISAKMP: pre-shared key {SECRET}\n"
            )
        }
        V2([bits, hash, group]) => format!(
            "*{t}.100: IKEv2:Received Packet [From 192.0.2.10:500/To 198.51.100.20:500/VRF i0:f0]\n\
             *{t}.100: IKEv2:Initiator SPI : {} - Responder SPI : 0000000000000000 Message id: 0\n\
             *{t}.101: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):Received Policies: : Failed to find a matching policy\n\
             *{t}.101: IKEv2:Proposal 1: AES-CBC-{bits} SHA{hash} SHA{hash} DH_GROUP_X_MODP/Group {group}\n\
             *{t}.101: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):Expected Policies: : Failed to find a matching policy\n\
             *{t}.101: IKEv2:Proposal 1: AES-CBC-256 SHA256 SHA256 DH_GROUP_2048_MODP/Group 14\n",
            w.spi.to_uppercase()
        ),
        Psk => format!(
            "{begins}*{t}.110: ISAKMP:(0): phase 1 (local 198.51.100.20)\n*{t}.120: %CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from \
             192.0.2.10 failed its sanity check or is malformed\n"
        ),
    })
}

fn asa(r: Refused, w: &When) -> Option<String> {
    let t = &w.syslog;
    Some(match r {
        V1([bits, hash, group]) => {
            let said = match (bits, hash, group) {
                ("128", ..) => return None,
                (_, "1", _) => "Hash Type:  Rcv'd: SHA  Cfg'd: SHA256".to_owned(),
                _ => format!("Group Description:  Rcv'd: Group {group}  Cfg'd: Group 14"),
            };
            format!(
                "{t} asa : %ASA-7-715028: IP = 192.0.2.10, Phase 1 failure:  Mismatched attribute types for class {said}\n\
                 {t} asa : %ASA-3-713048: IP = 192.0.2.10, All SA proposals found unacceptable\n\
                 {t} asa : %ASA-4-713903: key {SECRET}\n"
            )
        }
        _ => return None,
    })
}

fn fortigate(r: Refused, w: &When) -> Option<String> {
    let t = &w.iso;
    let line = |text: &str| format!("{t}.100 ike V=root:0:lab:7: {text}\n");
    let comes = format!(
        "{t}.100 ike V=root:0: comes 192.0.2.10:500->198.51.100.20:500,ifindex=5,vrf=0,len=180....\n"
    );
    let exchange = |name| {
        format!(
            "{t}.100 ike V=root:0: {name} id={}/0000000000000000 len=180 vrf=0\n",
            w.spi
        )
    };
    let group = |g: &str| match g {
        "2" => "MODP1024",
        "15" => "MODP3072",
        _ => "MODP2048",
    };
    let hash = |h: &str| if h == "1" { "SHA" } else { "SHA2_256" };
    Some(match r {
        V1(offered) => {
            let list = |title: &str, [bits, h, g]: [&str; 3]| {
                [
                    format!("{title}:"),
                    "proposal id = 1:".to_owned(),
                    "  protocol id = ISAKMP:".to_owned(),
                    "     trans_id = KEY_IKE.".to_owned(),
                    format!("        type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len={bits}"),
                    format!("        type=OAKLEY_HASH_ALG, val={}.", hash(h)),
                    format!("        type=OAKLEY_GROUP, val={}.", group(g)),
                ]
                .map(|l| line(&l))
                .concat()
            };
            comes
                + &exchange("IKEv1 exchange=Identity Protection")
                + &list("incoming proposal", offered)
                + &list("my proposal, gw lab", ["256", "256", "14"])
                + &line("negotiation failure")
                + &line(&format!("ISAKMP SA key {SECRET}"))
        }
        V2(offered) => {
            let list = |title: &str, [bits, h, g]: [&str; 3]| {
                [
                    format!("{title}:"),
                    "proposal id = 1:".to_owned(),
                    "  protocol = IKEv2:".to_owned(),
                    format!("        type=ENCR, val=AES_CBC (key_len = {bits})"),
                    format!("        type=INTEGR, val=AUTH_HMAC_{}_128", hash(h)),
                    format!("        type=PRF, val=PRF_HMAC_{}", hash(h)),
                    format!("        type=DH_GROUP, val={}.", group(g)),
                ]
                .map(|l| line(&l))
                .concat()
            };
            comes
                + &exchange("IKEv2 exchange=SA_INIT")
                + &list("incoming proposal", offered)
                + &list("my proposal, gw lab", ["256", "256", "14"])
                + &line("no proposal chosen")
        }
        Psk => {
            comes
                + &exchange("IKEv1 exchange=Identity Protection")
                + &line("probable pre-shared secret mismatch")
        }
    })
}

fn routeros(r: Refused, w: &When) -> Option<String> {
    let t = &w.clock;
    Some(match r {
        V1([bits, hash, group]) => {
            let said = match (bits, hash, group) {
                // How a key length is refused is not documented.
                ("128", ..) => return None,
                (_, "1", _) => "rejected hashtype: DB(prop#1:trns#1):Peer(prop#1:trns#1) = SHA256:SHA",
                _ => {
                    "rejected dh_group: DB(prop#1:trns#1):Peer(prop#1:trns#1) = 2048-bit MODP group:1024-bit MODP group"
                }
            };
            format!(
                "{t} ipsec,info respond new phase 1 (Identity Protection): 198.51.100.20[500]<=>192.0.2.10[500]\n\
                 {t} ipsec {said}\n{t} ipsec,error no suitable proposal found.\n\
                 {t} ipsec,error 192.0.2.10 failed to get valid proposal.\n{t} ipsec,debug secret={SECRET}\n"
            )
        }
        V2(_) => return None,
        Psk => format!(
            "{t} ipsec,info respond new phase 1 (Identity Protection): 198.51.100.20[500]<=>192.0.2.10[500]\n\
             {t} ipsec,error 192.0.2.10 parsing packet failed, possible cause: wrong password\n"
        ),
    })
}

type Log = fn(Refused, &When) -> Option<String>;
const LOGS: [(&str, Log); 4] = [
    ("ios.log", ios),
    ("asa.log", asa),
    ("fortigate.log", fortigate),
    ("routeros.log", routeros),
];

fn frames(case: &str) -> Vec<pcap::Frame> {
    pcap::read(&root().join("captures").join(case).join("server.pcap"))
}

fn verdict(frames: &[pcap::Frame], name: &str, text: &str) -> Value {
    let mut session = Session::new(Options::default());
    session.import(name, text, "198.51.100.20".parse().ok());
    for (number, frame) in (1..).zip(frames) {
        session.push(&Packet {
            frame: number,
            time: frame.time,
            interface: 0,
            link_type: frame.link_type,
            data: &frame.data,
            original_length: frame.original_length,
            ip_hint: None,
            known_ike: None,
            derived: &[],
        });
    }
    let json = session.json();
    let mut said = session.report() + &json;
    for (number, _) in (1..).zip(frames) {
        said.push_str(&format!("{:?}", session.items(number, Pass::Again)));
    }
    assert!(!said.contains(SECRET), "{name}: a secret is shown");
    let document: Value = serde_json::from_str(&json).expect("JSON");
    document["negotiations"][0]["verdict"].clone()
}

#[test]
fn a_refusal_in_a_log_is_exact_and_quotes_its_line() {
    let (mut complaints, mut tried) = (Vec::new(), 0);
    for (case, refused, id, attributes) in CASES {
        let frames = frames(case);
        for (name, log) in LOGS {
            let Some(text) = log(refused, &when(&frames)) else {
                continue;
            };
            tried += 1;
            let v = verdict(&frames, name, &text);
            let found = v["attributes"].as_array().cloned().unwrap_or_default();
            let good = v["id"] == id
                && v["basis"] == "imported"
                && found
                    .iter()
                    .filter_map(Value::as_str)
                    .eq(attributes.iter().copied())
                && v["summary"]
                    .as_str()
                    .is_some_and(|s| s.contains(&format!("{name}, line ")));
            if !good {
                complaints.push(format!("{case} {name}: {v:#}\n{text}"));
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {tried}:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn nothing_is_said_to_fail_where_it_is_up() {
    let cases = [
        ("ikev1-psk-up-strongswan", V1(["256", "1", "14"])),
        ("ikev2-psk-up-strongswan", V2(["128", "256", "14"])),
    ];
    for (case, refused) in cases {
        let frames = frames(case);
        for (name, log) in LOGS {
            if let Some(text) = log(refused, &when(&frames)) {
                let said = verdict(&frames, name, &text).to_string();
                assert!(
                    said.contains("\"established\"") && !said.contains(name),
                    "{case} {name}: {said}"
                );
            }
        }
    }
}
