//! Packets made by hand for tests of rules, where no capture says what is to be tested.
//!
//! Each rule's tests ask [`Made::fires`] on its case and [`Made::quiet`] on what looks alike. What is encrypted can be given with its
//! plaintext, as a host that has the keys hands it over: [`Made::ikev1_holding`], [`Made::ikev2_holding`], [`Made::esp_holding`].

use ikewhy_testkit::contents::{Payload, esp_plaintext, v1, v2};
use ikewhy_testkit::packets::{ip_packet, main_mode_offer, payloads, udp_datagram};
use std::net::Ipv4Addr;

use crate::diagnosis::{Finding, RuleId};
use crate::negotiation::{exchange, payload};
use crate::packet::{Derived, DerivedKind, Packet};
use crate::rules::by_id;
use crate::session::{Options, Session};

/// A client and a server (RFC 5737).
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 20);

/// Authentication methods (IANA ipsec-registry).
pub(crate) const PSK: u16 = 1;
pub(crate) const RSA_SIGNATURES: u16 = 3;

/// Errors (RFC 2408 3.14.1).
pub(crate) const NO_PROPOSAL_CHOSEN: u8 = 14;
pub(crate) const INVALID_PROTOCOL_ID: u8 = 10;

/// When each capture begins: 2026-01-01 at midnight, UTC; nanoseconds.
const START: i64 = 1_767_225_600_000_000_000;

/// An IP datagram without a link layer (LINKTYPE_RAW).
pub(crate) fn raw(data: &[u8]) -> Packet<'_> {
    Packet {
        frame: 1,
        time: 0,
        interface: 0,
        link_type: 101,
        data,
        original_length: u32::try_from(data.len()).unwrap(),
        ip_hint: None,
        known_ike: None,
        derived: &[],
    }
}

/// A capture in the making.
pub(crate) struct Made {
    session: Session,
    frame: u32,
    /// Number of the negotiation, part of its SPIs.
    negotiation: u8,
    /// Messages of the negotiation so far.
    messages: u32,
    /// All packets so far, to be sent again or quoted.
    sent: Vec<Vec<u8>>,
    /// Plaintext of the next packet.
    plaintext: Option<(DerivedKind, Vec<u8>)>,
    /// IKE's port.
    pub(crate) port: u16,
    /// Where the client is.
    pub(crate) client: Ipv4Addr,
    /// The client's port, where NAT gave it another one.
    pub(crate) client_port: Option<u16>,
    /// How Main Mode authenticates.
    pub(crate) method: u16,
    /// Whether the host takes what follows for IKE, if it tells.
    pub(crate) known_ike: Option<bool>,
}

impl Made {
    pub(crate) fn new() -> Self {
        Self {
            session: Session::new(Options::default()),
            frame: 0,
            negotiation: 0,
            messages: 0,
            sent: Vec::new(),
            plaintext: None,
            port: 500,
            client: CLIENT,
            client_port: None,
            method: PSK,
            known_ike: None,
        }
    }

    /// A tunnel of IKEv1 that came up; the vantage is told by the hop limits of client and server.
    pub(crate) fn up(limits: (u8, u8)) -> Self {
        let mut made = Self::new();
        made.main_mode(limits, &[]);
        for (at, from_client) in [(60, true), (70, false), (80, true)] {
            made.quick_mode(at, from_client, limits);
        }
        made
    }

    /// Main Mode 1 to 6 between 0 and 50 milliseconds.
    pub(crate) fn main_mode(&mut self, limits: (u8, u8), vendor_id: &[u8]) {
        self.main_mode_from(0, limits, vendor_id);
    }

    /// The same from a time on.
    pub(crate) fn main_mode_from(&mut self, begin: i64, limits: (u8, u8), vendor_id: &[u8]) {
        for n in 0..6 {
            self.main_mode_step(begin, n, limits, vendor_id);
        }
    }

    /// Main Mode up to its fifth message, with this authentication method.
    pub(crate) fn fifth(method: u16) -> Self {
        let mut made = Self {
            method,
            ..Self::new()
        };
        for n in 0..5 {
            made.main_mode_message(n, (64, 63));
        }
        made
    }

    /// The same with a pre-shared key, answered with an encrypted Informational of this length in place of the sixth.
    pub(crate) fn fifth_refused(length: usize) -> Self {
        let mut made = Self::fifth(PSK);
        let step = (8, exchange::V1_INFORMATIONAL, 1, 9);
        made.isakmp(60, false, (64, 63), step, &vec![8; length]);
        made
    }

