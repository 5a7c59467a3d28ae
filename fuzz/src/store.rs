//! Packets as operations on the tracker and its store: three bytes each, of which negotiation, what it says, and when. The first byte
//! says how many negotiations are told apart at the most, so that the bounds are reached at once.

use crate::capture::{MADE, MAX_RECORDS, Record, session};
use ikewhy::session::{DerivedKind, Options};
use ikewhy_testkit::packets::{Message, Path, control, payloads, proposals};

/// So many negotiations there are, most of them more than are told apart.
const NEGOTIATIONS: u64 = 12;
/// Milliseconds between two packets: within a burst, between retransmissions, beyond each waiting.
const STEPS: [u32; 4] = [1, 900, 20_000, 4_000_000];

/// One operation: a frame, and perhaps what the host made of it.
fn operation([what, which, how]: [u8; 3]) -> (Vec<u8>, Option<(DerivedKind, Vec<u8>)>) {
    let number = u64::from(which) % NEGOTIATIONS;
    let id = u32::from(how & 7);
    let path = Path::PLAIN.from(number as u32 % 3);
    let path = if which & 0x80 == 0 { path } else { path.back() };
    let floats = which & 0x40 != 0;
    let path = if floats { path.ports(4500, 4500) } else { path };
    let answers = |message: Message| if how & 8 == 0 { message } else { message.answer() };
    let v1 = || Message::v1(2 * number).answered().id(id);
    let v2 = || Message::v2(2 * number + 1).answered().id(id);
    let sa = |version| proposals(version, 1 + usize::from(how & 1), 2 + usize::from(how >> 5));
    let content = vec![how; 32 + usize::from(how)];
    let notify = |kind: u16| [&[0, 0][..], &kind.to_be_bytes()].concat();
    let mut made = None;
    let message = match what % 20 {
        0 => Message::v2(2 * number + 1).payloads(34, &[(33, sa(2))]),
        1 => Message::v1(2 * number).payloads(2, &[(1, sa(1))]),
        2 => answers(v2().id(0)).payloads(34, &[(33, sa(2)), (34, content)]),
        3 => answers(v1().id(0)).payloads(2, &[(1, sa(1))]),
        4 => answers(v1().id(0)).payloads(2, &[(4, content)]),
        5 => v1().id(0).sealed(2, 5, &content),
        6 => v1().sealed(32, 8, &content),
        7 => v1().sealed(5, 8, &content),
        8 => v1().sealed(6, 8, &content),
        9 => answers(v2().id(1)).sealed(35, 35, &content),
        10 => answers(v2()).sealed(36, 33, &content),
        11 => answers(v2()).sealed(37, 42, &content),
        12 => answers(v2().id(0)).payloads(34, &[(41, notify(u16::from(how)))]),
        13 => v1().payloads(5, &[(11, vec![0, 0, 0, 1, 1, 0, 0, how])]),
        // What the host decrypted: an end, a refusal.
        14 => {
            made = Some((DerivedKind::Decrypted, payloads(&[(42, vec![1, 0, 0, 0])])));
            answers(v2()).sealed(37, 42, &content)
        }
        15 => {
            made = Some((
                DerivedKind::Decrypted,
                payloads(&[(41, notify(24 + u16::from(how % 24)))]),
            ));
            answers(v2().id(1)).sealed(35, 41, &content)
        }
        16 => return (path.esp(id, u32::from(what), 64 + usize::from(how)), None),
        17 => {
            let quoted = Path::PLAIN.udp(&Message::v2(2 * number + 1).payloads(34, &[(33, sa(2))]));
            return (path.icmp(3, how % 16, &quoted[14..]), None);
        }
        18 => {
            return (path.ports(1701, 1701).bytes(&control(how % 17, how & 3)), None);
        }
        _ => return (path.ports(4500, 4500).bytes(&[0xFF]), None),
    };
    let marker: &[u8] = if floats { &[0; 4] } else { &[] };
    (path.bytes(&[marker, &message.bytes()].concat()), made)
}

/// All laws of a session hold however little it may keep.
pub fn check(data: &[u8]) {
    let Some((&most, operations)) = data.split_first() else {
        return;
    };
    let options = Options {
        max_negotiations: u32::from(most) % 16,
    };
    let mut records = Vec::new();
    let mut time = 1_700_000_000_000_u64;
    for &operation in operations.as_chunks::<3>().0.iter().take(MAX_RECORDS / 2) {
        let [_, _, how] = operation;
        time += u64::from(STEPS[usize::from(how >> 6)]);
        let (frame, made) = self::operation(operation);
        records.push(Record {
            time: ((time / 1000) as u32, (time % 1000) as u32 * 1000),
            original_length: (frame.len() as u32).min(MADE - 1),
            data: frame,
        });
        records.extend(made.map(|(kind, data)| Record::made(&data, kind)));
    }
    session(options, &records, 1, None, None);
}
