//! A responder's refusal in the words of logs that the lab cannot make: the verdict is exact, and quotes the log's line, which
//! stands at its packet in tshark.
//!
//! Each case's server ran strongSwan; here it says the same as Cisco IOS, ASA, FortiGate, racoon and RouterOS would: their lines, with
//! the addresses, the time, the SPI and the message ID of the capture.

use ikewhy_tests::files::{self, SECRET, attributes, frames, summary};
use ikewhy_tests::tshark::{lua, rows, tshark};
use ikewhy_tests::{for_each, pcap, root};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What the responder 198.51.100.20 refused of the initiator 192.0.2.10.
#[derive(Clone, Copy)]
enum Refused {
    /// Cipher with key length, hash and group that were offered; AES-256, SHA2-256 and group 14 are allowed.
    V1([&'static str; 3]),
    V2([&'static str; 3]),
    Psk,
    /// 172.16.77.0/24 behind the responder, in Quick Mode.
    Selectors,
}
use Refused::{Psk, Selectors, V1, V2};

const CASES: [(&str, Refused, &str, &[&str]); 7] = [
    (
        "ikev1-ike-hash-differs-strongswan",
        V1(["256", "1", "14"]),
        "ike-proposal-mismatch",
        &["hash"],
    ),
    (
        "ikev1-ike-dh-differs-strongswan",
        V1(["256", "256", "15"]),
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
    (
        "ikev1-child-selectors-differ-strongswan",
        Selectors,
        "selector-mismatch",
        &["selectors"],
    ),
];

/// The refused message: when it came, in the words of each clock, and what its header says.
struct When {
    /// Number of its frame.
    frame: usize,
    syslog: String,
    iso: String,
    clock: String,
    /// Initiator's and responder's SPI.
    spi: String,
    responder: String,
    message: u32,
    /// Words of four bytes.
    words: Vec<String>,
}

fn when(frames: &[pcap::Frame]) -> When {
    // Ethernet, IPv4, UDP; nothing of the cases is encapsulated. The initiator's last message is the refused one.
    let from = [192, 0, 2, 10];
    let (index, refused) = frames
        .iter()
        .enumerate()
        .rfind(|(_, f)| f.data.get(26..30) == Some(&from[..]))
        .expect("a message");
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
    let message = refused.data.get(42..).expect("a message");
    let hex = |bytes: &[u8]| bytes.iter().map(|o| format!("{o:02x}")).collect::<String>();
    let words: Vec<String> = message.chunks(4).map(hex).collect();
    When {
        frame: index + 1,
        syslog: date("+%b %e %H:%M:%S"),
        iso: date("+%Y-%m-%d %H:%M:%S"),
        clock: date("+%H:%M:%S"),
        spi: words[..2].concat(),
        responder: words[2..4].concat(),
        message: u32::from_str_radix(&words[5], 16).expect("an ID"),
        words,
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
        // IOS XE: it names the message before it looks at it.
        Selectors => {
            let id = w.message;
            [
                "ISAKMP-PAK: (1001):received packet from 192.0.2.10 dport 500 sport 500 Global (R) QM_IDLE      ".to_owned(),
                format!("ISAKMP: (1001):set new node {id} to QM_IDLE      "),
                format!("ISAKMP: (1001):processing HASH payload. message ID = {id}"),
                format!("ISAKMP: (1001):processing SA payload. message ID = {id}"),
                "ISAKMP: (1001):Checking IPSec proposal 1".to_owned(),
                "ISAKMP: (1001):transform 1, ESP_AES ".to_owned(),
                "ISAKMP: (1001):      encaps is 1 (Tunnel)".to_owned(),
                "ISAKMP: (1001):      authenticator is HMAC-SHA256".to_owned(),
                "ISAKMP: (1001):      key length is 256".to_owned(),
                "ISAKMP: (1001):atts are acceptable.".to_owned(),
                "IPSEC(ipsec_process_proposal): proxy identities not supported".to_owned(),
                "ISAKMP-ERROR: (1001):IPSec policy invalidated proposal with error 32".to_owned(),
                "ISAKMP-ERROR: (1001):phase 2 SA policy not acceptable! (local 198.51.100.20 remote 192.0.2.10)".to_owned(),
            ]
            .map(|line| format!("*{t}.625: {line}\n"))
            .concat()
        }
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
        Selectors => format!(
            "{t} asa : %ASA-3-713061: Group = 192.0.2.10, IP = 192.0.2.10, Rejecting IPSec tunnel: no matching crypto map entry for \
             remote proxy 172.16.1.0/255.255.255.0/0/0 local proxy 172.16.77.0/255.255.255.0/0/0 on interface outside\n\
             {t} asa : %ASA-3-713902: Group = 192.0.2.10, IP = 192.0.2.10, QM FSM error (P2 struct &0x00007fff33763a70, mess id \
             {:#x})!\n",
            w.message
        ),
        V2(_) | Psk => return None,
    })
}

fn fortigate(r: Refused, w: &When) -> Option<String> {
    let t = &w.iso;
    let line = |text: &str| format!("{t}.100 ike V=root:0:lab:7: {text}\n");
    let comes = format!(
        "{t}.100 ike V=root:0: comes 192.0.2.10:500->198.51.100.20:500,ifindex=5,vrf=0,len=180....\n"
    );
    let exchange = |name| {
        let id = match w.message {
            0 => String::new(),
            id => format!(":{id:08x}"),
        };
        format!(
            "{t}.100 ike V=root:0: {name} id={}/{}{id} len=180 vrf=0\n",
            w.spi, w.responder
        )
    };
    let group = |g: &str| match g {
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
        Selectors => {
            comes
                + &exchange("IKEv1 exchange=Quick")
                + &line("responder received first quick-mode message")
                + &line(
                    "peer proposal is: peer:0:172.16.1.0-172.16.1.255:0, me:0:172.16.77.0-172.16.77.255:0",
                )
                + &line("specified selectors mismatch")
        }
    })
}

/// ipsec-tools' racoon with `log debug`, which dumps each message that it receives.
fn racoon(r: Refused, w: &When) -> Option<String> {
    let t = &w.iso;
    let refused = match r {
        V2(_) => return None,
        V1([bits, hash, group]) => {
            let pair = "DB(prop#1:trns#1):Peer(prop#1:trns#1)";
            let said = match (bits, hash, group) {
                // It lets no key length be refused by itself.
                ("128", ..) => return None,
                (_, "1", _) => format!("rejected hashtype: {pair} = SHA256:SHA"),
                _ => format!("rejected dh_group: {pair} = 2048-bit MODP group:3072-bit MODP group"),
            };
            format!(
                "{said}\n{t}: ERROR: no suitable proposal found.\n{t}: ERROR: failed to get valid proposal.\n"
            )
        }
        Psk => "HASH mismatched\n".to_owned(),
        Selectors => format!(
            "no policy found: 172.16.1.0/24[0] 172.16.77.0/24[0] proto=any dir=in\n{t}: ERROR: failed to get proposal for responder.\n\
             {t}: ERROR: failed to pre-process ph2 packet (side: 1, status: 1).\n"
        ),
    };
    let new = match r {
        Selectors => "respond new phase 2 negotiation",
        _ => "respond new phase 1 negotiation",
    };
    let dump = w
        .words
        .chunks(8)
        .map(|line| line.join(" ") + "\n")
        .collect::<String>();
    Some(format!(
        "{t}: DEBUG: ===\n{t}: DEBUG: 188 bytes message received from 192.0.2.10[500] to 198.51.100.20[500]\n{t}: DEBUG: \n{dump}\
         {t}: INFO: {new}: 198.51.100.20[500]<=>192.0.2.10[500]\n{t}: DEBUG: the psk found.\n{t}: DEBUG2: psk={SECRET}\n\
         {t}: ERROR: {refused}"
    ))
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
                    "rejected dh_group: DB(prop#1:trns#1):Peer(prop#1:trns#1) = 2048-bit MODP group:3072-bit MODP group"
                }
            };
            format!(
                "{t} ipsec,info respond new phase 1 (Identity Protection): 198.51.100.20[500]<=>192.0.2.10[500]\n\
                 {t} ipsec {said}\n{t} ipsec,error no suitable proposal found.\n\
                 {t} ipsec,error 192.0.2.10 failed to get valid proposal.\n{t} ipsec,debug secret={SECRET}\n"
            )
        }
        V2(_) | Selectors => return None,
        Psk => format!(
            "{t} ipsec,info respond new phase 1 (Identity Protection): 198.51.100.20[500]<=>192.0.2.10[500]\n\
             {t} ipsec,error 192.0.2.10 parsing packet failed, possible cause: wrong password\n"
        ),
    })
}