    /// One of these messages, from 0, without a Vendor ID that is known.
    pub(crate) fn main_mode_message(&mut self, n: usize, limits: (u8, u8)) {
        self.main_mode_step(0, n, limits, &[]);
    }

    /// The third pair of payloads of the second pair of messages are NAT detection hashes of no address.
    fn main_mode_step(&mut self, begin: i64, n: usize, limits: (u8, u8), vendor_id: &[u8]) {
        let (next, flags, body) = match n {
            0 | 1 => (
                1,
                0,
                payloads(&[(1, main_mode_offer(self.method)), (13, vendor_id.to_vec())]),
            ),
            2 | 3 => {
                let hashes = [(20, vec![3; 20]), (20, vec![4; 20])];
                let keys = [(4, vec![1; 256]), (10, vec![2; 20])];
                (4, 0, payloads(&[&keys[..], &hashes].concat()))
            }
            _ => (5, 1, vec![9; 64]),
        };
        let at = 10 * i64::try_from(n).unwrap();
        self.isakmp(
            begin + at,
            n.is_multiple_of(2),
            limits,
            (next, exchange::MAIN_MODE, flags, 0),
            &body,
        );
    }

    /// A further negotiation between the two: Main Mode 1 with this authentication method, refused with this error.
    pub(crate) fn refused(&mut self, at: i64, method: u16, error: u8) {
        self.negotiation += 1;
        self.messages = 0;
        let offer = payloads(&[(1, main_mode_offer(method)), (13, vec![0xAF, 0xCA])]);
        let refusal = payloads(&[(11, vec![0, 0, 0, 1, 1, 0, 0, error])]);
        for (at, from_client, next, exchange, body) in [
            (at, true, 1, exchange::MAIN_MODE, &offer),
            (at + 10, false, 11, exchange::V1_INFORMATIONAL, &refusal),
        ] {
            self.isakmp(at, from_client, (64, 63), (next, exchange, 0, 0), body);
        }
    }

    /// Encrypted messages of Quick Mode.
    pub(crate) fn quick_mode(&mut self, at: i64, from_client: bool, limits: (u8, u8)) {
        // No two messages are alike.
        let body = vec![u8::try_from(at & 0xFF).unwrap(); 80];
        self.isakmp(at, from_client, limits, (8, exchange::QUICK_MODE, 1, 7), &body);
    }

    /// A tunnel of IKEv2 that came up in 40 milliseconds, with AES-CBC, SHA2-256 and a pre-shared key.
    pub(crate) fn ikev2_up(limits: (u8, u8)) -> Self {
        let mut made = Self::new();
        made.ikev2_init(0, limits);
        for (at, from_client, inner, length) in [(20, true, 35, 256), (30, false, 36, 240)] {
            made.ikev2(
                at,
                from_client,
                (exchange::IKE_AUTH, !from_client, 1),
                inner,
                length,
            );
        }
        made
    }

    /// IKE_SA_INIT, request and response 10 milliseconds later.
    pub(crate) fn ikev2_init(&mut self, at: i64, limits: (u8, u8)) {
        let key = [&[0, 14, 0, 0][..], &[7; 256]].concat();
        let body = payloads(&[(33, sa_v2()), (34, key), (40, vec![5; 32])]);
        for (at, from_client, flags) in [(at, true, 0x08), (at + 10, false, 0x20)] {
            self.isakmp(
                at,
                from_client,
                limits,
                (33, exchange::IKE_SA_INIT, flags, 0),
                &body,
            );
        }
    }

    /// A message of IKE_SA_INIT with an offer or the choice, a key, a nonce, and these payloads behind them.
    pub(crate) fn sa_init(&mut self, at: i64, from_client: bool, more: &[(u8, Vec<u8>)]) {
        let key = [&[0, 14, 0, 0][..], &[7; 256]].concat();
        let all = [&[(33, sa_v2()), (34, key), (40, vec![5; 32])][..], more].concat();
        self.sa_init_of(at, from_client, &all);
    }

    /// A message of IKE_SA_INIT with these payloads and no others.
    pub(crate) fn sa_init_of(&mut self, at: i64, from_client: bool, all: &[(u8, Vec<u8>)]) {
        let flags = if from_client { 0x08 } else { 0x20 };
        let step = (all[0].0, exchange::IKE_SA_INIT, flags, 0);
        self.isakmp(at, from_client, (64, 63), step, &payloads(all));
    }

