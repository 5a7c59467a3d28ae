//! Instructions of the hot paths, counted by valgrind's callgrind, beside the committed figures in instructions.tsv.
//!
//! Without arguments: fails if a path needs 5 % more than committed; `bless` writes the figures anew. Counts don't depend on the
//! load of the machine. They do depend a little on the C library (which copies memory in steps of the processor's width) and on
//! the seed of hash tables: well below 1 % where that was tried.

use ikewhy::session::{Options, Pass, Session};
use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::Message;
use ikewhy_bench::{CALLGRIND, corpus, instructions, pcap, push};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::{Command, exit};

/// Captures that stay as they are: both versions, refused and up, with ESP, NAT, fragments, L2TP.
const CAPTURES: &[&str] = &[
    "ikev1-psk-differs-strongswan/client",
    "ikev1-psk-up-strongswan/server",
    "ikev1-ike-dh-differs-libreswan/client",
    "ikev1-nat-up-strongswan/client",
    "ikev2-psk-up-strongswan/client",
    "ikev2-cert-up-strongswan/server",
    "ikev2-cert-ip-fragments-strongswan/client",
    "l2tp-psk-differs-strongswan/client",
];

/// The hot paths, each for the packets of all these captures.
const PATHS: &[&str] = &[
    "other-traffic",
    "frame",
    "message",
    "track",
    "judge",
    "mark",
    "draw",
    "report",
];

fn sessions(captures: &[Vec<pcap::Frame>]) -> Vec<Session> {
    let session = |frames: &Vec<pcap::Frame>| {
        let mut session = Session::new(Options::default());
        for (number, frame) in (1..).zip(frames) {
            push(&mut session, number, frame);
        }
        session
    };
    captures.iter().map(session).collect()
}

/// What is counted.
#[inline(never)]
fn counted(work: impl FnOnce()) {
    work();
}

fn datagram(frame: &pcap::Frame) -> Option<ikewhy::wire::frame::Datagram<'_>> {
    Frame {
        link_type: frame.link_type,
        data: &frame.data,
        ip_hint: None,
        known_ike: false,
    }
    .datagram()
}

fn run(path: &str) {
    let captures = corpus(CAPTURES);
    let frames: Vec<_> = captures.iter().flatten().collect();
    match path {
        "other-traffic" => {
            let mut other = frames[0].clone();
            other.data = pcap::udp((20_000, 9_000), &[0x55; 180]);
            let mut session = Session::new(Options::default());
            counted(|| {
                for number in 1..=1000 {
                    push(&mut session, number, &other);
                }
            });
        }
        "frame" => counted(|| {
            for frame in &frames {
                black_box(datagram(frame));
            }
        }),
        "message" => {
            let messages = frames.iter().filter_map(|frame| match datagram(frame)?.content {
                Content::Ike { message, .. } => Some(message),
                _ => None,
            });
            let messages: Vec<_> = messages.collect();
            counted(|| {
                for message in messages {
                    black_box(Message::parse(message));
                }
            });
        }
        "track" => counted(|| drop(black_box(sessions(&captures)))),
        _ => {
            let mut sessions = sessions(&captures);
            counted(|| {
                for (session, frames) in sessions.iter_mut().zip(&captures) {
                    match path {
                        "judge" => {
                            for stream in 0..session.tracker().negotiations().len() as u32 {
                                black_box(session.outcome(stream));
                            }
                        }
                        "report" => drop(black_box(session.report())),
                        _ => {
                            for number in 1..=frames.len() as u32 {
                                black_box(if path == "mark" {
                                    session.expert_items(number, Pass::Again)
                                } else {
                                    session.items(number, Pass::Again)
                                });
                            }
                        }
                    }
                }
            });
        }
    }
}

/// Instructions of a path, all that `counted` calls.
fn count(path: &str) -> u64 {
    let own = std::env::current_exe().expect("a path");
    let [valgrind, options @ ..] = CALLGRIND;
    instructions(
        Command::new(valgrind)
            .args(options)
            .arg("--toggle-collect=*instructions::counted*")
            .arg(own)
            .arg(path),
    )
}

fn main() {
    let wish = std::env::args().nth(1).unwrap_or_default();
    if PATHS.contains(&wish.as_str()) {
        run(&wish);
        return;
    }
    let file = ikewhy_bench::root().join("bench/instructions.tsv");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let committed: BTreeMap<&str, u64> = committed
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(path, count)| Some((path, count.parse().ok()?)))
        .collect();
    let mut now = String::new();
    let mut risen = false;
    for path in PATHS {
        let count = count(path);
        let _ = writeln!(now, "{path}\t{count}");
        let before = committed.get(path).copied().unwrap_or(count);
        let change = (count as f64 / before as f64 - 1.0) * 100.0;
        println!("{path:<14} {count:>12} instructions {change:>+6.1} %");
        risen |= change > 5.0;
    }
    if wish == "bless" {
        std::fs::write(&file, now).expect("bench/ can be written");
    } else if risen {
        println!(
            "A path needs 5 % more than bench/instructions.tsv says. If that is what it takes: make instructions BLESS=1"
        );
        exit(1);
    }
}
