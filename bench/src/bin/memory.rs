//! Bytes that sessions hold, by an allocator that counts: for a finished negotiation, for each further packet of one, for
//! half-open negotiations. Frame records are told apart: they are the one thing that grows with packets.

use ikewhy::negotiation::intake::FrameRecord;
use ikewhy::report::wanted::{Form, Wanted};
use ikewhy::session::{Options, Session};
use ikewhy_bench::pcap::Frame;
use ikewhy_bench::{Player, UNBOUNDED, corpus, half_open, push, sizes, slope};
use peak_alloc::PeakAlloc;

#[global_allocator]
static COUNTED: PeakAlloc = PeakAlloc;

/// Pushes frames; bytes held afterwards, frame records not counted, and the session.
fn held(frames: impl Iterator<Item = Frame>) -> (f64, Session) {
    let before = COUNTED.current_usage();
    let mut session = Session::new(Options::default());
    for (number, frame) in (1..).zip(frames) {
        push(&mut session, number, &frame);
    }
    let held = COUNTED.current_usage() - before;
    let others = held.saturating_sub(session.tracker().record_bytes());
    (others as f64, session)
}

/// A negotiation that came up, then its ESP again and again.
fn long_lived(packets: u32) -> impl Iterator<Item = Frame> {
    let mut frames = Player::new(corpus(&["ikev2-psk-up-strongswan/client"])).play();
    let esp: Vec<Frame> = frames
        .iter()
        .filter(|frame| frame.data[23] == 50)
        .cloned()
        .collect();
    let last = frames.last().map_or(0, |frame| frame.time);
    let more = (1..=packets).map(move |n| {
        let mut frame = esp[n as usize % esp.len()].clone();
        frame.data[38..42].copy_from_slice(&(1000 + n).to_be_bytes());
        frame.time = last + i64::from(n) * 1_000_000;
        frame
    });
    std::mem::take(&mut frames).into_iter().chain(more)
}

/// Bytes that a session holds after so many packets of the corpus, frame records as well.
fn all_held(packets: u32) -> f64 {
    let mut player = Player::new(corpus(&[]));
    let before = COUNTED.current_usage();
    let mut session = Session::new(UNBOUNDED);
    let mut number = 0;
    while number < packets {
        for frame in player.play() {
            number += 1;
            push(&mut session, number, &frame);
        }
    }
    (COUNTED.current_usage() - before) as f64
}

fn main() {
    let points: Vec<_> = (sizes().into_iter())
        .map(|size| (f64::from(size), all_held(size)))
        .collect();
    let most = points.last().map_or(0.0, |(size, _)| *size);
    println!("slope of memory over packets\t{:.3}\t{most}", slope(&points));
    let plays = 20_000;
    let mut player = Player::new(corpus(&[]));
    let (bytes, session) = held((0..plays).flat_map(|_| player.play()));
    let count = session.tracker().negotiations().len();
    println!("negotiation of the corpus\t{:.0}\t{count}", bytes / count as f64);
    drop(session);

    let plays = 20_000;
    for (name, case) in [
        ("IKEv2 tunnel that came up", "ikev2-psk-up-strongswan/client"),
        ("IKEv1 tunnel that came up", "ikev1-psk-up-strongswan/client"),
    ] {
        let mut player = Player::new(corpus(&[case]));
        let (bytes, session) = held((0..plays).flat_map(|_| player.play()));
        let count = session.tracker().negotiations().len();
        println!("{name}\t{:.0}\t{count}", bytes / count as f64);
    }

    let (few, _) = held(long_lived(10_000));
    let (many, _) = held(long_lived(1_000_000));
    println!(
        "for each of a million further ESP packets\t{:.2}\t1000000",
        (many - few).max(0.0) / 990_000.0
    );
    println!("frame record\t{}\t1", size_of::<FrameRecord>());

    let count = std::env::var("FLOOD")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    COUNTED.reset_peak_usage();
    let before = COUNTED.current_usage();
    let (_, mut session) = held((0..count).map(half_open));
    let kept = session.tracker().negotiations().len();
    println!(
        "half-open negotiations, MiB at the most\t{:.0}\t{kept}",
        (COUNTED.peak_usage() - before) as f64 / 1048576.0
    );
    let report = session.report();
    println!(
        "with the report on them, MiB at the most\t{:.0}\t{kept}",
        (COUNTED.peak_usage() - before) as f64 / 1048576.0
    );
    for (name, form, redact) in [
        ("the JSON document", Form::Json, false),
        ("the redacted report", Form::Text, true),
        ("the redacted document", Form::Json, true),
    ] {
        let mut writing = session.begin(&Wanted {
            form,
            redact,
            ..Wanted::default()
        });
        while session.next_piece(&mut writing).is_some() {}
        println!(
            "with {name} on them, MiB at the most\t{:.0}\t{kept}",
            (COUNTED.peak_usage() - before) as f64 / 1048576.0
        );
    }
    println!("lines of that report\t{}\t{kept}", report.lines().count());
    if std::env::var_os("SHOW").is_some() {
        eprintln!("{}", report.chars().take(3000).collect::<String>());
    }
}