    /// An encrypted message of IKEv2: exchange, whether it is a response, message ID; its first inner payload and its length.
    pub(crate) fn ikev2(
        &mut self,
        at: i64,
        from_client: bool,
        (exchange, response, id): (u8, bool, u32),
        inner: u8,
        length: u16,
    ) {
        self.ikev2_half(at, from_client, !response, (exchange, id), inner, length.into());
    }

    /// A CREATE_CHILD_SA request of the client, the same each time.
    pub(crate) fn repeated(&mut self, at: i64) {
        let body = payloads(&[(46, vec![3; 220])]);
        let step = (46, exchange::CREATE_CHILD_SA, 0x08, 2);
        self.isakmp(at, true, (64, 63), step, &body);
    }

    /// What follows has other SPIs: a new negotiation, or an IKE SA that was renewed.
    pub(crate) fn other_spis(&mut self, begun: bool) {
        self.negotiation += 1;
        self.messages = u32::from(begun);
    }

    /// The next message holds no SPI of the responder.
    pub(crate) fn without_spi(&mut self) {
        self.messages = 0;
    }

    /// The requests of IKEv2 that come before a tunnel, without their answers; the second one with this message ID.
    pub(crate) fn ikev2_requests(&mut self, ids: u32) {
        let sa = payloads(&[(33, vec![0, 0, 0, 8, 1, 1, 0, 0]), (40, vec![5; 32])]);
        let auth = payloads(&[(46, vec![9; 128])]);
        self.isakmp(0, true, (64, 63), (33, exchange::IKE_SA_INIT, 0x08, 0), &sa);
        self.isakmp(9000, true, (64, 63), (46, exchange::IKE_AUTH, 0x08, ids), &auth);
    }

    /// The first message of IKEv2 from another client to the server.
    pub(crate) fn asked_by(&mut self, client: Ipv4Addr, at: i64) {
        let body = payloads(&[(33, vec![0, 0, 0, 8, 1, 1, 0, 0]), (40, vec![5; 32])]);
        let length = u32::try_from(28 + body.len()).unwrap();
        let message = [
            &[0x11; 4][..],
            &client.octets(),
            &[0; 8],
            &[33, 0x20, exchange::IKE_SA_INIT, 0x08, 0, 0, 0, 0],
            &length.to_be_bytes(),
            &body,
        ]
        .concat();
        self.push(
            at,
            &ip_packet(client, SERVER, 64, 17, &udp_datagram(500, 500, &message)),
        );
    }

    pub(crate) fn isakmp(
        &mut self,
        at: i64,
        from_client: bool,
        limits: (u8, u8),
        (next, exchange, flags, id): (u8, u8, u8, u32),
        body: &[u8],
    ) {
        let responder = if self.messages == 0 {
            0
        } else {
            0x20 + self.negotiation
        };
        self.messages += 1;
        let version = if exchange < exchange::IKE_SA_INIT {
            0x10
        } else {
            0x20
        };
        let length = u32::try_from(28 + body.len()).unwrap();
        let message = [
            &[0x11 + self.negotiation; 8][..],
            &[responder; 8],
            &[next, version, exchange, flags],
            &id.to_be_bytes(),
            &length.to_be_bytes(),
            body,
        ]
        .concat();
        let limit = if from_client { limits.0 } else { limits.1 };
        // RFC 3948 2.2: on port 4500 four zeros tell IKE from ESP.
        let marker = if self.port == 4500 { 4 } else { 0 };
        let message = [&[0; 4][..marker], &message].concat();
        self.udp(at, from_client, limit, &message);
    }

    /// UDP between the ports of IKE.
    fn udp(&mut self, at: i64, from_client: bool, limit: u8, message: &[u8]) {
        let client = self.client_port.unwrap_or(self.port);
        let (source, destination) = if from_client {
            (client, self.port)
        } else {
            (self.port, client)
        };
        let datagram = udp_datagram(source, destination, message);
        self.ip(at, from_client, limit, 17, &datagram);
    }

