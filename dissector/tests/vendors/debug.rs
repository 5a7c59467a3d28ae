//! Debug output of Cisco and FortiGate.

use super::{SECRET, read, survives};
use ikewhy::negotiation::Version;
use ikewhy::policy::algorithm::Proposal;
use ikewhy::policy::{Cause, Policy};
use std::net::IpAddr;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10));
const OWN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 20));

fn causes(policy: &Policy) -> Vec<(u32, Cause)> {
    policy.entries.iter().map(|e| (e.line, e.cause)).collect()
}

fn lines(list: &[Proposal], version: Version) -> Vec<String> {
    list.iter().map(|p| p.suite(version, None).line()).collect()
}

const IOS: &str = "\
*Jan  1 12:00:05.100: ISAKMP (0): received packet from 192.0.2.10 dport 500 sport 500 Global (N) NEW SA
*Jan  1 12:00:05.101: ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy
*Jan  1 12:00:05.101: ISAKMP:      encryption AES-CBC
*Jan  1 12:00:05.101: ISAKMP:      keylength of 256
*Jan  1 12:00:05.101: ISAKMP:      hash SHA
*Jan  1 12:00:05.101: ISAKMP:      default group 14
*Jan  1 12:00:05.101: ISAKMP:      auth pre-share
*Jan  1 12:00:05.102: ISAKMP:(0):Hash algorithm offered does not match policy!
*Jan  1 12:00:05.102: ISAKMP:(0):atts are not acceptable. Next payload is 0
*Jan  1 12:00:05.103: ISAKMP:(0):Checking ISAKMP transform 1 against priority 20 policy
*Jan  1 12:00:05.103: ISAKMP:(0):Encryption algorithm offered does not match policy!
*Jan  1 12:00:05.104: ISAKMP:(0):no offers accepted!
*Jan  1 12:00:05.104: ISAKMP:(0): phase 1 SA policy not acceptable! (local 198.51.100.20 remote 192.0.2.10)
*Jan  1 12:01:05.100: ISAKMP (0): received packet from 192.0.2.10 dport 500 sport 500 Global (R) MM_KEY_EXCH
*Jan  1 12:01:05.101: %CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 192.0.2.10 failed its sanity check or is malformed
*Jan  1 12:02:05.100: ISAKMP (1001): received packet from 192.0.2.10 dport 500 sport 500 Global (R) QM_IDLE
*Jan  1 12:02:05.101: IPSEC(validate_transform_proposal): proxy identities not supported
*Jan  1 12:02:05.102: ISAKMP:(1001): phase 2 SA policy not acceptable! (local 198.51.100.20 remote 192.0.2.10)
*Jan  1 12:03:05.100: ISAKMP (0): received packet from 192.0.2.10 dport 500 sport 500 Global (N) NEW SA
*Jan  1 12:03:05.102: ISAKMP:(0):Preshared authentication offered but does not match policy!
*Jan  1 12:03:05.104: ISAKMP:(0):no offers accepted!
";

#[test]
fn ios_compares_attribute_by_attribute() {
    let policy = read("debug.txt", IOS);
    assert_eq!(policy.kind.name(), "Cisco's log");
    assert_eq!(policy.addresses, [OWN]);
    assert_eq!(
        causes(&policy),
        [
            (8, Cause::IkeProposal),
            (15, Cause::PskDiffers),
            (17, Cause::Selectors),
            (20, Cause::AuthMethod)
        ]
    );
    let first = &policy.entries[0];
    assert_eq!(first.differs, ["hash"]);
    assert!(
        first
            .text
            .contains("Hash algorithm offered does not match policy!")
    );
    assert_eq!(
        lines(&first.received, Version::V1),
        ["AES-CBC-256 / SHA1 / MODP-2048 (group 14)"]
    );
    assert!(
        policy
            .entries
            .iter()
            .all(|e| e.peer == Some(PEER) && e.time.is_some())
    );
}

