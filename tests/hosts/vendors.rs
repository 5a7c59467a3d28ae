//! The responder's settings in the words of products that cannot run in the lab: the verdict is exact, and quotes the line.
//!
//! Each case's server ran strongSwan or Libreswan; here the same settings are written as each product would write them.

use ikewhy_tests::files::{self, attributes, summary};
use ikewhy_tests::{quietly, root, tshark::tshark};
use serde_json::Value;
use std::fs;

/// What a responder is set to. Its address is 198.51.100.20, its peer's 192.0.2.10.
#[derive(Clone, Copy)]
struct Settings {
    v2: bool,
    /// SHA2 of the IKE proposal, AES-256 and group 14.
    esp: (u16, &'static str),
    pfs: Option<u16>,
    /// Network behind the peer.
    remote: &'static str,
}

const COMMON: Settings = Settings {
    v2: false,
    esp: (256, "256"),
    pfs: None,
    remote: "172.16.1.0",
};

/// A product's file: its name, its text, and what stands in the line of the IKE and of the ESP proposal.
struct File {
    name: &'static str,
    text: String,
    ike: &'static str,
    esp: &'static str,
    selectors: &'static str,
}

fn ios(s: &Settings) -> File {
    let hash = if s.esp.1 == "1" { "sha" } else { "sha256" };
    let pfs = s.pfs.map_or_else(String::new, |g| format!(" set pfs group{g}\n"));
    let (ike, profile) = if s.v2 {
        (
            "crypto ikev2 proposal P\n encryption aes-cbc-256\n integrity sha256\n group 14\ncrypto ikev2 policy 1\n proposal P\n\
             crypto ikev2 keyring K\n peer A\n  address 192.0.2.10\n  pre-shared-key Xq7planted\ncrypto ikev2 profile R\n \
             match identity remote any\n authentication remote pre-share\n authentication local pre-share\n keyring local K\n",
            " set ikev2-profile R\n",
        )
    } else {
        (
            "crypto isakmp policy 10\n encr aes 256\n hash sha256\n authentication pre-share\n group 14\n\
             crypto isakmp key Xq7planted address 192.0.2.10\ncrypto isakmp aggressive-mode disable\n",
            "",
        )
    };
    File {
        name: "router.cfg",
        text: format!(
            "hostname r\n{ike}crypto ipsec transform-set T esp-aes {} esp-{hash}-hmac\n mode tunnel\ncrypto map M 10 ipsec-isakmp\n \
             set peer 192.0.2.10\n set transform-set T\n{pfs}{profile} match address 101\ninterface Gi0/0\n ip address 198.51.100.20 \
             255.255.255.0\n crypto map M\naccess-list 101 permit ip 172.16.2.0 0.0.0.255 {} 0.0.0.255\n",
            s.esp.0, s.remote
        ),
        ike: if s.v2 {
            "crypto ikev2 proposal P"
        } else {
            "crypto isakmp policy 10"
        },
        esp: "crypto ipsec transform-set",
        selectors: "access-list 101",
    }
}

fn asa(s: &Settings) -> File {
    let hash = if s.esp.1 == "1" { "sha-1" } else { "sha-256" };
    let old = if s.esp.1 == "1" { "sha" } else { "sha256" };
    let pfs = s
        .pfs
        .map_or_else(String::new, |g| format!("crypto map M 1 set pfs group{g}\n"));
    let (ike, esp, set) = if s.v2 {
        (
            "crypto ikev2 policy 1\n encryption aes-256\n integrity sha256\n group 14\n prf sha256\n lifetime seconds 86400\n",
            format!(
                "crypto ipsec ikev2 ipsec-proposal T\n protocol esp encryption aes-{}\n protocol esp integrity {hash}\n",
                s.esp.0
            ),
            "ikev2 ipsec-proposal T",
        )
    } else {
        (
            "crypto ikev1 am-disable\ncrypto ikev1 policy 1\n authentication pre-share\n encryption aes-256\n hash sha256\n group 14\n",
            format!(
                "crypto ipsec ikev1 transform-set T esp-aes-{} esp-{old}-hmac\n",
                s.esp.0
            ),
            "ikev1 transform-set T",
        )
    };
    File {
        name: "asa.cfg",
        text: format!(
            "ASA Version 9.12(4)\ngroup-policy G internal\ngroup-policy G attributes\n vpn-idle-timeout 30\n vpn-tunnel-protocol ikev1 ikev2 \n \
             split-tunnel-policy tunnelspecified\n split-tunnel-network-list value V\ninterface G0/0\n nameif outside\n ip address 198.51.100.20 255.255.255.0\naccess-list V extended permit \
             ip 172.16.2.0 255.255.255.0 {} 255.255.255.0\n{esp}crypto map M 1 match address V\ncrypto map M 1 set peer \
             192.0.2.10\ncrypto map M 1 set {set}\n{pfs}crypto map M interface outside\n{ike}tunnel-group 192.0.2.10 type \
             ipsec-l2l\ntunnel-group 192.0.2.10 general-attributes\n default-group-policy G\ntunnel-group 192.0.2.10 ipsec-attributes\n ikev1 pre-shared-key Xq7planted\n ikev2 \
             remote-authentication pre-shared-key Xq7planted\n ikev2 local-authentication pre-shared-key Xq7planted\n",
            s.remote
        ),
        ike: if s.v2 {
            "crypto ikev2 policy 1"
        } else {
            "crypto ikev1 policy 1"
        },
        esp: if s.v2 {
            "protocol esp encryption"
        } else {
            "crypto ipsec ikev1 transform-set"
        },
        selectors: "access-list V",
    }
}

fn fortigate(s: &Settings) -> File {
    let version = if s.v2 { "        set ike-version 2\n" } else { "" };
    let pfs = s
        .pfs
        .map_or_else(|| "set pfs disable".to_owned(), |g| format!("set dhgrp {g}"));
    File {
        name: "fgt.conf",
        text: format!(
            "config vpn ipsec phase1-interface\n    edit \"b\"\n        set interface \"wan1\"\n{version}        set peertype any\n        \
             set proposal aes256-sha256\n        set dhgrp 14\n        set local-gw 198.51.100.20\n        set remote-gw \
             192.0.2.10\n        set psksecret ENC Xq7planted\n    next\nend\nconfig vpn ipsec phase2-interface\n    edit \"b\"\n        set \
             phase1name \"b\"\n        set proposal aes{}-sha{}\n        {pfs}\n        set src-subnet 172.16.2.0 \
             255.255.255.0\n        set dst-subnet {} 255.255.255.0\n    next\nend\n",
            s.esp.0, s.esp.1, s.remote
        ),
        ike: "set proposal aes256-sha256",
        esp: "set proposal",
        selectors: "set src-subnet",
    }
}

fn routeros(s: &Settings) -> File {
    let mode = if s.v2 { " exchange-mode=ike2" } else { "" };
    let pfs = s
        .pfs
        .map_or("none", |g| if g == 14 { "modp2048" } else { "modp1024" });
    File {
        name: "router.rsc",
        text: format!(
            "/ip ipsec profile\nadd dh-group=modp2048 enc-algorithm=aes-256 hash-algorithm=sha256 name=b\n/ip ipsec peer\nadd \
             address=192.0.2.10/32{mode} local-address=198.51.100.20 name=b profile=b\n/ip ipsec proposal\nadd \
             auth-algorithms=sha{} enc-algorithms=aes-{}-cbc name=b pfs-group={pfs}\n/ip ipsec identity\nadd peer=b \
             secret=Xq7planted\n/ip ipsec policy\nadd dst-address={}/24 peer=b proposal=b src-address=172.16.2.0/24 tunnel=yes\n",
            s.esp.1, s.esp.0, s.remote
        ),
        ike: "enc-algorithm=",
        esp: "enc-algorithms=",
        selectors: "src-address=",
    }
}

fn pfsense(s: &Settings) -> File {
    let version = if s.v2 { "ikev2" } else { "ikev1" };
    File {
        name: "config.xml",
        text: format!(
            "<?xml version=\"1.0\"?>\n<pfsense>\n<interfaces><wan><ipaddr>198.51.100.20</ipaddr></wan></interfaces>\n<ipsec>\n<phase1>\n\
             <ikeid>1</ikeid>\n<iketype>{version}</iketype>\n<mode>main</mode>\n<interface>wan</interface>\n<remote-gateway>192.0.2.10\
             </remote-gateway>\n<encryption><item>\n<encryption-algorithm><name>aes</name><keylen>256</keylen></encryption-algorithm>\n\
             <hash-algorithm>sha256</hash-algorithm><dhgroup>14</dhgroup>\n</item></encryption>\n<pre-shared-key>Xq7planted\
             </pre-shared-key>\n<authentication_method>pre_shared_key</authentication_method>\n</phase1>\n<phase2>\n<ikeid>1</ikeid>\n\
             <mode>tunnel</mode>\n<localid><type>network</type><address>172.16.2.0</address><netbits>24</netbits></localid>\n<remoteid>\
             <type>network</type><address>{}</address><netbits>24</netbits></remoteid>\n<protocol>esp</protocol>\n\
             <encryption-algorithm-option><name>aes</name><keylen>{}</keylen></encryption-algorithm-option>\n<hash-algorithm-option>\
             hmac_sha{}</hash-algorithm-option>\n<pfsgroup>{}</pfsgroup>\n</phase2>\n</ipsec>\n</pfsense>\n",
            s.remote,
            s.esp.0,
            s.esp.1,
            s.pfs.unwrap_or(0)
        ),
        ike: "<encryption-algorithm>",
        esp: "<encryption-algorithm-option>",
        selectors: "<localid>",
    }
}

const PRODUCTS: [fn(&Settings) -> File; 5] = [ios, asa, fortigate, routeros, pfsense];

/// The number of the last line that contains this.
fn line(file: &File, what: &str) -> usize {
    let found = file
        .text
        .lines()
        .enumerate()
        .filter(|(_, l)| l.contains(what))
        .last();
    found.unwrap_or_else(|| panic!("{}: no {what}", file.name)).0 + 1
}

fn verdict(case: &str, files: &[(&str, String)]) -> Value {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    files::verdict(case, &files, None)
}

/// The strongSwan client's own configuration.
fn client(case: &str) -> (&'static str, String) {
    let folder = root().join("captures").join(case).join("client");
    let path = ["swanctl/swanctl.conf", "swanctl.conf"]
        .iter()
        .map(|p| folder.join(p))
        .find(|p| p.is_file())
        .unwrap_or_else(|| panic!("{case}: no swanctl.conf of the client"));
    ("swanctl.conf", fs::read_to_string(path).expect("a file"))
}

struct Expected {
    case: &'static str,
    settings: Settings,
    verdict: &'static str,
    attributes: &'static [&'static str],
    /// Which line is quoted.
    line: fn(&File) -> Option<usize>,
    /// What the sentence says besides.
    words: &'static str,
}

