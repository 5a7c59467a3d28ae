//! Parsing beside other crates: the IKEv2 messages of the corpus, each by every parser in turns, to the same depth (payloads,
//! proposals, transforms; attributes but for ipsec-parser). Whether they read the same is the matter of [`agree`].

use crate::{Row, agree};
use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::Message;
use ikewhy_bench::{clock, corpus, median};
use ipsec_parser::parse_ikev2_message;
use sawp::parser::{Direction, Parse};
use sawp_ike::Ike;
use std::hint::black_box;

/// The IKEv2 messages of the corpus that are whole.
fn messages() -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for frame in corpus(&[]).iter().flatten() {
        let found = Frame {
            link_type: frame.link_type,
            data: &frame.data,
            ip_hint: None,
            known_ike: false,
        };
        if let Some(Content::Ike { message, .. }) = found.datagram().map(|d| d.content)
            && let Some(read) = Message::parse(message)
            && read.header.major == 2
            && read.header.length as usize == message.len()
        {
            messages.push(message.to_vec());
        }
    }
    messages
}

/// How often all messages are read for one measurement.
const ROUNDS: usize = 20;

/// Nanoseconds for each message.
fn time(messages: &[Vec<u8>], mut parse: impl FnMut(&[u8])) -> f64 {
    let begin = clock();
    for _ in 0..ROUNDS {
        for message in messages {
            parse(message);
        }
    }
    (clock() - begin) * 1e9 / (ROUNDS * messages.len()) as f64
}

/// How much longer the others take for the messages of which they read the same, and what they make of the rest.
pub(crate) fn compare() -> Vec<Row> {
    let messages = messages();
    let alike: Vec<_> = messages.iter().map(|message| agree::alike(message)).collect();
    let of = |test: fn(&(bool, bool)) -> bool| {
        let both = messages.iter().zip(&alike).filter(|(_, alike)| test(alike));
        both.map(|(message, _)| message.clone()).collect::<Vec<_>>()
    };
    let (for_ipsec, for_sawp) = (of(|alike| alike.0), of(|alike| alike.1));
    let own = |m: &[u8]| drop(black_box(Message::parse(m)));
    let ipsec = |m: &[u8]| drop(black_box(parse_ikev2_message(m)));
    let sawp = |m: &[u8]| drop(black_box(Ike::default().parse(m, Direction::Unknown)));
    // The median of the ratios, and of either time.
    let rounds = |messages: &[Vec<u8>], other: &dyn Fn(&[u8])| {
        let turns: Vec<_> = (0..9)
            .map(|_| (time(messages, own), time(messages, other)))
            .collect();
        let median = |of: fn(&(f64, f64)) -> f64| median(turns.iter().map(of).collect());
        (
            median(|turn| turn.1 / turn.0),
            median(|turn| turn.0),
            median(|turn| turn.1),
        )
    };
    let (by_sawp, own_time, sawp_time) = rounds(&for_sawp, &sawp);
    let mut rows = vec![
        Row::least(
            format!(
                "time of ipsec-parser 0.7, against ours, for the {} messages it reads",
                for_ipsec.len()
            ),
            rounds(&for_ipsec, &ipsec).0,
            3.0,
            "",
        ),
        Row::plain(
            "the same for all, of most of which it reads a part",
            rounds(&messages, &ipsec).0,
            "",
        ),
        Row::least(
            format!(
                "time of sawp-ike 0.13, against ours, for the {} messages it reads",
                for_sawp.len()
            ),
            by_sawp,
            3.0,
            "",
        ),
        Row::plain("that is: ours for each of them", own_time, " ns"),
        Row::plain("sawp-ike", sawp_time, " ns"),
    ];
    rows.extend(agree::rows(&messages));
    rows
}