const IKEV2: &str = "\
Jan  1 12:00:05.100: IKEv2:(SESSION ID = 1,SA ID = 1):Received Packet [From 192.0.2.10:500/To 198.51.100.20:500/VRF i0:f0]
Initiator SPI : 0123456789ABCDEF - Responder SPI : 0000000000000000 Message id: 0
Jan  1 12:00:05.101: IKEv2:(SESSION ID = 1,SA ID = 1):Failed to find a matching policy
Jan  1 12:00:05.101: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):Received Policies: :
Proposal 1:  AES-CBC-128 SHA256 SHA256 DH_GROUP_2048_MODP/Group 14
Jan  1 12:00:05.102: IKEv2-ERROR:(SESSION ID = 1,SA ID = 1):Expected Policies: :
Proposal 1:  AES-CBC-256 SHA256 SHA256 DH_GROUP_2048_MODP/Group 14
Proposal 2:  AES-GCM-256 SHA384 DH_GROUP_384_ECP/Group 20
Jan  1 12:01:05.100: IKEv2:(SESSION ID = 2,SA ID = 1):Received Packet [From 192.0.2.10:4500/To 198.51.100.20:4500/VRF i0:f0]
Initiator SPI : 1111111111111111 - Responder SPI : 2222222222222222 Message id: 1
Jan  1 12:01:05.101: IKEv2:(SESSION ID = 2,SA ID = 1):Peer's authentication method is 'PSK'
Jan  1 12:01:05.101: IKEv2-ERROR:(SESSION ID = 2,SA ID = 1):: Verification of peer's authentication data FAILED
Jan  1 12:02:05.101: IKEv2-ERROR:(SESSION ID = 3,SA ID = 1):: There was no IPSEC policy found for received TS
";

#[test]
fn ios_ikev2_prints_both_lists() {
    let policy = read("debug.txt", IKEV2);
    assert_eq!(
        causes(&policy),
        [
            (3, Cause::IkeProposal),
            (12, Cause::PskDiffers),
            (13, Cause::Selectors)
        ]
    );
    let one = &policy.entries[0];
    assert_eq!((one.peer, one.spi), (Some(PEER), Some(0x0123_4567_89AB_CDEF)));
    assert_eq!(
        lines(&one.received, Version::V2),
        ["AES-CBC-128 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)"]
    );
    assert_eq!(
        lines(&one.allowed, Version::V2),
        [
            "AES-CBC-256 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)",
            "AES-GCM-16-256 / HMAC-SHA2-384 / ECP-384 (group 20)"
        ]
    );
}

const ASA: &str = "\
Jan 01 2026 12:00:05 asa : %ASA-7-713236: IP = 192.0.2.10, IKE_DECODE RECEIVED Message (msgid=0) with payloads
Jan 01 2026 12:00:05 asa : %ASA-7-715028: Phase 1 failure:  Mismatched attribute types for class Group Description:  Rcv'd: Group 2  Cfg'd: Group 5
Jan 01 2026 12:00:05 asa : %ASA-3-713048: IP = 192.0.2.10, All SA proposals found unacceptable
Jan 01 2026 12:00:06 asa : %ASA-3-713061: Group = 192.0.2.10, IP = 192.0.2.10, Rejecting IPSec tunnel: no matching crypto map entry for remote proxy 172.16.1.0/255.255.255.0/0/0 local proxy 172.16.9.0/255.255.255.0/0/0 on interface outside
Jan 01 2026 12:00:07 asa : %ASA-5-713904: Group = 192.0.2.10, IP = 192.0.2.10, All IPSec SA proposals found unacceptable!
Jan 01 2026 12:00:08 asa : %ASA-4-750003: Local:198.51.100.20:500 Remote:192.0.2.10:500 Username:Unknown IKEv2 Negotiation aborted due to ERROR: Failed to find a matching policy
";

#[test]
fn asa_s_syslog() {
    let policy = read("asa.log", ASA);
    assert_eq!(
        causes(&policy),
        [
            (2, Cause::IkeProposal),
            (4, Cause::Selectors),
            (5, Cause::ChildProposal),
            (6, Cause::IkeProposal)
        ]
    );
    assert_eq!(policy.entries[0].differs, ["dh-group"]);
    assert!(policy.entries.iter().all(|e| e.peer == Some(PEER)));
    assert_eq!(policy.addresses, [OWN]);
}