/// What differs in phase 1; the offer is on the wire.
const IKE: &[Expected] = &[
    Expected {
        case: "ikev1-ike-dh-differs-libreswan",
        settings: COMMON,
        verdict: "ike-proposal-mismatch",
        attributes: &["dh-group"],
        line: |f| Some(line_of_ike(f)),
        words: "allows only AES-CBC-256 / SHA2-256 / MODP-2048 (group 14)",
    },
    Expected {
        case: "ikev1-ike-encryption-differs-strongswan",
        settings: COMMON,
        verdict: "ike-proposal-mismatch",
        attributes: &["encryption"],
        line: |f| Some(line_of_ike(f)),
        words: "the encryption algorithm differs",
    },
    Expected {
        case: "ikev2-ike-keylength-differs-strongswan",
        settings: Settings { v2: true, ..COMMON },
        verdict: "ike-proposal-mismatch",
        attributes: &["key-length"],
        line: |f| Some(line_of_ike(f)),
        words: "the key length differs",
    },
    Expected {
        case: "ikev2-ike-prf-differs-strongswan",
        settings: Settings { v2: true, ..COMMON },
        verdict: "ike-proposal-mismatch",
        attributes: &["prf"],
        line: |f| Some(line_of_ike(f)),
        words: "the pseudorandom function (PRF) differs",
    },
    Expected {
        case: "ikev1-aggressive-refused-strongswan",
        settings: COMMON,
        verdict: "mode-mismatch",
        attributes: &["mode"],
        line: |_| None,
        words: "wants Main Mode",
    },
];

