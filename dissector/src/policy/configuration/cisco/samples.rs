//! `show running-config` of Cisco IOS and ASA.

use crate::negotiation::Version;
use crate::policy::{Auth, Mode};
use crate::tests::sample::{SECRET, clean, esp, ike, read, survives, values};

fn ios() -> String {
    "\
version 15.7
hostname edge
username admin privilege 15 secret 9 SECRET
!
crypto keyring K1
  pre-shared-key address 192.0.2.10 key SECRET
!
crypto isakmp policy 10
 encr aes 256
 hash sha256
 authentication pre-share
 group 14
crypto isakmp policy 5
 authentication pre-share
crypto isakmp key 6 SECRET address 192.0.2.10 no-xauth
crypto isakmp client configuration group staff
 key SECRET
 pool P
!
crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac
 mode tunnel
crypto ipsec transform-set L2TP esp-3des esp-sha-hmac
 mode transport
!
crypto map OUT 10 ipsec-isakmp
 description to the branch
 set peer 192.0.2.10
 set transform-set TS
 set pfs group14
 match address BRANCH
crypto map OUT 20 ipsec-isakmp dynamic DYN
crypto dynamic-map DYN 1
 set transform-set L2TP
!
interface GigabitEthernet0/0
 ip address 198.51.100.20 255.255.255.0
 crypto map OUT
!
ip access-list extended BRANCH
 remark the branch
 10 permit ip 172.16.2.0 0.0.0.255 172.16.1.0 0.0.0.255
!
line vty 0 4
 password 7 SECRET
end
"
    .replace("SECRET", SECRET)
}

#[test]
fn ios_prints_what_is_no_default() {
    let policy = clean("router.txt", &ios());
    assert_eq!(policy.kind.name(), "Cisco IOS configuration");
    let c = &policy.connections[0];
    assert_eq!(c.name, "OUT 10");
    assert_eq!(
        ike(c, Version::V1),
        [
            (13, "DES / SHA1 / MODP-768 (group 1) / PSK".to_owned()),
            (
                8,
                "AES-CBC-256 / SHA2-256 / MODP-2048 (group 14) / PSK".to_owned()
            ),
        ]
    );
    assert_eq!(
        esp(c, Version::V1),
        [(
            20,
            "AES-CBC-256 / HMAC-SHA2-256 / MODP-2048 (group 14)".to_owned()
        )]
    );
    assert_eq!(values(c.local.as_ref()), ["198.51.100.20"]);
    assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
    let child = &c.children[0];
    assert_eq!(values(child.local.as_ref()), ["172.16.2.0/24"]);
    assert_eq!(values(child.remote.as_ref()), ["172.16.1.0/24"]);
    assert_eq!(child.mode.as_ref().map(|m| m.value), Some(Mode::Tunnel));
    assert!(!child.any_group && c.takes(true) && c.takes(false));
    let dynamic = &policy.connections[1];
    assert_eq!(values(dynamic.remote.as_ref()), ["%any"]);
    assert!(dynamic.children[0].any_group && dynamic.children[0].mode.is_none());
}

