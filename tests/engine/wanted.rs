//! What the responder's configuration wants, beside what the packets show of the request: the group of a renewal by its size, identity
//! and proof once they are decrypted, and what to compare first while they are not.

use ikewhy_tests::cases::peer_files;
use ikewhy_tests::files::{self, attributes, summary};
use ikewhy_tests::{engine, root};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn configuration(case: &str) -> (String, String) {
    let path = peer_files(&root().join("captures").join(case), "server", true, false).remove(0);
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    (name, fs::read_to_string(&path).expect("a configuration"))
}

/// The verdict with the server's configuration, in which one text stands for another.
fn verdict(case: &str, replaced: (&str, &str)) -> Value {
    let (name, text) = configuration(case);
    let changed = text.replace(replaced.0, replaced.1);
    assert_eq!(changed != text, replaced.0 != replaced.1, "{text}");
    files::verdict(case, &[(&name, &changed)], None)
}

/// The same with keys.
fn decrypted(case: &str, replaced: (&str, &str)) -> Value {
    let folder = root().join("captures").join(case);
    let (name, text) = configuration(case);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wanted-{case}-{name}"));
    fs::write(&path, text.replace(replaced.0, replaced.1)).expect("a file");
    let tables: Vec<PathBuf> = (fs::read_dir(folder.join("keys")).expect("keys").flatten())
        .map(|entry| entry.path())
        .collect();
    let json = engine::session(&folder.join("server.pcap"), &tables, &[path]).json();
    let document: Value = serde_json::from_str(&json).expect("JSON");
    document["negotiations"][0]["verdict"].clone()
}

const AS_IT_IS: (&str, &str) = ("", "");

#[test]
fn a_renewal_tells_by_its_size_whether_the_group_fits() {
    for case in [
        "ikev2-pfs-differs-at-rekey-strongswan",
        "ikev2-pfs-differs-at-rekey-libreswan",
        "ikev2-pfs-missing-at-rekey-strongswan",
    ] {
        let v = verdict(case, AS_IT_IS);
        assert_eq!(v["id"], "pfs-mismatch", "{v:#}");
        assert_eq!(attributes(&v), ["dh-group"], "{case}");
        assert!(summary(&v).contains(", line "), "{v:#}");
    }
    // The group that the request is long enough for; and a list that may be it.
    let case = "ikev2-pfs-differs-at-rekey-strongswan";
    for group in ["modp3072", "modp2048, aes256-sha256-modp3072"] {
        let v = verdict(
            case,
            (
                "esp_proposals = aes256-sha256-modp2048",
                &format!("esp_proposals = aes256-sha256-{group}"),
            ),
        );
        assert_eq!(v["id"], "rekey-failed", "{v:#}");
    }
    // A group whose key is far too long for it.
    let v = verdict(
        case,
        (
            "esp_proposals = aes256-sha256-modp2048",
            "esp_proposals = aes256-sha256-modp8192",
        ),
    );
    assert_eq!(v["id"], "pfs-mismatch", "{v:#}");
    assert!(v["confidence"].as_f64().is_some_and(|c| c > 0.9), "{v:#}");
    assert!(summary(&v).contains("is too short for it"), "{v:#}");
}

#[test]
fn an_identity_or_proof_that_can_be_read_is_compared() {
    let identities = [
        ("ikev2-identity-rejected-strongswan", "client.example"),
        ("ikev2-identity-rejected-libreswan", "client.example"),
        ("ikev1-identity-rejected-strongswan", "192.0.2.10"),
    ];
    for (case, sent) in identities {
        let v = decrypted(case, AS_IT_IS);
        assert_eq!(v["id"], "identity-rejected", "{v:#}");
        assert!(
            summary(&v).contains(&format!(
                "accepts the identity vpn.example; 192.0.2.10 sends {sent}"
            )),
            "{v:#}"
        );
        // As it would be right, and as a pattern.
        for other in [sent, "*.example", "%any"] {
            let v = decrypted(case, ("vpn.example", other));
            assert!(!summary(&v).contains("accepts the identity"), "{v:#}");
        }
    }
    for (case, wants) in [
        ("ikev2-auth-method-differs-strongswan", "a certificate"),
        ("ikev2-certificate-against-psk-strongswan", "a pre-shared key"),
        ("ikev2-psk-against-eap-strongswan", "EAP"),
    ] {
        let v = decrypted(case, AS_IT_IS);
        assert_eq!(v["id"], "auth-method-mismatch", "{v:#}");
        assert_eq!(attributes(&v), ["auth-method"], "{case}");
        assert!(
            summary(&v).contains(&format!("wants {wants} of the peer")),
            "{v:#}"
        );
    }
}

#[test]
fn what_is_encrypted_is_said_to_be_compared_first() {
    let v = verdict("ikev2-identity-rejected-strongswan", AS_IT_IS);
    assert_eq!(v["id"], "authentication-failed", "{v:#}");
    let said = v["explanation"].as_str().unwrap_or_default();
    let wants = "a pre-shared key (swanctl.conf, line 12) and the identity vpn.example (swanctl.conf, line 13): compare that first";
    assert!(said.contains(wants), "{said}");
}