/// What differs in phase 2; the client's configuration says what it asks for.
const CHILD: &[Expected] = &[
    Expected {
        case: "ikev1-child-algorithms-differ-strongswan",
        settings: Settings {
            esp: (128, "1"),
            ..COMMON
        },
        verdict: "child-proposal-mismatch",
        attributes: &["key-length", "integrity"],
        line: |f| Some(line(f, f.esp)),
        words: "the key length and integrity algorithm differ",
    },
    Expected {
        case: "ikev1-child-pfs-group-differs-strongswan",
        settings: Settings {
            pfs: Some(14),
            ..COMMON
        },
        verdict: "pfs-mismatch",
        attributes: &["dh-group"],
        line: |f| Some(line(f, f.esp)),
        words: "the Diffie-Hellman group differs",
    },
    Expected {
        case: "ikev2-child-selectors-differ-strongswan",
        settings: Settings { v2: true, ..COMMON },
        verdict: "selector-mismatch",
        attributes: &["selectors"],
        line: |f| Some(line(f, f.selectors)),
        words: "172.16.2.0/24",
    },
];

fn line_of_ike(f: &File) -> usize {
    let found = f.text.lines().position(|l| l.contains(f.ike));
    found.unwrap_or_else(|| panic!("{}: no {}", f.name, f.ike)) + 1
}

