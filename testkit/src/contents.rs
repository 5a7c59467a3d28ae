//! What encrypted packets hold, made by hand: payloads of both versions of IKE, each with its type; certificates; L2TP and PPP.
//!
//! A host that has the keys hands the plaintext beside the packet. [`v1::plaintext`], [`v2::plaintext`] and [`esp_plaintext`] are what
//! it hands over: contents and padding.

use crate::packets::{item, payloads, udp_datagram};

/// A payload: its type, and what follows its generic header.
pub type Payload = (u8, Vec<u8>);

/// The block of AES-CBC (RFC 3602), to which contents are padded.
const BLOCK: usize = 16;

/// An X.509 certificate for signatures (RFC 7296 3.6; RFC 2408 3.9 has the same number).
const X509_SIGNATURE: u8 = 4;

/// How many bytes are missing to a whole number of blocks.
fn missing(length: usize) -> usize {
    length.next_multiple_of(BLOCK) - length
}

/// Attributes in the form of RFC 2408 3.3 with two bytes of value.
fn short_attributes(list: &[(u16, u16)]) -> Vec<u8> {
    let attribute =
        |(kind, value): &(u16, u16)| [(0x8000 | kind).to_be_bytes(), value.to_be_bytes()].concat();
    list.iter().flat_map(attribute).collect()
}

/// IKEv1.
pub mod v1 {
    use super::{BLOCK, Payload, X509_SIGNATURE, item, payloads, short_attributes};

    /// Payloads, padded with zeros (RFC 2409 appendix B).
    #[must_use]
    pub fn plaintext(list: &[Payload]) -> Vec<u8> {
        let mut bytes = payloads(list);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }

    /// A HASH payload as long as SHA-1 makes it; Quick Mode, Informational and Transaction begin with one (RFC 2409 5.5, 5.7).
    #[must_use]
    pub fn hash() -> Payload {
        (8, vec![0x77; 20])
    }

    /// A Notification payload of the IPsec DOI about the IKE SA, without an SPI (RFC 2408 3.14).
    #[must_use]
    pub fn notify(kind: u16) -> Payload {
        (11, [&[0, 0, 0, 1, 1, 0][..], &kind.to_be_bytes()].concat())
    }

    /// An Identification payload: type, protocol, port (RFC 2407 4.6.2).
    #[must_use]
    pub fn identity(kind: u8, protocol: u8, port: u16, data: &[u8]) -> Payload {
        (5, [&[kind, protocol][..], &port.to_be_bytes(), data].concat())
    }

    /// A Certificate payload.
    #[must_use]
    pub fn certificate(der: &[u8]) -> Payload {
        (6, [&[X509_SIGNATURE][..], der].concat())
    }

    /// A Certificate Request payload that names an authority (RFC 2408 3.10).
    #[must_use]
    pub fn certificate_request(name: &[u8]) -> Payload {
        (7, [&[X509_SIGNATURE][..], name].concat())
    }

    /// A Signature payload as long as RSA with 2048 bits makes it.
    #[must_use]
    pub fn signature() -> Payload {
        (9, vec![0x99; 256])
    }

    /// A nonce (RFC 2408 3.13).
    #[must_use]
    pub fn nonce() -> Payload {
        (10, vec![5; 32])
    }

    /// The SA payload of Main Mode: AES-256, SHA1, group 14, this authentication method and a lifetime of so many seconds (RFC 2409
    /// appendix A).
    #[must_use]
    pub fn offer(method: u16, seconds: u16) -> Payload {
        let list = [
            (1, 7),
            (14, 256),
            (2, 2),
            (3, method),
            (4, 14),
            (11, 1),
            (12, seconds),
        ];
        (1, sa(1, &[], 1, &short_attributes(&list)))
    }

    /// The SA payload of Quick Mode: ESP with AES-CBC of so many bits, HMAC-SHA1, this encapsulation mode (1 tunnel, 2 transport) and,
    /// for PFS, this group (RFC 2407 4.5).
    #[must_use]
    pub fn child_offer(bits: u16, mode: u16, group: Option<u16>) -> Payload {
        let mut list = vec![(6, bits), (5, 2), (4, mode)];
        list.extend(group.map(|group| (3, group)));
        // RFC 2407 4.4.4, RFC 3602: transform 12 is AES-CBC.
        (1, sa(3, &[0xC0, 0, 0, 1], 12, &short_attributes(&list)))
    }

    /// One proposal of one transform (RFC 2408 3.4 to 3.6).
    fn sa(protocol: u8, spi: &[u8], transform: u8, attributes: &[u8]) -> Vec<u8> {
        let transform = item(0, &[&[1, transform, 0, 0][..], attributes].concat());
        let proposal = item(
            0,
            &[&[1, protocol, spi.len() as u8, 1][..], spi, &transform].concat(),
        );
        [&[0, 0, 0, 1, 0, 0, 0, 1][..], &proposal].concat()
    }

