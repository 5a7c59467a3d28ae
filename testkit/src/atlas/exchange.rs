//! A healthy exchange of the corpus as one side saw it: its messages, each with its step, and where it can be cut.

use super::build::{hop_limit, pass_router};
use crate::pcap::{self, Frame};
use crate::root;
use ikewhy::wire::frame::{Content, Frame as Captured};
use ikewhy::wire::message::Header;
use ikewhy::wire::message::Message as Parsed;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Exchange types (IANA ipsec-registry, ikev2-parameters).
pub(super) mod kind {
    pub(crate) const MAIN: u8 = 2;
    pub(crate) const AGGRESSIVE: u8 = 4;
    pub(crate) const V1_INFORMATIONAL: u8 = 5;
    pub(crate) const TRANSACTION: u8 = 6;
    pub(crate) const QUICK: u8 = 32;
    pub(crate) const INIT: u8 = 34;
    pub(crate) const AUTH: u8 = 35;
    pub(crate) const CHILD: u8 = 36;
    pub(crate) const INFORMATIONAL: u8 = 37;
    pub(crate) const INTERMEDIATE: u8 = 43;
}

/// Neither beside the client nor beside the server.
pub(super) const BETWEEN: &str = "between";

/// A payload type of IKEv2: the security association (RFC 7296 3.2).
const SA: u8 = 33;
/// A message in IKE fragments (RFC 7383 2.5).
const FRAGMENT: u8 = 53;

/// One message, perhaps in IKE fragments.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its frames, from 0.
    pub frames: Vec<usize>,
    /// Its header; of fragments, that of the last one.
    pub header: Header,
    /// The client sent it.
    pub from_client: bool,
    /// Its step.
    pub step: String,
    /// The first payload is a security association (IKEv2), or stands outside of the encryption.
    first: u8,
    bytes: Vec<u8>,
}

impl Message {
    /// A request of IKEv2, or whatever its sender repeats in IKEv1 until the next message comes.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.header.major == 2 && !self.header.is_v2_response()
    }
}

/// A place at which an exchange can stop.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The step of the last message, or `traffic`: both sides have sent ESP.
    pub step: String,
    /// So many frames come before it.
    pub end: usize,
    /// The last message.
    pub message: usize,
}

/// A healthy exchange as one side saw it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its case in the corpus.
    pub name: String,
    /// Where it was captured: `client`, `server`, or `between` them.
    pub side: &'static str,
    /// A NAT lies between the peers.
    pub nat: bool,
    /// The whole capture.
    pub frames: Vec<Frame>,
    /// Its IKE messages, without copies.
    pub messages: Vec<Message>,
    /// Where it can be cut: the first time that each step is reached.
    pub cuts: Vec<Cut>,
}

impl Exchange {
    /// Reads the capture of a case.
    ///
    /// # Panics
    /// If it is not there, or not in Ethernet.
    #[must_use]
    pub fn read(name: &str, side: &'static str, nat: bool) -> Self {
        let path = root()
            .join("captures")
            .join(name)
            .join(if side == BETWEEN { "client" } else { side })
            .with_extension("pcap");
        let mut frames = pcap::read(&path);
        if side == BETWEEN {
            // Behind the client's router; those of the server have passed one already.
            let is_own = |frame: &Frame| matches!(hop_limit(frame), 64 | 128 | 255);
            frames
                .iter_mut()
                .filter(|frame| is_own(frame))
                .for_each(pass_router);
        }
        assert!(
            frames.iter().all(|frame| frame.link_type == 1),
            "{name}: not Ethernet"
        );
        let mut exchange = Self {
            name: name.to_owned(),
            side,
            nat,
            frames,
            messages: Vec::new(),
            cuts: Vec::new(),
        };
        let traffic = exchange.find_messages();
        exchange.name_steps();
        exchange.find_cuts(traffic);
        exchange
    }

