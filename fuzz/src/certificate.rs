//! Bytes that stand for a certificate, a distinguished name and a certification authority, of both versions: they come in
//! clear in IKEv1, and in IKEv2 as what the host decrypted.

use crate::capture::ike;
use crate::capture::{Record, session};
use ikewhy::session::{DerivedKind, Options};
use ikewhy_testkit::packets::payloads;

/// Nothing a certificate holds can break an answer.
pub fn check(data: &[u8]) {
    let name = &data[..data.len().min(2000)];
    // Identification: type, protocol and port; certificate and request: encoding (RFC 2408 3.8 to 3.10).
    let v1 = payloads(&[
        (5, [&[9, 0, 0, 0], name].concat()),
        (6, [&[4], data].concat()),
        (7, [&[4], name].concat()),
    ]);
    let v2 = payloads(&[
        (36, [&[9, 0, 0, 0], name].concat()),
        (37, [&[4], data].concat()),
        (38, [&[4], name].concat()),
        (41, vec![0, 0, 0, 24]),
    ]);
    let encrypted = [&v2[..1], &[0, 0, 60], &[0; 56]].concat();
    let records = [
        ike(true, 5, 0x10, 4, 0, 0, &v1),
        ike(false, 5, 0x10, 4, 0, 0, &v1),
        ike(true, 46, 0x20, 35, 0x08, 1, &encrypted),
        Record::made(&v2, DerivedKind::DecryptedV1),
        ike(false, 46, 0x20, 35, 0x20, 1, &encrypted),
        Record::made(&v2, DerivedKind::DecryptedV1),
    ];
    session(Options::default(), &records, 1, None, None);
}
