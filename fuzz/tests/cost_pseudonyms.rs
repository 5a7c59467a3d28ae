//! What a redacted report keeps of each value that it hides, beside what the plain report takes: at most [`MOST`] bytes, whatever
//! the value is, and at the moment when it is most.
//!
//! One test, in a process of its own: the allocator counts what all threads have.

use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Derived, DerivedKind, Options, Packet, Session};
use ikewhy_fuzz::cost::PeakAlloc;
use ikewhy_testkit::packets::{Message, Path, payloads, proposals};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes for a value.
const MOST: usize = 128;
/// Facts under pseudonyms are kept of so many negotiations at a time, however many there are; these have more.
const FEW: usize = 1500;
/// A table of 8192 places has just become one of 16,384: never does it take more for what is in it.
const MANY: usize = 7200;

/// A frame, and what the host made of it.
type Frame = (Vec<u8>, Vec<u8>);

/// The most bytes that writing a report takes beside the session itself.
fn peak(session: &mut Session, redact: bool) -> usize {
    let before = PeakAlloc.current_usage();
    PeakAlloc.reset_peak_usage();
    let mut writing = session.begin(&Wanted {
        form: Form::Json,
        redact,
        ..Wanted::default()
    });
    while session.next_piece(&mut writing).is_some() {}
    PeakAlloc.peak_usage() - before
}

/// What redaction takes beside that, for so many frames.
fn cost(count: usize, frame: impl Fn(usize) -> Frame) -> usize {
    let mut session = Session::new(Options::default());
    for n in 0..count {
        let (data, made) = frame(n);
        let derived = [Derived {
            kind: DerivedKind::Decrypted,
            data: &made,
        }];
        session.push(&Packet {
            frame: n as u32 + 1,
            time: n as i64 * 1_000_000,
            interface: 0,
            link_type: 1,
            data: &data,
            original_length: data.len() as u32,
            ip_hint: None,
            known_ike: None,
            derived: if made.is_empty() { &[] } else { &derived },
        });
    }
    // The first time, verdicts are kept.
    peak(&mut session, false);
    let plain = peak(&mut session, false);
    peak(&mut session, true).saturating_sub(plain)
}

/// A frame brings a value that none before it had, and others, which cost `beside`. What it costs.
fn holds(what: &str, beside: usize, frame: impl Fn(usize) -> Frame) -> usize {
    let more = cost(MANY, &frame).saturating_sub(cost(FEW, &frame));
    let each = (more / (MANY - FEW)).saturating_sub(beside);
    println!("{what}: {each} bytes for each");
    assert!((1..=MOST).contains(&each), "{what}: {each} bytes for each");
    each
}

/// Traffic selectors of one network (RFC 7296 3.13): 10.x.y.0/28.
fn selectors(n: usize) -> Vec<u8> {
    let [_, b, c, d] = ((n as u32) << 4).to_be_bytes();
    let range = [10, b, c, d, 10, b, c, d + 15];
    [&[1, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255][..], &range].concat()
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes a minute without optimisation: make cost")]
fn a_value_costs_little() {
    let path = Path::PLAIN;
    let offer = proposals(2, 1, 4);
    let init = |n: usize| Message::v2(n as u64).payloads(34, &[(33, offer.clone())]);
    let spi = holds("SPIs", 0, |n| (path.udp(&init(n)), Vec::new()));
    holds("addresses", spi, |n| {
        (path.from(n as u32).udp(&init(n)), Vec::new())
    });
    holds("names", spi, |n| {
        let identity = [&[2, 17, 0, 0][..], format!("host-{n}.example").as_bytes()].concat();
        let offer = proposals(1, 1, 4);
        let message = Message::v1(n as u64).payloads(4, &[(1, offer), (5, identity)]);
        (path.udp(&message), Vec::new())
    });
    holds("networks", spi, |n| {
        let message = Message::v2(n as u64).answered().id(1).sealed(35, 35, &[35; 64]);
        let identity = [&[1, 0, 0, 0][..], &[192, 0, 2, 10]].concat();
        let inside = [(35, identity), (44, selectors(n)), (45, selectors(0))];
        (path.udp(&message), payloads(&inside))
    });
}
