//! Packets, as hostile as they can be: whatever is asked of a session that takes them, in both passes and in each form of its
//! report, a packet costs a bounded number of instructions, and memory grows as the capture does.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Derived, DerivedKind, Options, Packet, Pass, Session};
use ikewhy_fuzz::cost::{Law, PeakAlloc};
use ikewhy_testkit::packets::{Message, Path, item, payloads, proposals};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// A frame, and what the host made of it.
type Frame = (Vec<u8>, Vec<(DerivedKind, Vec<u8>)>);

/// Asks everything that can be asked of a capture.
fn everything(frames: &[Frame]) -> Session {
    let mut session = Session::new(Options::default());
    for (number, (data, derived)) in (1..).zip(frames) {
        let derived: Vec<_> = derived
            .iter()
            .map(|(kind, data)| Derived { kind: *kind, data })
            .collect();
        session.push(&Packet {
            frame: number,
            time: i64::from(number) * 300_000_000,
            interface: 0,
            link_type: 1,
            data,
            original_length: data.len() as u32,
            ip_hint: None,
            known_ike: None,
            derived: &derived,
        });
        ask(&mut session, number, Pass::First);
    }
    for number in 1..=frames.len() as u32 {
        ask(&mut session, number, Pass::Again);
    }
    for stream in 0..session.tracker().negotiations().len() as u32 {
        let _ = session.counts(stream);
    }
    for form in [Form::Text, Form::Markdown, Form::Html, Form::Json] {
        for redact in [false, true] {
            let mut writing = session.begin(&Wanted {
                form,
                redact,
                ..Wanted::default()
            });
            while session.next_piece(&mut writing).is_some() {}
        }
    }
    session
}

fn ask(session: &mut Session, frame: u32, pass: Pass) {
    let _ = (session.expert_items(frame, pass), session.items(frame, pass));
    let _ = (session.info(frame, pass), session.whereabouts(frame));
}

/// A law on captures: `instructions` and `memory` for a byte of them. The report says `said`: the packets are understood as they
/// are meant.
fn holds(
    test: &'static str,
    size: usize,
    (instructions, memory): (u64, u64),
    said: &str,
    frame: impl Fn(usize) -> Frame,
) {
    let report = everything(&(0..size).map(&frame).collect::<Vec<_>>()).report();
    assert!(report.contains(said), "{test}: no {said} in {report:.3000}");
    let law = Law {
        test,
        size,
        instructions,
        memory,
    };
    law.holds(
        |size| (0..size).map(&frame).collect::<Vec<_>>(),
        |frames| {
            let made = |(_, derived): &Frame| derived.iter().map(|(_, data)| data.len()).sum::<usize>();
            frames.iter().map(|frame| frame.0.len() + made(frame)).sum()
        },
        |frames| everything(frames),
    );
}

