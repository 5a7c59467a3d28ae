//! Messages made by hand, byte by byte, from the figures of the RFCs.

/// An IKE header (RFC 7296 3.1) before `body`; the length is right.
pub(crate) fn message(version: u8, first: u8, exchange: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(28 + body.len()).unwrap();
    let mut message = b"initiatr\0\0\0\0\0\0\0\0".to_vec();
    message.extend([first, version, exchange, flags, 0, 0, 0, 7]);
    message.extend(length.to_be_bytes());
    message.extend(body);
    message
}

/// Payloads one after the other; each generic header names the type of the next.
pub(crate) fn chain(payloads: &[(u8, &[u8])]) -> Vec<u8> {
    let following = payloads.iter().skip(1).map(|&(kind, _)| kind).chain([0]);
    payloads
        .iter()
        .zip(following)
        .flat_map(|(&(_, body), next)| item(next, body))
        .collect()
}

/// The generic header (RFC 7296 3.2) of a payload, proposal or transform, before `body`.
pub(crate) fn item(next: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + body.len()).unwrap().to_be_bytes();
    [&[next, 0], &length[..], body].concat()
}

/// Bytes from hexadecimal digits; white space is for the reader.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: String = digits.split_whitespace().collect();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// An IKE_SA_INIT request: one proposal, a key exchange, a nonce, both NAT detection notifications, a Vendor ID.
pub(crate) fn ike_sa_init() -> Vec<u8> {
    let proposal = item(
        0,
        &[
            hex("01 01 00 04"),
            item(3, &hex("01 00 000c  800e 0100")),
            item(3, &hex("02 00 0005")),
            item(3, &hex("03 00 000c")),
            item(0, &hex("04 00 000e")),
        ]
        .concat(),
    );
    let key_exchange = [hex("000e 0000"), vec![0x5A; 256]].concat();
    let nat_source = [hex("00 00 4004"), vec![0x11; 20]].concat();
    let nat_destination = [hex("00 00 4005"), vec![0x22; 20]].concat();
    let payloads = chain(&[
        (33, &proposal),
        (34, &key_exchange),
        (40, &[0x77; 32]),
        (41, &nat_source),
        (41, &nat_destination),
        (43, b"OpenIKED-7.2"),
    ]);
    message(0x20, 33, 34, 0x08, &payloads)
}

/// The first message of main mode: two transforms, lifetimes in both forms, two Vendor IDs.
pub(crate) fn main_mode_1() -> Vec<u8> {
    let proposal = item(
        0,
        &[
            hex("00 01 00 02"),
            item(
                3,
                &hex("01 01 0000  80010007 800e0100 80020004 80030001 8004000e 800b0001 000c0004 00007080"),
            ),
            item(
                0,
                &hex("02 01 0000  80010005 80020002 80030001 80040002 800b0001 800c0e10"),
            ),
        ]
        .concat(),
    );
    let association = [hex("00000001 00000001"), proposal].concat();
    let payloads = chain(&[
        (1, &association),
        (13, &hex("4a131c81070358455c5728f20e95452f")),
        (13, &hex("afcad71368a1f1c96b8696fc77570100")),
    ]);
    message(0x10, 1, 2, 0, &payloads)
}