fn check(expected: &[Expected], with_client: bool) {
    let mut complaints = Vec::new();
    for e in expected {
        for product in PRODUCTS {
            let file = product(&e.settings);
            let mut files = vec![(file.name, file.text.clone())];
            if with_client {
                files.push(client(e.case));
            }
            let verdict = verdict(e.case, &files);
            let summary = summary(&verdict);
            let quoted = (e.line)(&file).map_or_else(String::new, |l| format!("{}, line {l}", file.name));
            let good = verdict["id"] == e.verdict
                && attributes(&verdict) == e.attributes
                && verdict["basis"] == "imported"
                && summary.contains(&quoted)
                && summary.contains(file.name)
                && summary.contains(e.words);
            if !good {
                complaints.push(format!("{} {} {quoted}: {verdict:#}", e.case, file.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_refused_ike_proposal_quotes_the_line() {
    check(IKE, false);
}

#[test]
fn a_refused_data_tunnel_quotes_the_line() {
    check(CHILD, true);
}

#[test]
fn nothing_is_said_to_fail_where_it_is_up() {
    for (case, v2) in [
        ("ikev1-duplicates-up-strongswan", false),
        ("ikev2-psk-up-strongswan", true),
    ] {
        for product in PRODUCTS {
            let file = product(&Settings { v2, ..COMMON });
            let text = verdict(case, &[(file.name, file.text.clone())]).to_string();
            assert!(text.contains("\"established\""), "{case} {}: {text}", file.name);
            assert!(!text.contains(file.name), "{case} {}: {text}", file.name);
        }
    }
}

/// A file that leaves what differs to the product's default makes a verdict possible at most; the same file that says it, sure.
#[test]
fn what_is_left_to_a_default_is_possible_at_most() {
    // What each file loses, what stands there instead, and what differs then by default alone.
    let ios_group = (
        "ikev1-ike-dh-differs-strongswan",
        ios as fn(&Settings) -> File,
        " group 14\n",
        "",
        "dh-group",
    );
    let ios_cipher = (
        "ikev1-ike-encryption-differs-strongswan",
        ios as _,
        " encr aes 256\n",
        "",
        "encryption",
    );
    let fortigate_group = (
        "ikev1-ike-dh-differs-strongswan",
        fortigate as _,
        "        set dhgrp 14\n",
        "",
        "dh-group",
    );
    let routeros_group = (
        "ikev1-ike-dh-differs-strongswan",
        routeros as _,
        "dh-group=modp2048 ",
        "",
        "dh-group",
    );
    for (case, product, said, left, attribute) in [ios_group, ios_cipher, fortigate_group, routeros_group] {
        let file = product(&COMMON);
        assert!(file.text.contains(said), "{}: no {said:?}", file.name);
        let sure = verdict(case, &[(file.name, file.text.clone())]);
        assert!(
            sure["confidence"].as_f64().is_some_and(|c| c > 0.9),
            "{case} {}: {sure:#}",
            file.name
        );
        let text = file.text.replacen(said, left, 1);
        let v = verdict(case, &[(file.name, text)]);
        assert_eq!(v["basis"], "imported", "{case} {}: {v:#}", file.name);
        assert!(attributes(&v).contains(&attribute), "{case} {}: {v:#}", file.name);
        assert!(
            v["confidence"].as_f64().is_some_and(|c| c <= 0.6),
            "{case} {}: {v:#}",
            file.name
        );
        assert!(
            summary(&v).contains("a product's default"),
            "{case} {}: {v:#}",
            file.name
        );
    }
}

/// An ASA's group policy refuses a protocol that its proposals would allow: its own, or the one it inherits from.
#[test]
fn a_group_policy_that_bars_the_version_is_quoted_where_the_packets_say_nothing() {
    let case = "ikev1-child-selectors-differ-strongswan";
    let allows = "vpn-tunnel-protocol ikev1 ikev2 ";
    let open = asa(&COMMON).text;
    let of = |case, text: &str| verdict(case, &[("asa.cfg", text.to_owned())]);
    assert_eq!(of(case, &open)["id"], "child-refused");
    let own = open.replace(allows, "vpn-tunnel-protocol ikev2 ssl-client");
    let inherited = open.replace(
        " vpn-idle-timeout 30\n vpn-tunnel-protocol ikev1 ikev2 \n",
        " vpn-idle-timeout 30\ngroup-policy DfltGrpPolicy attributes\n vpn-tunnel-protocol ikev2 ssl-client\n",
    );
    for text in [&own, &inherited] {
        let v = of(case, text);
        let line = text
            .lines()
            .position(|l| l.contains("ssl-client"))
            .expect("a line")
            + 1;
        assert_eq!(
            (&v["id"], &v["basis"]),
            (&"no-matching-connection".into(), &"imported".into()),
            "{v:#}"
        );
        assert_eq!(v["confidence"], 0.6, "{v:#}");
        let summary = summary(&v);
        let words = format!(
            "asa.cfg, line {line}, allows this tunnel group only ikev2 and ssl-client; 192.0.2.10 began IKEv1"
        );
        assert!(summary.contains(&words), "{summary}");
    }
    // What the packets say counts: a refused proposal has nothing to do with it.
    let refused = of("ikev1-ike-dh-differs-strongswan", &own);
    assert_eq!(refused["id"], "ike-proposal-mismatch");
}

#[test]
fn tshark_says_the_same() {
    let folder = root().join("build/vendors");
    fs::create_dir_all(&folder).expect("a folder");
    let e = &IKE[2];
    for product in PRODUCTS {
        let file = product(&e.settings);
        let path = folder.join(file.name);
        fs::write(&path, &file.text).expect("a file");
        let capture = root().join("captures").join(e.case).join("client.pcap");
        let said = quietly(
            tshark()
                .args(["-2", "-Y", "ikewhy.verdict", "-T", "fields"])
                .args(["-e", "ikewhy.verdict", "-e", "ikewhy.verdict.attribute"])
                .args(["-e", "ikewhy.verdict.basis", "-e", "ikewhy.verdict.summary"])
                .arg("-o")
                .arg(format!("ikewhy.peer_files:{}", path.display()))
                .arg("-r")
                .arg(capture),
        );
        let quoted = format!("{}, line {}", file.name, line_of_ike(&file));
        for part in ["ike-proposal-mismatch\tkey-length\timported\t", &quoted, e.words] {
            assert!(said.contains(part), "{}: {said}", file.name);
        }
    }
}