    /// An Attribute payload of mode configuration or XAUTH: 1 request, 2 reply, 3 set, 4 acknowledge (draft-dukes-ike-mode-cfg-02 3.2);
    /// attributes with a length.
    #[must_use]
    pub fn attributes(kind: u8, list: &[(u16, &[u8])]) -> Payload {
        let mut bytes = vec![kind, 0, 0, 1];
        for (attribute, value) in list {
            bytes.extend([attribute.to_be_bytes(), (value.len() as u16).to_be_bytes()].concat());
            bytes.extend(*value);
        }
        (14, bytes)
    }

    /// An Attribute payload with XAUTH-STATUS (draft-beaulieu-ike-xauth-02 4.1): 1 is good, 0 a failure.
    #[must_use]
    pub fn xauth_status(status: u16) -> Payload {
        const SET: u8 = 3;
        (
            14,
            [&[SET, 0, 0, 1][..], &short_attributes(&[(16_527, status)])].concat(),
        )
    }
}

/// IKEv2.
pub mod v2 {
    use super::{BLOCK, Payload, X509_SIGNATURE, item, missing, payloads};

    /// Payloads, padding and its length, as they stand in an Encrypted payload (RFC 7296 3.14).
    #[must_use]
    pub fn plaintext(list: &[Payload]) -> Vec<u8> {
        let mut bytes = payloads(list);
        let padding = missing(bytes.len() + 1);
        bytes.extend(vec![0; padding]);
        bytes.push(padding as u8);
        bytes
    }

    /// How long a message is that holds such plaintext under AES-CBC and HMAC-SHA2-256-128: both headers, initialisation vector and
    /// checksum around it (RFC 7296 3.1, 3.14).
    #[must_use]
    pub fn sealed_length(plaintext: &[u8]) -> usize {
        28 + 4 + BLOCK + plaintext.len() + 16
    }

    /// A Notify payload without protocol and SPI (RFC 7296 3.10).
    #[must_use]
    pub fn notify(kind: u16, data: &[u8]) -> Payload {
        (41, [&[0, 0][..], &kind.to_be_bytes(), data].concat())
    }

    /// The identity of the initiator, IDi (RFC 7296 3.5).
    #[must_use]
    pub fn id_i(kind: u8, data: &[u8]) -> Payload {
        (35, [&[kind, 0, 0, 0][..], data].concat())
    }

    /// The identity of the responder, IDr.
    #[must_use]
    pub fn id_r(kind: u8, data: &[u8]) -> Payload {
        (36, id_i(kind, data).1)
    }

    /// A Certificate payload.
    #[must_use]
    pub fn certificate(der: &[u8]) -> Payload {
        (37, [&[X509_SIGNATURE][..], der].concat())
    }

    /// A Certificate Request payload: SHA-1 hashes of public key infos (RFC 7296 3.7).
    #[must_use]
    pub fn certificate_request(hashes: &[[u8; 20]]) -> Payload {
        (38, [&[X509_SIGNATURE][..], &hashes.concat()].concat())
    }

    /// An Authentication payload: 1 RSA signature, 2 shared key, 14 digital signature (RFC 7296 3.8, RFC 7427).
    #[must_use]
    pub fn auth(method: u8) -> Payload {
        let length = if method == 2 { 32 } else { 256 };
        (39, [&[method, 0, 0, 0][..], &vec![0xA0; length]].concat())
    }

    /// A key exchange of this group with so many bytes (RFC 7296 3.4).
    #[must_use]
    pub fn key(group: u8, bytes: usize) -> Payload {
        (34, [&[0, group, 0, 0][..], &vec![7; bytes]].concat())
    }

    /// A nonce (RFC 7296 3.9).
    #[must_use]
    pub fn nonce() -> Payload {
        (40, vec![5; 32])
    }

    /// An EAP payload: 1 request, 2 response, 3 success, 4 failure; the first two have a type and its data (RFC 7296 3.16, RFC 3748 4).
    #[must_use]
    pub fn eap(code: u8, of: Option<(u8, &[u8])>) -> Payload {
        let data = of.map_or_else(Vec::new, |(kind, data)| [&[kind][..], data].concat());
        let length = (4 + data.len()) as u16;
        (48, [&[code, 1][..], &length.to_be_bytes(), &data].concat())
    }

    /// The data of an MS-CHAPv2 Failure in EAP (draft-kamath-pppext-eap-mschapv2 2; its text is RFC 2759 6).
    #[must_use]
    pub fn mschapv2_failure(error: u16) -> Vec<u8> {
        let text = format!("E={error} R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=failed");
        let length = (4 + text.len()) as u16;
        [&[4, 1][..], &length.to_be_bytes(), text.as_bytes()].concat()
    }

    /// A Configuration payload that asks for an IPv4 address (RFC 7296 3.15).
    #[must_use]
    pub fn address_request() -> Payload {
        (47, vec![1, 0, 0, 0, 0, 1, 0, 0])
    }