/// `laws! { name: packets, instructions and memory for a byte, what the report says, packet by its number }`
macro_rules! laws {
    ($($(#[$about:meta])* $name:ident: $size:expr, $cost:expr, $said:expr, $frame:expr;)*) => {$(
        $(#[$about])*
        #[test]
        #[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
        fn $name() {
            holds(stringify!($name), $size, $cost, $said, $frame);
        }
    )*};
}

/// A frame of which the host made nothing.
fn plain(data: Vec<u8>) -> Frame {
    (data, Vec::new())
}

const PATH: Path = Path::PLAIN;

/// IKE_SA_INIT with an offer.
fn init(number: u64, offer: &[u8]) -> Message {
    Message::v2(number).payloads(34, &[(33, offer.to_vec())])
}

/// The first message of Main Mode with an offer.
fn main_mode(number: u64, offer: &[u8]) -> Message {
    Message::v1(number).payloads(2, &[(1, offer.to_vec())])
}

/// It is refused: NO-PROPOSAL-CHOSEN.
fn refused(message: &Message) -> Message {
    let kind = if message.version == 0x20 { 41 } else { 11 };
    let body = if kind == 41 {
        vec![0, 0, 0, 14]
    } else {
        vec![0, 0, 0, 1, 1, 0, 0, 14]
    };
    let exchange = if kind == 41 { 34 } else { 5 };
    message.answer().payloads(exchange, &[(kind, body)])
}

laws! {
    /// So many that most have waited long enough to be called silent, at each size: that says more, and costs more.
    requests_of_many_hosts: 400, (39000, 65), "400 negotiations", |n| {
        plain(PATH.from(n as u32).udp(&init(n as u64, &proposals(2, 1, 4))))
    };
    requests_of_many_hosts_to_many_hosts: 100, (37000, 65), "100 negotiations", |n| {
        plain(PATH.wide().from(n as u32).to(n as u32).udp(&init(n as u64, &proposals(2, 1, 4))))
    };
    tries_of_one_host: 300, (10000, 45), "no-response", |n| {
        plain(PATH.udp(&main_mode(n as u64, &proposals(1, 1, 4))))
    };
    refusals_of_one_host: 300, (7500, 30), "ike-proposal-mismatch", |n| {
        let request = main_mode(n as u64 / 2, &proposals(1, 1, 4));
        plain(if n % 2 == 0 { PATH.udp(&request) } else { PATH.back().udp(&refused(&request)) })
    };
    /// Each side offers and is refused in turn, so that each one's own offers are known, and no two are the same.
    offers_of_hundreds_of_suites: 12, (11500, 65), "no-matching-connection", |n| {
        let path = if n / 2 % 2 == 0 { PATH } else { PATH.back() };
        let offer: Vec<u8> = proposals(1, 1, 255 - n % 200);
        let request = main_mode(n as u64 / 2, &offer);
        plain(if n % 2 == 0 { path.udp(&request) } else { path.back().udp(&refused(&request)) })
    };
    a_message_again_and_again: 300, (500, 5), "no-response", |_| plain(PATH.udp(&init(1, &proposals(2, 1, 4))));
    messages_of_one_negotiation: 300, (700, 5), "start-not-captured", |n| {
        let message = Message::v1(1).answered().id(n as u32 + 1);
        plain(PATH.udp(&message.sealed(5, 8, &[n as u8; 64])))
    };
    notifications_of_one_negotiation: 300, (2500, 10), "key-exchange-mismatch", |n| {
        let message = init(1, &proposals(2, 1, 4));
        let forged = message.answer().payloads(34, &[(41, vec![0, 0, 0, 14 + (n % 100) as u8, n as u8])]);
        plain(if n == 0 { PATH.udp(&message) } else { PATH.back().udp(&forged) })
    };
    notifications_by_the_thousand: 4, (400, 5), "ike-refused", |n| {
        let many: Vec<_> = (0..4000).map(|m| (41, vec![0, 0, 0, 14 + (n + m) as u8 % 100])).collect();
        let message = init(1, &proposals(2, 1, 4));
        plain(if n == 0 { PATH.udp(&message) } else { PATH.back().udp(&message.answer().payloads(34, &many)) })
    };
    one_spi_for_many_hosts: 400, (39000, 65), "400 negotiations", |n| {
        plain(PATH.from(n as u32).udp(&init(1, &proposals(2, 1, 4))))
    };
    a_sweep: 100, (7500, 50), "scan", |n| plain(PATH.to(n as u32).udp(&init(n as u64, &proposals(2, 1, 4))));
    /// IKEv1 fragments that never become a message.
    fragments_of_v1: 300, (5500, 20), "38 negotiations", |n| {
        let [high, low] = (n as u16).to_be_bytes();
        let fragment = [&[high, low, 64 - (n % 60) as u8, 0], &[n as u8; 40][..]].concat();
        plain(PATH.udp(&Message::v1(n as u64 / 8).payloads(2, &[(132, fragment)])))
    };
    fragments_of_v2: 300, (700, 5), "start-not-captured", |n| {
        let [high, low] = (n as u16 % 60 + 2).to_be_bytes();
        let fragment = [&[high, low, 0, 64], &[n as u8; 40][..]].concat();
        plain(PATH.udp(&Message::v2(1).answered().id(n as u32 / 4 + 1).payloads(35, &[(53, fragment)])))
    };
    fragments_of_ip: 300, (22000, 75), "no-response", |n| {
        plain(PATH.from(n as u32 / 8).first_fragment(n as u16, &init(n as u64, &proposals(2, 1, 4))))
    };
    data_of_nobody: 300, (50, 5), "No IKE negotiation", |n| plain(PATH.from(n as u32).to(n as u32).esp(n as u32, 1, 64));
    data_of_one_tunnel: 300, (500, 5), "established", |n| match n {
        0 => plain(PATH.udp(&init(1, &proposals(2, 1, 4)))),
        1 => plain(PATH.back().udp(&init(1, &[]).answer().payloads(34, &[
            (33, proposals(2, 1, 4)),
            (34, vec![0, 14, 0, 0, 7]),
        ]))),
        2 => plain(PATH.udp(&Message::v2(1).answered().id(1).sealed(35, 35, &[35; 64]))),
        3 => plain(PATH.back().udp(&Message::v2(1).answer().id(1).sealed(35, 36, &[36; 64]))),
        n => plain(if n % 2 == 0 { PATH } else { PATH.back() }.esp(n as u32 % 64, n as u32, 64 + n % 900)),
    };
    errors_of_routers: 300, (700, 5), "peer-unreachable", |n| {
        let quoted = PATH.udp(&init(1, &proposals(2, 1, 4)));
        plain(if n == 0 { quoted } else { PATH.from(n as u32).back().icmp(3, (n % 16) as u8, &quoted[14..]) })
    };
    l2tp_of_many_hosts: 100, (61000, 145), "l2tp-cleartext", |n| {
        let request = [0xC8, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, 1];
        plain(PATH.from(n as u32).ports(1701, 1701).bytes(&request))
    };
    l2tp_of_one_host: 300, (2500, 10), "l2tp-cleartext", |n| {
        let request = [0xC8, 2, 0, 20, 0, n as u8, 0, n as u8, 0, n as u8, 0, 0, 0x80, 8, 0, 0, 0, 0, 0, n as u8 % 17];
        plain(PATH.ports(1701, 1701).bytes(&request))
    };
    authorities_of_dots: 4, (1200, 10), "offer-too-long", |n| {
        let mark = [b'.', b'@', b'=', b',', b'/', b'*'][n % 6];
        let name = distinguished(&[mark; 4000]);
        plain(PATH.udp(&Message::v1(n as u64).payloads(2, &[
            (1, proposals(1, 1, 4)),
            (7, [&[4][..], &name].concat()),
        ])))
    };
    identities_of_aggressive_mode: 60, (5500, 30), "no-response", |n| {
        let mut name = [b'.'; 255];
        name[n % 255] = b'a' + (n % 26) as u8;
        let identity = [&[2 + n as u8 % 2, 17, 0, 0][..], &name].concat();
        plain(PATH.udp(&Message::v1(n as u64).payloads(4, &[(1, proposals(1, 1, 4)), (5, identity)])))
    };
    vendor_ids: 60, (700, 5), "no-response", |n| {
        let all: Vec<_> = (0..200_u8).map(|m| (43, vec![m, n as u8, 7, 7, 7, 7, 7, 7])).collect();
        plain(PATH.udp(&Message::v2(n as u64).payloads(34, &all)))
    };
    payloads_without_end: 3, (60, 5), "3 negotiations", |n| {
        let chain: Vec<u8> = (0..15_000).flat_map(|_| item(43, &[])).collect();
        plain(PATH.udp(&Message::v2(n as u64).body(34, 43, &chain)))
    };
    damaged_messages: 100, (2000, 20), "no-response", |n| {
        let mut message = init(n as u64 / 10, &proposals(2, 1, 4));
        message.body[3] = 0xFF;
        plain(PATH.udp(&message))
    };
    all_of_it_in_few_negotiations: 600, (1400, 5), "12 negotiations", |n| mixed(n, 3);
    all_of_it_in_many_negotiations: 600, (7500, 15), "different failures)", |n| mixed(n, 400);
    /// Data tunnels that are asked for with lists as long as can be, and refused, as the host decrypted it.
    offers_of_data_tunnels: 40, (2000, 25), "child-proposal-mismatch", |n| {
        let (negotiation, id) = (n as u64 / 16, n as u32 / 2 % 8 + 1);
        let (sa, hash) = (proposals(1, 1, 250 - n % 100), (8, vec![1; 20]));
        let asked = Message::v1(negotiation).answered().id(id).sealed(32, 8, &[n as u8; 64]);
        let refusal = Message::v1(negotiation).answer().id(100 + id).sealed(5, 8, &[n as u8; 64]);
        let notify = (11, vec![0, 0, 0, 1, 3, 0, 0, 14]);
        if n % 2 == 0 {
            let inside = payloads(&[hash, (1, sa), (10, vec![2; 16])]);
            (PATH.udp(&asked), vec![(DerivedKind::DecryptedV1, inside)])
        } else {
            (PATH.back().udp(&refusal), vec![(DerivedKind::DecryptedV1, payloads(&[hash, notify]))])
        }
    };
}

/// Anything between a few hosts, drawn by the number of the packet: so many negotiations at a time.
fn mixed(n: usize, negotiations: u64) -> Frame {
    let drawn = |what: u64| {
        let mut word =
            (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ what.wrapping_mul(0xD1B5_4A32_D192_ED03);
        for _ in 0..3 {
            word = (word ^ word >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        }
        word >> 16
    };
    let path = PATH.from(drawn(1) as u32 % 2);
    let path = if drawn(2) % 2 == 0 { path } else { path.back() };
    let path = if drawn(3) % 4 == 0 {
        path.ports(4500, 4500)
    } else {
        path
    };
    let number = drawn(4) % negotiations;
    let id = drawn(5) as u32 % 40;
    let sa = proposals(1 + number as u8 % 2, 1, 2 + id as usize % 20);
    let content = vec![n as u8; 32 + drawn(6) as usize % 300];
    let v1 = Message::v1(2 * number).answered().id(id);
    let v2 = Message::v2(2 * number + 1).answered().id(id);
    let answer = |message: Message| {
        if drawn(7) % 2 == 0 {
            message
        } else {
            message.answer()
        }
    };
    let marked = |bytes: Vec<u8>| {
        if drawn(3) % 4 == 0 {
            [&[0; 4][..], &bytes].concat()
        } else {
            bytes
        }
    };
    let message = match drawn(8) % 14 {
        0 => init(2 * number + 1, &sa),
        1 => main_mode(2 * number, &sa),
        2 => answer(v2.id(0)).payloads(34, &[(33, sa), (34, content)]),
        3 => answer(v1.id(0)).payloads(2, &[(1, sa)]),
        4 => answer(v1.id(0)).payloads(2, &[(4, content)]),
        5 => v1.id(0).sealed(2, 5, &content),
        6 => v1.sealed(32, 8, &content),
        7 => v1.sealed(5, 8, &content),
        8 => v1.sealed(6, 8, &content),
        9 => answer(v2.id(1)).sealed(35, 35, &content),
        10 => answer(v2).sealed(36, 41, &content),
        11 => answer(v2).sealed(37, 42, &content),
        12 => refused(&init(2 * number + 1, &sa)),
        _ => {
            return plain(match drawn(9) % 4 {
                0 => path.esp(id, n as u32, content.len()),
                1 => path.icmp(3, 3, &PATH.udp(&init(2 * number + 1, &sa))[14..]),
                2 => path.ports(1701, 1701).bytes(&[
                    0xC8,
                    2,
                    0,
                    20,
                    0,
                    id as u8,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0x80,
                    8,
                    0,
                    0,
                    0,
                    0,
                    0,
                    id as u8 % 17,
                ]),
                _ => path.ports(4500, 4500).bytes(&[0xFF]),
            });
        }
    };
    plain(path.bytes(&marked(message.bytes())))
}

/// A distinguished name with one attribute, CN (X.501; OID 2.5.4.3), as DER.
fn distinguished(value: &[u8]) -> Vec<u8> {
    let der = |tag: u8, content: &[u8]| {
        let [high, low] = (content.len() as u16).to_be_bytes();
        [&[tag, 0x82, high, low], content].concat()
    };
    let value = der(12, value);
    der(
        0x30,
        &der(0x31, &der(0x30, &[&[6, 3, 0x55, 4, 3][..], &value].concat())),
    )
}