fn fortigate() -> String {
    "\
2026-01-01 12:00:05.100001 ike V=root:0: comes 192.0.2.10:500->198.51.100.20:500,ifindex=5,vrf=0,len=180....
2026-01-01 12:00:05.100002 ike V=root:0: IKEv1 exchange=Identity Protection id=a1b2c3d4e5f60718/0000000000000000 len=180 vrf=0
2026-01-01 12:00:05.100003 ike V=root:0:branch:7: incoming proposal:
2026-01-01 12:00:05.100003 ike V=root:0:branch:7: proposal id = 0:
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:   protocol id = ISAKMP:
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:      trans_id = KEY_IKE.
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:      encapsulation = IKE/none.
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:         type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:         type=OAKLEY_HASH_ALG, val=SHA.
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:         type=AUTH_METHOD, val=PRESHARED_KEY.
2026-01-01 12:00:05.100003 ike V=root:0:branch:7:         type=OAKLEY_GROUP, val=MODP2048.
2026-01-01 12:00:05.100003 ike V=root:0:branch:7: ISAKMP SA lifetime=86400
2026-01-01 12:00:05.100004 ike V=root:0:branch:7: my proposal, gw branch:
2026-01-01 12:00:05.100004 ike V=root:0:branch:7: proposal id = 1:
2026-01-01 12:00:05.100004 ike V=root:0:branch:7:   protocol id = ISAKMP:
2026-01-01 12:00:05.100004 ike V=root:0:branch:7:         type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256
2026-01-01 12:00:05.100004 ike V=root:0:branch:7:         type=OAKLEY_HASH_ALG, val=SHA2_256.
2026-01-01 12:00:05.100004 ike V=root:0:branch:7:         type=OAKLEY_GROUP, val=MODP2048.
2026-01-01 12:00:05.100005 ike V=root:0:branch:7: negotiation failure
2026-01-01 12:00:05.100005 ike V=root:0:branch:7: Negotiate ISAKMP SA Error: ike V=root:0:branch:7: no SA proposal chosen
2026-01-01 12:00:05.100006 ike V=root:0:branch:7: ISAKMP SA key SECRET
2026-01-01 12:01:05.100001 ike 0: comes 192.0.2.10:500->198.51.100.20:500,ifindex=5....
2026-01-01 12:01:05.100002 ike 0: IKEv2 exchange=SA_INIT id=0123456789abcdef/0000000000000000 len=200
2026-01-01 12:01:05.100003 ike 0:branch:8: incoming proposal:
2026-01-01 12:01:05.100003 ike 0:branch:8: proposal id = 1:
2026-01-01 12:01:05.100003 ike 0:branch:8:   protocol = IKEv2:
2026-01-01 12:01:05.100003 ike 0:branch:8:         type=ENCR, val=AES_CBC (key_len = 128)
2026-01-01 12:01:05.100003 ike 0:branch:8:         type=INTEGR, val=AUTH_HMAC_SHA2_256_128
2026-01-01 12:01:05.100003 ike 0:branch:8:         type=PRF, val=PRF_HMAC_SHA2_256
2026-01-01 12:01:05.100003 ike 0:branch:8:         type=DH_GROUP, val=MODP2048.
2026-01-01 12:01:05.100005 ike 0:branch:8: no proposal chosen
2026-01-01 12:02:05.100001 ike 0: comes 192.0.2.10:500->198.51.100.20:500,ifindex=5....
2026-01-01 12:02:05.100005 ike 0:branch:9: probable pre-shared secret mismatch
2026-01-01 12:03:05.100005 ike 0:branch:9:child: specified selectors mismatch
"
    .replace("SECRET", SECRET)
}

#[test]
fn fortigate_prints_both_lists() {
    let policy = read("fgt.log", &fortigate());
    assert_eq!(policy.kind.name(), "FortiGate's log");
    assert_eq!(policy.addresses, [OWN]);
    assert_eq!(
        causes(&policy),
        [
            (19, Cause::IkeProposal),
            (31, Cause::IkeProposal),
            (33, Cause::PskDiffers),
            (34, Cause::Selectors)
        ]
    );
    let one = &policy.entries[0];
    assert_eq!((one.peer, one.spi), (Some(PEER), Some(0xA1B2_C3D4_E5F6_0718)));
    assert!(one.time.is_some());
    assert_eq!(
        lines(&one.received, Version::V1),
        ["AES-CBC-256 / SHA1 / MODP-2048 (group 14)"]
    );
    assert_eq!(
        lines(&one.allowed, Version::V1),
        ["AES-CBC-256 / SHA2-256 / MODP-2048 (group 14)"]
    );
    assert_eq!(
        lines(&policy.entries[1].received, Version::V2),
        ["AES-CBC-128 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)"]
    );
}

#[test]
fn damage_does_no_harm() {
    survives(IOS);
    survives(IKEV2);
    survives(ASA);
    survives(&fortigate());
}

#[test]
fn a_configuration_that_speaks_of_logs_is_none() {
    let text =
        "# IKEv2: as on the router\nconnections {\n  a {\n    proposals = aes256-sha256-modp2048\n  }\n}\n";
    assert_eq!(read("swanctl.conf", text).kind.name(), "swanctl.conf");
}
