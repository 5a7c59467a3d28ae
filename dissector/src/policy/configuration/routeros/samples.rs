//! `/ip ipsec export` of RouterOS.

use crate::negotiation::Version;
use crate::negotiation::offer::Attribute;
use crate::policy::{Auth, Mode};
use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

fn seven() -> String {
    r#"# 2024-05-02 10:11:12 by RouterOS 7.14.3
/interface bridge
add name=lan
/ip ipsec profile
set [ find default=yes ] dh-group=modp2048 enc-algorithm=aes-256,aes-128
add dh-group=ecp256,modp2048 enc-algorithm=aes-256 hash-algorithm=sha256 name=\
    branch
/ip ipsec peer
add address=192.0.2.10/32 exchange-mode=ike2 local-address=198.51.100.20 \
    name=branch profile=branch
add address=192.0.2.99/32 disabled=yes name=old
add address=0.0.0.0/0 exchange-mode=aggressive name=road passive=yes
/ip ipsec proposal
set [ find default=yes ] disabled=yes
add auth-algorithms=sha256 enc-algorithms=aes-256-cbc name=branch pfs-group=none
/ip ipsec identity
add my-id=fqdn:gw.example.org peer=branch remote-id=fqdn:client.example.org \
    secret=SECRET
add auth-method=pre-shared-key-xauth generate-policy=port-strict peer=road secret="SECRET with blanks"
/ip ipsec policy
set 0 proposal=branch
add dst-address=172.16.1.0/24 peer=branch proposal=branch src-address=172.16.2.0/24 tunnel=yes
/ppp secret
add name=user password=SECRET
"#
    .replace("SECRET", SECRET)
}

#[test]
fn version_seven() {
    let policy = clean("router.rsc", &seven());
    assert_eq!(policy.kind.name(), "RouterOS configuration");
    let [branch, road] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(
        ike(branch, Version::V2),
        [(
            6,
            "AES-CBC-256 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / ECP-256 (group 19),MODP-2048 (group 14)"
                .to_owned()
        )]
    );
    assert_eq!(
        branch.version.as_ref().map(|v| (v.value, v.line)),
        Some((Version::V2, 9))
    );
    assert_eq!(branch.name, "branch");
    assert_eq!(values(branch.local.as_ref()), ["198.51.100.20"]);
    assert_eq!(values(branch.remote.as_ref()), ["192.0.2.10"]);
    assert_eq!(
        branch.remote_id.as_ref().map(|i| (i.value.as_str(), i.line)),
        Some(("client.example.org", 17))
    );
    assert_eq!(
        esp(branch, Version::V2),
        [(15, "AES-CBC-256 / HMAC-SHA2-256-128".to_owned())]
    );
    let child = &branch.children[0];
    assert_eq!(values(child.remote.as_ref()), ["172.16.1.0/24"]);
    assert_eq!(child.mode.as_ref().map(|m| m.value), Some(Mode::Tunnel));

    assert_eq!(values(road.remote.as_ref()), ["%any"]);
    assert_eq!(
        road.aggressive.as_ref().map(|a| (a.value, a.line)),
        Some((true, 12))
    );
    assert_eq!(road.remote_auth.as_ref().map(|a| a.value), Some(Auth::Xauth));
    let list = road.ike.as_ref().unwrap();
    let suite = &road.suites(Version::V1, None)[0];
    assert_eq!(
        suite.line(),
        "AES-CBC-256,AES-CBC-128 / SHA1 / MODP-2048 (group 14)"
    );
    assert_eq!(
        list.assumed(suite, &[Attribute::KeyLength, Attribute::Hash]),
        [Attribute::Hash],
        "the hash is the only default"
    );
}

#[test]
fn before_profiles_a_peer_had_the_algorithms() {
    let text = "/ip ipsec peer add address=192.0.2.10/32 dh-group=modp1024 enc-algorithm=3des hash-algorithm=md5 secret=x\n/ip ipsec policy\nadd dst-address=172.16.1.0/24 sa-dst-address=192.0.2.10 sa-src-address=198.51.100.20 src-address=172.16.2.0/24 tunnel=yes\n";
    let policy = clean("old", text);
    let c = &policy.connections[0];
    assert_eq!(
        ike(c, Version::V1),
        [(1, "3DES / MD5 / MODP-1024 (group 2)".to_owned())]
    );
    assert_eq!(values(c.children[0].local.as_ref()), ["172.16.2.0/24"]);
    assert_eq!(
        esp(c, Version::V1)[0].1,
        "AES-CBC-256,AES-CBC-192,AES-CBC-128 / HMAC-SHA1 / MODP-1024 (group 2)"
    );
}

#[test]
fn what_is_missing_is_said() {
    let text = "/ip ipsec peer\nadd address=192.0.2.10/32 name=a profile=gone\n/ip ipsec policy\nadd peer=a proposal=gone\n";
    let policy = read("x", text);
    let lines: Vec<_> = policy.notes.iter().map(|n| n.line).collect();
    assert_eq!(lines, [2, 4]);
    assert!(policy.connections[0].ike.is_none());
}

#[test]
fn damage_does_no_harm() {
    survives(&seven());
}

#[test]
fn a_policy_may_be_for_several_peers() {
    let text = "/ip ipsec peer\nadd address=192.0.2.10/32 name=a\nadd address=192.0.2.11/32 name=b\n/ip ipsec proposal\nadd auth-algorithms=\"\" \
                enc-algorithms=aes-256-gcm name=p pfs-group=modp1536\n/ip ipsec policy\nadd dst-address=172.16.1.0/24 peer=a,b proposal=p \
                src-address=172.16.2.0/24 tunnel=yes\n";
    let policy = read("x", text);
    assert_eq!(policy.connections.len(), 2);
    for c in &policy.connections {
        assert_eq!(
            esp(c, Version::V2)[0].1,
            "AES-GCM-16-256 / MODP-1536 (group 5)",
            "{}",
            c.name
        );
        assert_eq!(values(c.children[0].local.as_ref()), ["172.16.2.0/24"]);
    }
}