#[test]
fn ios_ikev2_with_profiles_and_tunnels() {
    let text = "\
crypto ikev2 proposal P1
 encryption aes-cbc-256 aes-cbc-128
 integrity sha256
 group 14 19
crypto ikev2 proposal UNUSED
 encryption aes-gcm-256
 prf sha512
 group 20
crypto ikev2 policy POL
 proposal P1
crypto ikev2 keyring KR
 peer branch
  address 192.0.2.10
  pre-shared-key local SECRET
  pre-shared-key remote SECRET
crypto ikev2 profile PROF
 match identity remote fqdn client.example.org
 identity local fqdn gw.example.org
 authentication remote pre-share
 authentication local rsa-sig
 keyring local KR
crypto ipsec transform-set TS esp-gcm 256
crypto ipsec profile VTI
 set transform-set TS
 set pfs
 set ikev2-profile PROF
interface Tunnel0
 ip address 10.0.0.1 255.255.255.252
 tunnel source GigabitEthernet1
 tunnel mode ipsec ipv4
 tunnel destination 192.0.2.10
 tunnel protection ipsec profile VTI
interface GigabitEthernet1
 ip address 198.51.100.20 255.255.255.0
"
    .replace("SECRET", SECRET);
    let policy = read("r.cfg", &text);
    let notes: Vec<_> = policy
        .notes
        .iter()
        .map(|n| (n.line, n.text.to_string()))
        .collect();
    assert_eq!(
        notes,
        [(
            5,
            "crypto ikev2 proposal UNUSED is named by no crypto ikev2 policy".to_owned()
        )]
    );
    let c = &policy.connections[0];
    assert_eq!(
        c.version.as_ref().map(|v| (v.value, v.line)),
        Some((Version::V2, 26))
    );
    assert_eq!(
        ike(c, Version::V2),
        [(
            1,
            "AES-CBC-256,AES-CBC-128 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14),ECP-256 (group 19)"
                .to_owned()
        )]
    );
    assert_eq!(values(c.local.as_ref()), ["198.51.100.20"]);
    assert_eq!(c.local_auth.as_ref().map(|a| a.value), Some(Auth::Certificate));
    assert_eq!(c.remote_auth.as_ref().map(|a| a.value), Some(Auth::Psk));
    assert_eq!(
        c.remote_id.as_ref().map(|i| i.value.as_str()),
        Some("client.example.org")
    );
    assert_eq!(values(c.children[0].remote.as_ref()), ["0.0.0.0/0"]);
    assert_eq!(esp(c, Version::V2)[0].1, "AES-GCM-16-256 / MODP-768 (group 1)");
}

#[test]
fn ios_without_a_policy_has_its_default_ones() {
    let text = "crypto isakmp key K address 192.0.2.10\ncrypto ipsec transform-set T esp-aes esp-sha-hmac\ncrypto map M 1 ipsec-isakmp\n set peer 192.0.2.10\n set transform-set T\n match address 101\naccess-list 101 permit ip any host 192.0.2.10\n";
    let policy = clean("r", text);
    let c = &policy.connections[0];
    assert_eq!(ike(c, Version::V1).len(), 8);
    assert_eq!(
        ike(c, Version::V1)[1],
        (3, "AES-CBC-128 / SHA1 / MODP-1536 (group 5) / PSK".to_owned())
    );
    assert_eq!(values(c.children[0].local.as_ref()), ["0.0.0.0/0"]);
    let none = read("r", &format!("no crypto isakmp default policy\n{text}"));
    assert!(none.connections[0].ike.is_none());
}

fn asa() -> String {
    "\
: Saved
ASA Version 9.12(4)
enable password SECRET encrypted
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.20 255.255.255.0
object network LAN
 subnet 172.16.2.0 255.255.255.0
object-group network BRANCH
 network-object 172.16.1.0 255.255.255.0
 network-object host 192.0.2.99
access-list VPN extended permit ip object LAN object-group BRANCH
crypto ipsec ikev1 transform-set ESP-AES esp-aes-256 esp-sha-hmac
crypto ipsec ikev2 ipsec-proposal AES
 protocol esp encryption aes-256 aes
 protocol esp integrity sha-256 sha-1
crypto map OUT 1 match address VPN
crypto map OUT 1 set pfs group5
crypto map OUT 1 set peer 192.0.2.10
crypto map OUT 1 set ikev1 transform-set ESP-AES
crypto map OUT 1 set ikev2 ipsec-proposal AES
crypto map OUT interface outside
crypto ikev2 policy 1
 encryption aes-256 aes-192
 integrity sha256
 group 14 5
 prf sha256 sha
 lifetime seconds 86400
crypto ikev2 policy 2
 encryption aes-gcm-256
 integrity null
 group 19
 prf sha384
crypto ikev2 enable outside
crypto ikev1 enable outside
crypto ikev1 am-disable
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha
 group 5
 lifetime 86400
tunnel-group 192.0.2.10 type ipsec-l2l
tunnel-group 192.0.2.10 ipsec-attributes
 ikev1 pre-shared-key SECRET
 ikev2 remote-authentication pre-shared-key SECRET
 ikev2 local-authentication certificate TP
"
    .replace("SECRET", SECRET)
}