type Log = fn(Refused, &When) -> Option<String>;
const LOGS: [(&str, Log); 5] = [
    ("ios.log", ios),
    ("asa.log", asa),
    ("fortigate.log", fortigate),
    ("racoon.log", racoon),
    ("routeros.log", routeros),
];

fn verdict(case: &str, name: &str, text: &str) -> Value {
    files::verdict(case, &[(name, text)], "198.51.100.20".parse().ok())
}

#[test]
fn a_refusal_in_a_log_is_exact_and_quotes_its_line() {
    let (mut complaints, mut tried) = (Vec::new(), 0);
    for (case, refused, id, differs) in CASES {
        let frames = frames(case);
        for (name, log) in LOGS {
            let Some(text) = log(refused, &when(&frames)) else {
                continue;
            };
            tried += 1;
            let v = verdict(case, name, &text);
            let good = v["id"] == id
                && v["basis"] == "imported"
                && attributes(&v) == differs
                && summary(&v).contains(&format!("{name}, line "));
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

/// Where tshark shows a line of this log: frames and texts.
fn shown(mut tshark: Command, case: &str, log: &Path) -> Vec<Vec<String>> {
    tshark.args(["-n", "-2", "-o"]);
    tshark.arg(format!("ikewhy.peer_files:198.51.100.20={}", log.display()));
    tshark
        .arg("-r")
        .arg(root().join("captures").join(case).join("server.pcap"));
    rows(
        &mut tshark,
        "isakmp && ikewhy.peer_log",
        &["frame.number", "ikewhy.peer_log"],
    )
}

/// Each decisive line stands at the message that was refused, there alone, in both editions.
#[test]
fn a_line_stands_at_its_packet_in_tshark() {
    let all: Vec<_> = CASES
        .iter()
        .flat_map(|(case, refused, ..)| LOGS.map(|(name, log)| (*case, *refused, name, log)))
        .collect();
    let complaints = for_each(&all, |(case, refused, name, log)| {
        let w = when(&frames(case));
        let text = log(*refused, &w)?;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{case}-{name}"));
        std::fs::write(&path, text).expect("a log");
        let number = w.frame.to_string();
        let good = |found: &[Vec<String>]| matches!(found, [row] if row[0] == number && row[1].contains(&format!("{case}-{name}, line ")));
        let (native, lua) = (shown(tshark(), case, &path), shown(lua(), case, &path));
        (!good(&native) || native != lua)
            .then(|| format!("{case} {name}: frame {number}, {native:?}, {lua:?}"))
    });
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Without a clock a message ID alone tells the packet; a line about another message stands nowhere.
#[test]
fn a_message_id_joins_what_has_no_clock() {
    let case = "ikev1-child-selectors-differ-strongswan";
    let w = when(&frames(case));
    let strange = When {
        message: w.message ^ 0xFFFF,
        words: Vec::new(),
        syslog: String::new(),
        iso: String::new(),
        clock: String::new(),
        spi: w.spi.clone(),
        responder: w.responder.clone(),
        ..w
    };
    let without_clock = |text: &str, clocks: &[&str]| {
        let mut text = text.to_owned();
        for clock in clocks {
            text = text.replace(clock, "");
        }
        text
    };
    let clocks = [
        format!("*{}.625: ", w.syslog),
        format!("{} asa : ", w.syslog),
        format!("{}.100 ", w.iso),
    ];
    let mut tried = 0;
    for (name, log) in LOGS {
        // racoon's and RouterOS's lines are told by their clocks.
        if matches!(name, "racoon.log" | "routeros.log") {
            continue;
        }
        tried += 1;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("untimed-{name}"));
        let text = log(Selectors, &w).expect("a log");
        let text = without_clock(&text, &clocks.each_ref().map(String::as_str));
        assert!(!text.contains(&w.clock), "{text}");
        std::fs::write(&path, &text).expect("a log");
        let found = shown(tshark(), case, &path);
        assert!(
            matches!(&found[..], [row] if row[0] == w.frame.to_string()),
            "{name}: {found:?}\n{text}"
        );
        let text = log(Selectors, &strange).expect("a log");
        let text = without_clock(&text, &["*.625: ", " asa : ", ".100 "]);
        std::fs::write(&path, &text).expect("a log");
        assert_eq!(
            shown(tshark(), case, &path),
            Vec::<Vec<String>>::new(),
            "{name}: {text}"
        );
    }
    assert_eq!(tried, 3);
}

/// A log may be of another attempt of the same peers: it names another SPI. Then it tells what is possible, at the same time alone.
#[test]
fn another_attempt_makes_possible_at_most() {
    let case = "ikev2-ike-dh-differs-strongswan";
    let mut w = when(&frames(case));
    w.spi = "0123456789abcdef".to_owned();
    let text = fortigate(V2(["256", "256", "15"]), &w).expect("a log");
    let v = verdict(case, "fortigate.log", &text);
    assert!(v["confidence"].as_f64().is_some_and(|c| c <= 0.6), "{v:#}");
    assert!(summary(&v).contains("of another attempt"), "{v:#}");
    let before = text.replace(&w.iso, "2025-12-30 12:00:06");
    assert_eq!(verdict(case, "fortigate.log", &before)["basis"], "inferred");
}

/// A line that was copied without its surroundings names nobody: whose it is, is a guess.
#[test]
fn a_bare_line_is_a_guess() {
    let case = "ikev1-child-selectors-differ-strongswan";
    let line = "\"lab\" #2: cannot respond to IPsec SA request because no connection is known for 172.16.77.0/24===198.51.100.20\n";
    let v = files::verdict(case, &[("pluto.log", line)], None);
    assert_eq!(
        (&v["id"], &v["basis"]),
        (&"selector-mismatch".into(), &"imported".into())
    );
    assert!(v["confidence"].as_f64().is_some_and(|c| c <= 0.6), "{v:#}");
    assert!(summary(&v).contains("is a guess"), "{v:#}");
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
                let said = verdict(case, name, &text).to_string();
                assert!(
                    said.contains("\"established\"") && !said.contains(name),
                    "{case} {name}: {said}"
                );
            }
        }
    }
}
