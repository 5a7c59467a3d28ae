//! Debug output and syslog of Cisco IOS and ASA.

use crate::negotiation::Version;
use crate::policy::Cause;
use crate::tests::sample::{OWN, PEER, causes, lines, read, survives};

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

#[test]
fn damage_does_no_harm() {
    survives(IOS);
    survives(IKEV2);
    survives(ASA);
}