#[test]
fn asa_names_the_entry_on_each_line() {
    let policy = clean("asa.cfg", &asa());
    assert_eq!(policy.kind.name(), "Cisco ASA configuration");
    let [v1, v2] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(
        ike(v1, Version::V1),
        [(38, "AES-CBC-256 / SHA1 / MODP-1536 (group 5) / PSK".to_owned())]
    );
    assert!(!v1.takes(true));
    assert_eq!(
        ike(v2, Version::V2),
        [
            (
                24,
                "AES-CBC-256,AES-CBC-192 / HMAC-SHA2-256-128 / HMAC-SHA2-256,HMAC-SHA1 / MODP-2048 (group 14),MODP-1536 (group 5)"
                    .to_owned()
            ),
            (30, "AES-GCM-16-256 / HMAC-SHA2-384 / ECP-256 (group 19)".to_owned()),
        ]
    );
    assert_eq!(v2.version.as_ref().map(|v| v.line), Some(22));
    assert_eq!(
        v2.remote_auth.as_ref().map(|a| (a.value, a.line)),
        Some((Auth::Psk, 47))
    );
    assert_eq!(v2.local_auth.as_ref().map(|a| a.value), Some(Auth::Certificate));
    for c in [v1, v2] {
        assert_eq!(values(c.local.as_ref()), ["198.51.100.20"]);
        assert_eq!(
            values(c.children[0].remote.as_ref()),
            ["172.16.1.0/24", "192.0.2.99/32"]
        );
    }
    assert_eq!(
        esp(v2, Version::V2)[0].1,
        "AES-CBC-256,AES-CBC-128 / HMAC-SHA2-256-128,HMAC-SHA1-96 / MODP-1536 (group 5)"
    );
}

#[test]
fn a_paste_without_indentation_is_read() {
    let flat: String = ios().lines().map(|l| format!("{}\n", l.trim_start())).collect();
    let (policy, whole) = (read("x", &flat), read("x", &ios()));
    assert_eq!(policy.connections, whole.connections);
}

#[test]
fn what_is_not_known_is_said_and_nothing_concluded() {
    let text = "crypto isakmp policy 1\n encr kyber\n group 14\ncrypto map M 1 ipsec-isakmp\n set peer 192.0.2.10\n set transform-set GONE\n match address 101\n";
    let policy = read("r", text);
    let notes: Vec<_> = policy.notes.iter().map(|n| n.line).collect();
    assert_eq!(notes, [1, 6, 7]);
    assert!(policy.connections[0].suites(Version::V1, None).is_empty());
}

#[test]
fn damage_does_no_harm() {
    survives(&ios());
    survives(&asa());
}

#[test]
fn a_paste_that_is_indented_as_a_whole_is_read() {
    let indented: String = ios().lines().map(|l| format!("  {l}\n")).collect();
    let (policy, whole) = (read("x", &indented), read("x", &ios()));
    assert_eq!(policy.connections, whole.connections);
    // Unevenly, as forums do it.
    let text = "  R2# show run | section crypto\n  crypto isakmp policy 5\n     encr aes 256\n     hash sha256\n     authentication pre-share\n     \
                group 5\n    crypto isakmp key Xq7planted address 0.0.0.0\n    crypto ipsec transform-set T esp-aes esp-sha384-hmac\n     mode tunnel\n    \
                crypto map M 10 ipsec-isakmp\n     set peer 192.0.2.10\n     set transform-set T\n     match address A\n     crypto map M\n";
    let policy = read("x", text);
    let [c] = policy.connections.as_slice() else {
        panic!("{:?}", policy.connections)
    };
    assert_eq!(
        ike(c, Version::V1),
        [(2, "AES-CBC-256 / SHA2-256 / MODP-1536 (group 5) / PSK".to_owned())]
    );
    assert_eq!(values(c.remote.as_ref()), ["192.0.2.10"]);
}
