//! Parsing beside other crates: the IKEv2 messages of the corpus, each by every parser in turns, to the same depth (payloads,
//! proposals, transforms, attributes). How many payloads each reads is compared as well.

use crate::Row;
use ikewhy::wire::frame::{Content, Frame};
use ikewhy::wire::message::Message;
use ikewhy_bench::{clock, corpus, median};
use ipsec_parser::parse_ikev2_message;
use sawp::parser::{Direction, Parse};
use sawp_ike::{Ike, Message as SawpMessage};
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

/// Number of payloads outside of encryption, as each parser tells it.
fn ours(message: &[u8]) -> Option<usize> {
    Some(Message::parse(message)?.payloads.len())
}

fn theirs_ipsec(message: &[u8]) -> Option<usize> {
    let (_, (_, payloads)) = parse_ikev2_message(message).ok()?;
    Some(payloads.ok()?.len())
}

fn theirs_sawp(message: &[u8]) -> Option<usize> {
    match Ike::default().parse(message, Direction::Unknown).ok()?.1? {
        SawpMessage::Ike(read) => Some(read.payloads.len()),
        SawpMessage::Esp(_) => None,
    }
}

/// Seconds for all messages once.
fn time(messages: &[Vec<u8>], mut parse: impl FnMut(&[u8])) -> f64 {
    let begin = clock();
    for _ in 0..20 {
        for message in messages {
            parse(message);
        }
    }
    clock() - begin
}

/// How much longer the others take, and how often they read the same.
pub(crate) fn compare() -> Vec<Row> {
    let messages = messages();
    let count = messages.len() as f64;
    let share = |same: usize| same as f64 / count * 100.0;
    let ipsec = messages.iter().filter(|m| theirs_ipsec(m) == ours(m)).count();
    let sawp = messages.iter().filter(|m| theirs_sawp(m) == ours(m)).count();
    let (mut to_ipsec, mut to_sawp) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let own = time(&messages, |m| drop(black_box(Message::parse(m))));
        to_ipsec.push(time(&messages, |m| drop(black_box(parse_ikev2_message(m)))) / own);
        let sawp = time(&messages, |m| {
            drop(black_box(Ike::default().parse(m, Direction::Unknown)))
        });
        to_sawp.push(sawp / own);
    }
    vec![
        Row::least(
            "time of ipsec-parser 0.7, against ours",
            median(to_ipsec),
            3.0,
            "",
        ),
        Row::plain(
            format!("of {count} messages it reads as many payloads of"),
            share(ipsec),
            " %",
        ),
        Row::least("time of sawp-ike 0.13, against ours", median(to_sawp), 3.0, ""),
        Row::plain(
            format!("of {count} messages it reads as many payloads of"),
            share(sawp),
            " %",
        ),
    ]
}
