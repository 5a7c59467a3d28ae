//! A Windows machine's settings as PowerShell prints them, beside captures of negotiations: the verdict is exact, and quotes the line.
//!
//! Each case's two sides ran strongSwan or Libreswan; here the same settings are written as Windows would print them.

use ikewhy_tests::files::{self, SECRET, attributes, summary};
use ikewhy_tests::{quietly, root, tshark::tshark};
use serde_json::Value;
use std::fs;

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

fn verdict(case: &str, files: &[(&str, String)]) -> Value {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    files::verdict(case, &files, None)
}

/// How PowerShell prints these is not verified: what rests on it is possible at most.
fn check(case: &str, files: &[(&str, String)], id: &str, differs: &[&str], words: &[&str]) {
    let v = verdict(case, files);
    assert_eq!(
        (v["id"].as_str(), v["basis"].as_str()),
        (Some(id), Some("imported")),
        "{case}: {v:#}"
    );
    assert_eq!(attributes(&v), differs, "{case}: {v:#}");
    assert!(
        v["confidence"].as_f64().is_some_and(|c| c <= 0.6),
        "{case}: {v:#}"
    );
    for part in words {
        assert!(summary(&v).contains(part), "{case}: {part:?} in {}", summary(&v));
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

/// What a rule says beside its proposals comes in the same unverified form.
#[test]
fn a_windows_rule_tells_version_and_networks_as_possible() {
    let proposals = ["AES256", "SHA256"];
    let v2 = rule("IKEv2", "SHA256", proposals);
    check(
        "ikev1-ike-dh-differs-strongswan",
        &[("rule.txt", v2)],
        "version-mismatch",
        &["version"],
        &["rule.txt, line 9"],
    );
    let client = root().join("captures/ikev1-child-selectors-differ-strongswan/client/swanctl/swanctl.conf");
    let client = (
        "swanctl.conf",
        fs::read_to_string(client).expect("a configuration"),
    );
    let networks = "RemoteTunnelEndpoint : {192.0.2.10}\nLocalAddress         : {172.16.2.0/24}\nRemoteAddress        : {172.16.1.0/24}\n";
    let v1 = rule("IKEv1", "SHA256", proposals).replace("RemoteTunnelEndpoint : {192.0.2.10}\n", networks);
    check(
        "ikev1-child-selectors-differ-strongswan",
        &[("rule.txt", v1), client],
        "selector-mismatch",
        &["selectors"],
        &["172.16.2.0/24"],
    );
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