    /// A message of IKEv2 with this ID: IKE_SA_INIT, or an encrypted one whose first inner payload and length are these.
    pub(crate) fn ikev2_step(
        &mut self,
        at: i64,
        from_client: bool,
        (exchange, id): (u8, u32),
        inner: u8,
        length: usize,
    ) {
        self.ikev2_half(at, from_client, from_client, (exchange, id), inner, length);
    }

    /// One of eight messages, from 0, ten milliseconds apart: IKE_SA_INIT, then IKE_AUTH with EAP: identity and certificate, a round of
    /// EAP, its success, the proof at the end.
    pub(crate) fn ikev2_eap_message(&mut self, n: usize) {
        let (inner, length) = [
            (0, 0),
            (0, 0),
            (35, 300),
            (36, 1200),
            (payload::EAP, 100),
            (payload::EAP, 100),
            (payload::AUTH, 120),
            (payload::AUTH, 300),
        ][n];
        let exchange = if n < 2 {
            exchange::IKE_SA_INIT
        } else {
            exchange::IKE_AUTH
        };
        let (at, id) = (10 * i64::try_from(n).unwrap(), u32::try_from(n / 2).unwrap());
        self.ikev2_step(at, n.is_multiple_of(2), (exchange, id), inner, length);
    }

    /// The same of either side as a request or a response.
    pub(crate) fn ikev2_half(
        &mut self,
        at: i64,
        from_client: bool,
        request: bool,
        (exchange, id): (u8, u32),
        inner: u8,
        length: usize,
    ) {
        let (next, body) = if exchange == exchange::IKE_SA_INIT {
            (
                33,
                payloads(&[
                    (33, sa_v2()),
                    (34, [&[0, 14, 0, 0][..], &[1; 256]].concat()),
                    (40, vec![5; 32]),
                    (41, [&[0, 0, 0x40, 4][..], &[6; 20]].concat()),
                ]),
            )
        } else {
            let mark = u8::try_from((at / 7) & 0xFF).unwrap();
            let sealed = vec![mark; length - 32];
            let body = [
                &[inner, 0][..],
                &u16::try_from(length - 28).unwrap().to_be_bytes(),
                &sealed,
            ]
            .concat();
            (46, body)
        };
        let flags = u8::from(from_client) << 3 | u8::from(!request) << 5;
        self.isakmp(at, from_client, (64, 63), (next, exchange, flags, id), &body);
    }

    /// An encrypted message of IKEv1 (exchange and message ID), and what it holds.
    pub(crate) fn ikev1_holding(
        &mut self,
        at: i64,
        from_client: bool,
        step: (u8, u32),
        contents: &[Payload],
    ) {
        self.ikev1_opened(at, from_client, step, contents[0].0, v1::plaintext(contents));
    }

    /// The same with what the host made of it, whose first payload is said to be this one.
    pub(crate) fn ikev1_opened(
        &mut self,
        at: i64,
        from_client: bool,
        (exchange, id): (u8, u32),
        first: u8,
        plaintext: Vec<u8>,
    ) {
        // No two messages are alike.
        let body = vec![u8::try_from((at / 7) & 0xFF).unwrap(); plaintext.len()];
        self.plaintext = Some((DerivedKind::DecryptedV1, plaintext));
        self.isakmp(at, from_client, (64, 63), (first, exchange, 1, id), &body);
    }

    /// An encrypted message of IKEv2 (exchange, whether it is a response, message ID), and what it holds.
    pub(crate) fn ikev2_holding(
        &mut self,
        at: i64,
        from_client: bool,
        step: (u8, bool, u32),
        contents: &[Payload],
    ) {
        self.ikev2_opened(at, from_client, step, contents[0].0, v2::plaintext(contents));
    }

    /// The same with what the host made of it, whose first payload is said to be this one.
    pub(crate) fn ikev2_opened(
        &mut self,
        at: i64,
        from_client: bool,
        (exchange, response, id): (u8, bool, u32),
        first: u8,
        plaintext: Vec<u8>,
    ) {
        let length = v2::sealed_length(&plaintext);
        self.plaintext = Some((DerivedKind::Decrypted, plaintext));
        self.ikev2_half(at, from_client, !response, (exchange, id), first, length);
    }