    /// ESP with AES-CBC of so many bits, HMAC-SHA2-256-128, no extended sequence numbers and, for PFS, this group (RFC 7296 3.3).
    #[must_use]
    pub fn child_offer(bits: u16, group: Option<u8>) -> Payload {
        let [high, low] = bits.to_be_bytes();
        let mut transforms = vec![
            vec![1, 0, 0, 12, 0x80, 14, high, low],
            vec![3, 0, 0, 12],
            vec![5, 0, 0, 0],
        ];
        transforms.extend(group.map(|group| vec![4, 0, 0, group]));
        let mut proposal = vec![1, 3, 4, transforms.len() as u8, 0xC0, 0, 0, 1];
        for (left, transform) in (0..transforms.len()).rev().zip(&transforms) {
            proposal.extend(item(if left == 0 { 0 } else { 3 }, transform));
        }
        (33, item(0, &proposal))
    }

    /// The initiator's traffic selector, TSi: IP protocol, port and IPv4 range (RFC 7296 3.13). Protocol and port 0 are any.
    #[must_use]
    pub fn ts_i(protocol: u8, port: u16, first: [u8; 4], last: [u8; 4]) -> Payload {
        let ports = if port == 0 { (0, u16::MAX) } else { (port, port) };
        let bytes = [
            &[1, 0, 0, 0, 7, protocol, 0, 16][..],
            &ports.0.to_be_bytes(),
            &ports.1.to_be_bytes(),
            &first,
            &last,
        ];
        (44, bytes.concat())
    }

    /// The responder's traffic selector, TSr.
    #[must_use]
    pub fn ts_r(protocol: u8, port: u16, first: [u8; 4], last: [u8; 4]) -> Payload {
        (45, ts_i(protocol, port, first, last).1)
    }
}

/// An X.509 certificate (RFC 5280 4.1) whose signature nobody checks.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    /// Common name of the subject.
    pub subject: &'a str,
    /// Common name of the issuer.
    pub issuer: &'a str,
    /// First and last moment of its validity, UTCTime: `260101000000Z`.
    pub valid: [&'a str; 2],
    /// The name of a host, as a subject alternative name.
    pub dns: &'a str,
}

impl Certificate<'_> {
    /// As DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        // 1.2.840.10045.4.3.2: ECDSA with SHA-256 (RFC 5758 3.2).
        let algorithm = sequence(&[der(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2])]);
        let [from, until] = self.valid.map(|time| der(0x17, time.as_bytes()));
        // 2.5.29.17: subject alternative name (RFC 5280 4.2.1.6); [2] is a DNS name.
        let names = sequence(&[der(0x82, self.dns.as_bytes())]);
        let extension = sequence(&[der(6, &[0x55, 0x1D, 17]), der(4, &names)]);
        let bits = der(3, &[0; 33]);
        let body = sequence(&[
            der(0xA0, &der(2, &[2])),
            der(2, &[1]),
            algorithm.clone(),
            name(self.issuer),
            sequence(&[from, until]),
            name(self.subject),
            sequence(&[algorithm.clone(), bits.clone()]),
            der(0xA3, &sequence(&[extension])),
        ]);
        sequence(&[body, algorithm, bits])
    }
}

/// A distinguished name of a common name alone, as DER (RFC 5280 4.1.2.4).
#[must_use]
pub fn name(common: &str) -> Vec<u8> {
    // 2.5.4.3: common name, a UTF8String.
    let attribute = sequence(&[der(6, &[0x55, 4, 3]), der(0x0C, common.as_bytes())]);
    sequence(&[der(0x31, &attribute)])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

/// Tag, length, value.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = match (value.len() as u16).to_be_bytes() {
        [0, low @ ..0x80] => vec![low],
        [0, low] => vec![0x81, low],
        [high, low] => vec![0x82, high, low],
    };
    [&[tag][..], &length, value].concat()
}

/// UDP between ports 1701, padding 1, 2, 3 ..., its length and the protocol: what ESP holds in transport mode (RFC 4303 2.4 to 2.6, RFC
/// 3193).
#[must_use]
pub fn esp_plaintext(l2tp: &[u8]) -> Vec<u8> {
    const UDP: u8 = 17;
    let mut bytes = udp_datagram(1701, 1701, l2tp);
    let padding = missing(bytes.len() + 2) as u8;
    bytes.extend(1..=padding);
    bytes.extend([padding, UDP]);
    bytes
}

/// An L2TP control message with its type and a Result Code (RFC 2661 4.4.2).
#[must_use]
pub fn l2tp_result(kind: u8, sequence: u8, result: u8) -> Vec<u8> {
    let header = [0xC8, 2, 0, 28, 0, 1, 0, 0, 0, sequence, 0, 0];
    let attributes = [0x80, 8, 0, 0, 0, 0, 0, kind, 0x80, 8, 0, 0, 0, 1, 0, result];
    [&header[..], &attributes].concat()
}

/// An L2TP data message with a PPP packet: protocol, code, identifier 1, data (RFC 2661 3.1; RFC 1661 5, RFC 1662 3.1).
#[must_use]
pub fn ppp(protocol: u16, code: u8, data: &[u8]) -> Vec<u8> {
    let length = (4 + data.len()) as u16;
    [
        &[0, 2, 0, 1, 0, 1, 0xFF, 3][..],
        &protocol.to_be_bytes(),
        &[code, 1],
        &length.to_be_bytes(),
        data,
    ]
    .concat()
}
