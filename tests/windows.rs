//! A Windows machine's settings as PowerShell prints them, beside captures of negotiations: the verdict is exact, and quotes the line.
//!
//! Each case's two sides ran strongSwan or Libreswan; here the same settings are written as Windows would print them.

use ikewhy::session::{Options, Packet, Pass, Session};
use ikewhy_tests::{pcap, quietly, root, tshark::tshark};
use serde_json::Value;
use std::fs;

/// A recognisable secret.
const SECRET: &str = "Xq7planted";

/// A rule for the responder 198.51.100.20, with one main mode and one quick mode proposal.
fn rule(version: &str, hash: &str, esp: [&str; 2]) -> String {
    format!(
        "PS C:\\> Get-NetIPsecRule\n\nIPsecRuleName        : {{r1}}\nDisplayName          : lab\nDescription          : {SECRET}\n\
         Enabled              : True\nMode                 : Tunnel\nQuickModeCryptoSet   : {{q1}}\nKeyModule            : {version}\n\
         LocalTunnelEndpoint  : {{198.51.100.20}}\nRemoteTunnelEndpoint : {{192.0.2.10}}\n\n\
         PS C:\\> Get-NetIPsecMainModeCryptoSet | Select -Expand Proposal\n\nEncryption  : AES256\nHash        : {hash}\n\
         KeyExchange : DH14\n\nPS C:\\> Get-NetIPsecQuickModeCryptoSet\n\nName                       : {{q1}}\n\
         PerfectForwardSecrecyGroup : None\n\nPS C:\\> (Get-NetIPsecQuickModeCryptoSet).Proposal\n\nEncapsulation : ESP\n\
         Encryption    : {}\nESPHash       : {}\nAHHash        : None\n",
        esp[0], esp[1]
    )
}

/// The initiator as a Windows client with a policy of its own.
fn client(tunnel: &str) -> String {
    format!(
        "Name                  : lab\nServerAddress         : 198.51.100.20\nTunnelType            : {tunnel}\n\
         AuthenticationMethod  : {{Eap}}\nL2tpPsk               : {SECRET}\nEapConfigXmlStream    : {SECRET}\n\n\
         PS C:\\> (Get-VpnConnection lab).IPSecCustomPolicy\n\nAuthenticationTransformConstants : SHA256128\n\
         CipherTransformConstants         : AES256\nDHGroup                          : Group14\nEncryptionMethod                 : AES256\n\
         IntegrityCheckMethod             : SHA256\nPfsGroup                         : None\n"
    )
}

/// The first negotiation's verdict in a case's capture at the server, with these files.
fn verdict(case: &str, files: &[(&str, String)]) -> Value {
    let mut session = Session::new(Options::default());
    for (name, text) in files {
        session.import(name, text, None);
    }
    let frames = pcap::read(&root().join("captures").join(case).join("server.pcap"));
    for (number, frame) in (1..).zip(&frames) {
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
    for (number, _) in (1..).zip(&frames) {
        said.push_str(&format!("{:?}", session.items(number, Pass::Again)));
    }
    assert!(!said.contains(SECRET), "{case}: a secret is shown");
    let document: Value = serde_json::from_str(&json).expect("JSON");
    document["negotiations"][0]["verdict"].clone()
}

fn check(case: &str, files: &[(&str, String)], id: &str, attributes: &[&str], words: &[&str]) {
    let v = verdict(case, files);
    assert_eq!(
        (v["id"].as_str(), v["basis"].as_str()),
        (Some(id), Some("imported")),
        "{case}: {v:#}"
    );
    let found = v["attributes"].as_array().expect("attributes");
    assert!(
        found
            .iter()
            .filter_map(Value::as_str)
            .eq(attributes.iter().copied()),
        "{case}: {v:#}"
    );
    let summary = v["summary"].as_str().expect("a summary");
    for part in words {
        assert!(summary.contains(part), "{case}: {part:?} in {summary}");
    }
}

const LINE_OF_IKE: &str = "Windows PowerShell output rule.txt, line 15";
const LINE_OF_ESP: &str = "Windows PowerShell output rule.txt, line 26";

#[test]
fn a_windows_responder_quotes_its_proposal() {
    for (case, version, attribute, words) in [
        (
            "ikev1-ike-dh-differs-strongswan",
            "IKEv1",
            "dh-group",
            "Diffie-Hellman group differs",
        ),
        (
            "ikev1-ike-hash-differs-strongswan",
            "IKEv1",
            "hash",
            "hash algorithm differs",
        ),
        (
            "ikev1-ike-keylength-differs-strongswan",
            "IKEv1",
            "key-length",
            "key length differs",
        ),
        (
            "ikev2-ike-encryption-differs-strongswan",
            "IKEv2",
            "encryption",
            "encryption algorithm differs",
        ),
    ] {
        let file = ("rule.txt", rule(version, "SHA256", ["AES256", "SHA256"]));
        check(
            case,
            &[file],
            "ike-proposal-mismatch",
            &[attribute],
            &[LINE_OF_IKE, words],
        );
    }
}

#[test]
fn two_windows_files_tell_what_differs_in_the_data_tunnel() {
    let files = [
        ("rule.txt", rule("IKEv2", "SHA256", ["AES128", "SHA1"])),
        ("client.txt", client("Ikev2")),
    ];
    check(
        "ikev2-child-proposal-differs-strongswan",
        &files,
        "child-proposal-mismatch",
        &["key-length", "integrity"],
        &[LINE_OF_ESP, "AES-CBC-256 / HMAC-SHA2-256-128"],
    );
}

#[test]
fn nothing_is_said_to_fail_where_it_is_up() {
    for (case, version) in [
        ("ikev1-psk-up-strongswan", "IKEv1"),
        ("ikev2-psk-up-strongswan", "IKEv2"),
    ] {
        let files = [
            ("rule.txt", rule(version, "SHA256", ["AES256", "SHA256"])),
            (
                "client.txt",
                client(if version == "IKEv1" { "L2tp" } else { "Ikev2" }),
            ),
        ];
        let text = verdict(case, &files).to_string();
        assert!(
            text.contains("\"established\"") && !text.contains(".txt"),
            "{case}: {text}"
        );
    }
}

/// What is only assumed of a client without a policy of its own contradicts no packet.
#[test]
fn assumed_offers_contradict_nothing() {
    let folder = root().join("build/windows");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("assumed.txt");
    let text =
        "Name : lab\nServerAddress : 198.51.100.20\nTunnelType : Ikev2\nAuthenticationMethod : {Eap}\n";
    fs::write(&path, text).expect("a file");
    let said = report("ikev2-psk-up-strongswan", &path);
    assert!(said.contains("assumed.txt (Windows PowerShell output)"), "{said}");
    assert!(!said.contains("contradict"), "{said}");
}

fn report(case: &str, path: &std::path::Path) -> String {
    quietly(
        tshark()
            .args(["-2", "-V", "-o"])
            .arg(format!("ikewhy.peer_files:{}", path.display()))
            .arg("-r")
            .arg(root().join("captures").join(case).join("server.pcap")),
    )
}

/// `>` of Windows PowerShell writes UTF-16 with a byte order mark.
#[test]
fn tshark_reads_what_powershell_redirects() {
    let folder = root().join("build/windows");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("rule.txt");
    let text = rule("IKEv1", "SHA256", ["AES256", "SHA256"]).replace('\n', "\r\n");
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    fs::write(&path, units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).expect("a file");
    let said = report("ikev1-ike-keylength-differs-strongswan", &path);
    for part in [LINE_OF_IKE, "the key length differs"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!said.contains(SECRET), "{said}");
}