    /// IKE_SA_INIT, and IKE_AUTH in which each side proves itself by a pre-shared key: what the client asks for beside, and what the
    /// server answers.
    pub(crate) fn ikev2_asking(asked: &[Payload], answer: &[Payload]) -> Self {
        let (client, server) = (v2::id_i(2, b"client.example"), v2::id_r(2, b"server.example"));
        let mut made = Self::new();
        made.ikev2_init(0, (64, 63));
        for (at, identity, more) in [(20, client, asked), (30, server, answer)] {
            let response = at == 30;
            let contents = [&[identity, v2::auth(2)][..], more].concat();
            made.ikev2_holding(at, !response, (exchange::IKE_AUTH, response, 1), &contents);
        }
        made
    }

    /// Quick Mode 1 of the client, which asks for this, and the error that the server answers with.
    pub(crate) fn quick_mode_refused(&mut self, at: i64, asked: &[Payload], error: u16) {
        let request = [&[v1::hash()][..], asked].concat();
        self.ikev1_holding(at, true, (exchange::QUICK_MODE, 7), &request);
        let refusal = [v1::hash(), v1::notify(error)];
        self.ikev1_holding(at + 10, false, (exchange::V1_INFORMATIONAL, 9), &refusal);
    }

    /// A tunnel of IKEv1 that the server took with AES-CBC of 128 bits and group 14; then another client's request for these bits and
    /// this group, refused.
    pub(crate) fn refused_beside_another(bits: u16, group: Option<u16>) -> Self {
        let mut made = Self::new();
        made.main_mode((64, 63), &[]);
        let tunnel = [v1::hash(), v1::child_offer(128, 1, Some(14)), v1::nonce()];
        for (at, from_client) in [(60, true), (70, false)] {
            made.ikev1_holding(at, from_client, (exchange::QUICK_MODE, 7), &tunnel);
        }
        made.ikev1_holding(80, true, (exchange::QUICK_MODE, 7), &[v1::hash()]);
        made.other_spis(false);
        made.client = [192, 0, 2, 11].into();
        made.main_mode_from(10_000, (64, 63), &[]);
        let asked = [v1::child_offer(bits, 1, group), v1::nonce()];
        made.quick_mode_refused(10_060, &asked, NO_PROPOSAL_CHOSEN.into());
        made
    }

    /// ESP in transport mode, and the L2TP message it holds.
    pub(crate) fn esp_holding(&mut self, at: i64, from_client: bool, sequence: u32, l2tp: &[u8]) {
        let plaintext = esp_plaintext(l2tp);
        // SPI, sequence number, initialisation vector and checksum (RFC 4303 2).
        let length = 8 + 16 + plaintext.len() + 16;
        self.plaintext = Some((DerivedKind::Decrypted, plaintext));
        self.esp(at, from_client, sequence, length);
    }

    /// The number of the last packet.
    pub(crate) fn last_frame(&self) -> usize {
        self.sent.len()
    }

    /// The packet of this frame again.
    pub(crate) fn again(&mut self, at: i64, frame: usize) {
        let data = self.sent[frame - 1].clone();
        self.push(at, &data);
    }

    /// An ICMP error of the server, or of a router on the way to it, that quotes the packet of this frame.
    pub(crate) fn icmp_about(&mut self, at: i64, frame: usize, kind: u8, code: u8) {
        let quoted = &self.sent[frame - 1];
        let message = [
            &[kind, code, 0, 0, 0, 0, 0, 0][..],
            &quoted[..quoted.len().min(48)],
        ]
        .concat();
        self.ip(at, false, 62, 1, &message);
    }

    /// The capture goes on until then, with nothing of anybody's.
    pub(crate) fn until(&mut self, at: i64) {
        self.session.clock(START + at * 1_000_000);
    }

    /// ESP with this length.
    pub(crate) fn esp(&mut self, at: i64, from_client: bool, sequence: u32, length: usize) {
        let spi: u32 = if from_client { 0xAAAA } else { 0xBBBB };
        let packet = [
            &spi.to_be_bytes()[..],
            &sequence.to_be_bytes(),
            &vec![0xCC; length - 8],
        ]
        .concat();
        self.ip(at, from_client, 64, 50, &packet);
    }

    /// ESP with this SPI in UDP, as NAT makes it necessary (RFC 3948 2.1).
    pub(crate) fn esp_in_udp(&mut self, at: i64, from_client: bool, spi: u32, sequence: u32) {
        let packet = [&spi.to_be_bytes()[..], &sequence.to_be_bytes(), &[0xCC; 124]].concat();
        self.udp(at, from_client, 64, &packet);
    }

