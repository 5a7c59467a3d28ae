//! Debug output of FortiGate.

use crate::negotiation::Version;
use crate::policy::Cause;
use crate::tests::sample::{OWN, PEER, SECRET, causes, lines, read, survives};

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
fn damage_does_no_harm() {
    survives(&fortigate());
}

#[test]
fn fortigate_prints_both_lists() {
    let policy = read("fgt.log", &fortigate());
    assert_eq!(policy.kind.name(), "FortiGate's log");
    assert_eq!(policy.addresses, [OWN]);
    assert_eq!(
        causes(&policy),
        [
            (20, Cause::IkeProposal),
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
    // What its own list is, and so whether it looked at one, only the first refusal shows.
    let several: Vec<bool> = policy.entries.iter().map(|e| !e.also.is_empty()).collect();
    assert_eq!(several, [false, true, false, false]);
    assert_eq!(
        lines(&policy.entries[1].received, Version::V2),
        ["AES-CBC-128 / HMAC-SHA2-256-128 / HMAC-SHA2-256 / MODP-2048 (group 14)"]
    );
}