    /// Collects the messages; returns after how many frames both sides have sent ESP.
    fn find_messages(&mut self) -> Option<usize> {
        let mut client: Option<IpAddr> = None;
        let mut senders = BTreeSet::new();
        let mut traffic = None;
        for (index, frame) in self.frames.iter().enumerate() {
            let captured = Captured {
                link_type: frame.link_type,
                data: &frame.data,
                ip_hint: None,
                known_ike: false,
            };
            let Some(datagram) = captured.datagram() else {
                continue;
            };
            let bytes = match datagram.content {
                Content::Ike { message, .. } => message,
                Content::Esp { .. } => {
                    senders.insert(datagram.source);
                    if senders.len() == 2 {
                        traffic = traffic.or(Some(index + 1));
                    }
                    continue;
                }
                _ => continue,
            };
            let Some(parsed) = Parsed::parse(bytes) else {
                continue;
            };
            let from_client = *client.get_or_insert(datagram.source) == datagram.source;
            let header = parsed.header;
            if self.messages.iter().any(|earlier| earlier.bytes == bytes) {
                continue;
            }
            if let Some(last) = self.messages.last_mut()
                && header.next_payload == FRAGMENT
                && last.header.next_payload == FRAGMENT
                && (last.header.message_id, last.from_client) == (header.message_id, from_client)
            {
                last.frames.push(index);
                continue;
            }
            self.messages.push(Message {
                frames: vec![index],
                first: header.next_payload,
                header,
                from_client,
                step: String::new(),
                bytes: bytes.to_vec(),
            });
        }
        traffic
    }

    fn name_steps(&mut self) {
        let is_auth = |message: &Message| message.header.exchange == kind::AUTH;
        let last_round = self.messages.iter().filter(|message| is_auth(message));
        let last_round = last_round.map(|message| message.header.message_id).max();
        // How many messages of an exchange there were; of IKEv1 by message ID.
        let mut counts: BTreeMap<(u8, u32), usize> = BTreeMap::new();
        let mut quick_ids = Vec::new();
        for message in &mut self.messages {
            let Header {
                exchange, message_id, ..
            } = message.header;
            let count = counts.entry((exchange, message_id)).or_default();
            *count += 1;
            let count = *count;
            let side = if message.header.is_v2_response() {
                "response"
            } else {
                "request"
            };
            message.step = match exchange {
                kind::MAIN => format!("main-{count}"),
                kind::AGGRESSIVE => format!("aggressive-{count}"),
                kind::TRANSACTION if count == 1 => "transaction-request".to_owned(),
                kind::TRANSACTION => "transaction-response".to_owned(),
                kind::QUICK => {
                    if !quick_ids.contains(&message_id) {
                        quick_ids.push(message_id);
                    }
                    let first = quick_ids.first() == Some(&message_id);
                    let renewal = if first { "" } else { "renewal-" };
                    format!("{renewal}quick-{count}")
                }
                kind::V1_INFORMATIONAL if message.from_client => "notice-initiator".to_owned(),
                kind::V1_INFORMATIONAL => "notice-responder".to_owned(),
                kind::INIT if side == "response" && message.first != SA => "init-demand".to_owned(),
                kind::INIT if side == "request" && count > 1 => "init-again".to_owned(),
                kind::INIT => format!("init-{side}"),
                kind::INTERMEDIATE => format!("intermediate-{side}"),
                kind::AUTH if side == "request" && message_id == 1 => "auth-request".to_owned(),
                kind::AUTH if side == "response" && Some(message_id) == last_round => {
                    "auth-response".to_owned()
                }
                kind::AUTH => format!("round-{message_id}-{side}"),
                kind::CHILD => format!("child-{side}"),
                _ => format!("info-{side}"),
            };
        }
    }

    fn find_cuts(&mut self, traffic: Option<usize>) {
        let mut seen = BTreeSet::new();
        for (index, message) in self.messages.iter().enumerate() {
            if seen.insert(message.step.clone()) {
                self.cuts.push(Cut {
                    step: message.step.clone(),
                    end: message.frames[message.frames.len() - 1] + 1,
                    message: index,
                });
            }
        }
        if let Some(end) = traffic {
            let before = |message: &Message| message.frames[0] < end;
            let last = self.messages.iter().rposition(before);
            self.cuts.push(Cut {
                step: "traffic".to_owned(),
                end,
                message: last.unwrap_or_default(),
            });
        }
    }

    /// A frame in which this side sent IKE.
    #[must_use]
    pub fn sent_by(&self, client: bool) -> Option<&Frame> {
        let message = self
            .messages
            .iter()
            .find(|message| message.from_client == client)?;
        self.frames.get(message.frames[0])
    }
}