    /// A large ESP packet of the client in two IP fragments.
    pub(crate) fn esp_in_fragments(&mut self, at: i64) {
        for (more_and_offset, length) in [([0x20, 0], 1280), ([0, 160], 36)] {
            let mut data = ip_packet(CLIENT, SERVER, 64, 50, &vec![0xCC; length]);
            data[6..8].copy_from_slice(&more_and_offset);
            self.push(at, &data);
        }
    }

    /// UDP between ports 1701.
    pub(crate) fn l2tp(&mut self, at: i64, from_client: bool, message: &[u8]) {
        self.ip(at, from_client, 64, 17, &udp_datagram(1701, 1701, message));
    }

    /// An ICMP error about ESP of the client.
    pub(crate) fn icmp_about_esp(&mut self, at: i64, kind: u8, code: u8, argument: u32) {
        let quoted = ip_packet(CLIENT, SERVER, 60, 50, &[0, 0, 0xAA, 0xAA, 0, 0, 0, 1]);
        let message = [&[kind, code, 0, 0][..], &argument.to_be_bytes(), &quoted].concat();
        self.ip(at, false, 62, 1, &message);
    }

    pub(crate) fn ip(&mut self, at: i64, from_client: bool, limit: u8, protocol: u8, payload: &[u8]) {
        let (source, destination) = if from_client {
            (self.client, SERVER)
        } else {
            (SERVER, self.client)
        };
        self.push(at, &ip_packet(source, destination, limit, protocol, payload));
    }

    fn push(&mut self, at: i64, data: &[u8]) {
        self.sent.push(data.to_vec());
        self.frame += 1;
        let plaintext = self.plaintext.take();
        let derived = plaintext.iter().map(|(kind, data)| Derived { kind: *kind, data });
        self.session.push(&Packet {
            frame: self.frame,
            time: START + at * 1_000_000,
            known_ike: self.known_ike,
            derived: &derived.collect::<Vec<_>>(),
            ..raw(data)
        });
    }

    /// The session that took the packets.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The report for people.
    pub(crate) fn report(&mut self) -> String {
        self.session.report()
    }

    /// What a rule says: it is the verdict of a stream or, of a note, one of its notes.
    #[track_caller]
    pub(crate) fn fires(&mut self, rule: RuleId) -> Finding {
        let mut others = Vec::new();
        for stream in self.streams() {
            let judgement = self.session.judgement(stream).unwrap();
            let verdict = judgement.verdict(&self.session.case(stream).unwrap());
            for finding in std::iter::once(&*verdict).chain(&judgement.notes) {
                if finding.rule.id == rule {
                    return finding.clone();
                }
                others.push(finding.rule.id);
            }
        }
        panic!("{rule} does not fire: {others:?}");
    }

    /// A rule finds nothing in any stream, not even what another rule outranks. Gives what the verdicts are instead.
    #[track_caller]
    pub(crate) fn quiet(&mut self, rule: RuleId) -> Vec<RuleId> {
        let find = by_id(rule).check.find;
        for stream in self.streams() {
            let case = self.session.case(stream).unwrap();
            let found = find(&case.with_standing());
            assert!(found.is_none(), "{found:?}");
        }
        self.verdicts()
    }

    fn streams(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.session.tracker().negotiations().len()).unwrap()
    }

    /// Verdicts of all streams.
    pub(crate) fn verdicts(&mut self) -> Vec<RuleId> {
        self.streams()
            .map(|n| {
                let judgement = self.session.judgement(n).unwrap();
                judgement.verdict(&self.session.case(n).unwrap()).rule.id
            })
            .collect()
    }
}

/// A Notify payload of IKEv2, and its type (RFC 7296 3.10).
pub(crate) fn notification(kind: u16, data: &[u8]) -> (u8, Vec<u8>) {
    (payload::N, [&[0, 0][..], &kind.to_be_bytes(), data].concat())
}

/// AES-CBC with 256 bits, SHA2-256, group 14 (RFC 7296 3.3).
pub(crate) fn sa_v2() -> Vec<u8> {
    let transforms = [
        &[3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0][..],
        &[3, 0, 0, 8, 2, 0, 0, 5],
        &[3, 0, 0, 8, 3, 0, 0, 12],
        &[0, 0, 0, 8, 4, 0, 0, 14],
    ]
    .concat();
    [&[0, 0, 0, 44, 1, 1, 0, 4][..], &transforms].concat()
}
