//! `show vpn ipsec ...` of a FortiGate.

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::{Auth, Mode};
use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

fn whole() -> String {
    r#"#config-version=FGT60F-7.2.8-FW-build1639-240313:opmode=0:vdom=0:user=admin
config system interface
    edit "wan1"
        set vdom "root"
        set ip 198.51.100.20 255.255.255.0
        config ipv6
            set ip6-allowaccess ping
        end
    next
end
config vpn certificate local
    edit "own"
        set password ENC SECRET
        set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----
SECRET
-----END ENCRYPTED PRIVATE KEY-----"
    next
end
config firewall address
    edit "lan"
        set subnet 172.16.2.0 255.255.255.0
    next
end
config vpn ipsec phase1-interface
    edit "branch"
        set interface "wan1"
        set ike-version 2
        set peertype one
        set peerid "client.example.org"
        set localid "gw.example.org"
        set keylife 28800
        set proposal aes256-sha256 aes256gcm-prfsha384
        set dhgrp 14 19
        set remote-gw 192.0.2.10
        set psksecret ENC SECRET
        config certificate
            edit "x"
            next
        end
    next
    edit "dialup"
        set type dynamic
        set interface "wan1"
        set mode aggressive
        set proposal aes128-sha1
        set xauthtype auto
        set psksecret ENC SECRET
    next
end
config vpn ipsec phase2-interface
    edit "branch-lan"
        set phase1name "branch"
        set proposal aes256-sha256
        set pfs disable
        set src-addr-type name
        set src-name "lan"
        set dst-subnet 172.16.1.0 255.255.255.0
    next
    edit "dial"
        set phase1name "dialup"
        set proposal aes128-sha1 aes256-sha1
        set encapsulation transport-mode
    next
end
"#
    .replace("SECRET", SECRET)
}

#[test]
fn a_whole_configuration() {
    let policy = clean("fgt.conf", &whole());
    assert_eq!(policy.kind.name(), "FortiGate configuration");
    let [branch, dialup] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(
        ike(branch, Version::V2),
        [
            (
                32,
                "AES-CBC-256 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14),ECP-256 (group 19)"
                    .to_owned()
            ),
            (
                32,
                "AES-GCM-16-256 / HMAC-SHA2-384 / MODP-2048 (group 14),ECP-256 (group 19)".to_owned()
            ),
        ]
    );
    assert_eq!(
        branch.version.as_ref().map(|v| (v.value, v.line)),
        Some((Version::V2, 27))
    );
    assert_eq!(values(branch.local.as_ref()), ["198.51.100.20"]);
    assert_eq!(values(branch.remote.as_ref()), ["192.0.2.10"]);
    assert_eq!(
        branch.remote_id.as_ref().map(|i| (i.value.as_str(), i.line)),
        Some(("client.example.org", 29))
    );
    assert_eq!(branch.remote_auth.as_ref().map(|a| a.value), Some(Auth::Psk));
    let child = &branch.children[0];
    assert_eq!(values(child.local.as_ref()), ["172.16.2.0/24"]);
    assert_eq!(values(child.remote.as_ref()), ["172.16.1.0/24"]);
    assert_eq!(
        esp(branch, Version::V2),
        [(53, "AES-CBC-256 / HMAC-SHA2-256-128".to_owned())]
    );

    assert_eq!(dialup.version.as_ref().map(|v| v.value), Some(Version::V1));
    assert_eq!(
        dialup.aggressive.as_ref().map(|a| (a.value, a.line)),
        Some((true, 44))
    );
    assert_eq!(values(dialup.remote.as_ref()), ["%any"]);
    assert_eq!(dialup.remote_auth.as_ref().map(|a| a.value), Some(Auth::Xauth));
    assert_eq!(
        ike(dialup, Version::V1)[0].1,
        "AES-CBC-128 / SHA1 / MODP-2048 (group 14),MODP-1536 (group 5)"
    );
    let list = dialup.ike.as_ref().unwrap();
    let suite = &dialup.suites(Version::V1, None)[0];
    assert_eq!(
        list.assumed(suite, &[Attribute::DhGroup, Attribute::Hash]),
        [Attribute::DhGroup]
    );
    assert_eq!(
        dialup.children[0].mode.as_ref().map(|m| (m.value, m.line)),
        Some((Mode::Transport, 62))
    );
    assert_eq!(values(dialup.children[0].local.as_ref()), ["0.0.0.0/0"]);
}

#[test]
fn what_does_not_fit_together_is_said() {
    let text = "config vpn ipsec phase1-interface\nedit \"a\"\nset proposal aria256-sha256\nset remote-gw 192.0.2.10\nnext\nend\nconfig vpn ipsec phase2-interface\nedit \"b\"\nset phase1name \"gone\"\nnext\nedit \"c\"\nnext\nend\n";
    let policy = read("x", text);
    let lines: Vec<_> = policy.notes.iter().map(|n| n.line).collect();
    assert_eq!(lines, [11, 3, 8]);
    assert!(policy.connections[0].suites(Version::V1, None).is_empty());
}

#[test]
fn damage_does_no_harm() {
    survives(&whole());
}

#[test]
fn a_paste_that_lost_its_line_ends_is_read() {
    let flat = whole().lines().map(str::trim).collect::<Vec<_>>().join("     ");
    let (policy, lines) = (
        read("x", &format!("FGT # show vpn ipsec {flat}")),
        read("x", &whole()),
    );
    let names = |p: &crate::policy::Policy| p.connections.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&policy), names(&lines));
    for (one, other) in policy.connections.iter().zip(&lines.connections) {
        assert_eq!(one.suites(Version::V1, None), other.suites(Version::V1, None));
        assert_eq!(values(one.remote.as_ref()), values(other.remote.as_ref()));
    }
}

#[test]
fn what_is_left_out_beside_a_line_that_was_not_understood_is_no_default() {
    let text = |inside: &str| {
        format!(
            "config vpn ipsec phase1-interface\n    edit \"a\"\n        set interface \"port1\"\n{inside}        set proposal aes256-sha256\n        \
             set remote-gw 192.0.2.10\n    next\nend\n"
        )
    };
    let whole = clean("x", &text(""));
    let c = &whole.connections[0];
    assert_eq!(c.version.as_ref().map(|v| v.value), Some(Version::V1));
    assert!(c.ike.is_some());
    let torn = read("x", &text("        t ike-version 2\n"));
    assert_eq!(torn.notes.iter().map(|n| n.line).collect::<Vec<_>>(), [4]);
    let c = &torn.connections[0];
    assert!(c.version.is_none() && c.ike.is_none() && c.local_auth.is_none());
    // A pager's mark is none of it.
    let paged = clean("x", &text("--More--                  set ike-version 2\n"));
    assert_eq!(
        paged.connections[0].version.as_ref().map(|v| v.value),
        Some(Version::V2)
    );
}
