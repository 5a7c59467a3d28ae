//! Words shared by sentences: peers, lists, lengths of time.

use super::case::Case;
use crate::negotiation::intake::{FrameKind, FrameRecord};
use crate::negotiation::nat::Nat;
use crate::negotiation::offer::Attribute;
use crate::negotiation::standing::{ChildSa, IkeSa, Standing};
use crate::negotiation::store::bounds::Omitted;
use crate::negotiation::traffic::{L2tp, L2tpKind};
use crate::negotiation::{Event, Negotiation, Progress, Role};
use crate::wire::digits;
use crate::wire::l2tp::kind;
use crate::wire::text;
use crate::wire::vendor::Product;

/// Name of a product in a sentence.
#[must_use]
pub fn product(p: Product) -> &'static str {
    match p {
        Product::Windows => "Windows",
        Product::Apple => "Apple macOS or iOS",
        Product::Android => "Android",
        Product::StrongSwan => "strongSwan",
        Product::Libreswan => "Libreswan",
        Product::Openswan => "Openswan",
        Product::OpenIked => "OpenIKED",
        Product::Racoon => "racoon",
        Product::CiscoIos => "Cisco IOS",
        Product::CiscoAsa => "Cisco ASA",
        Product::FortiGate => "FortiGate",
        Product::CheckPoint => "Check Point",
        Product::Juniper => "Juniper",
        Product::PaloAlto => "Palo Alto",
        Product::Aws => "AWS Site-to-Site VPN",
        Product::SonicWall => "SonicWall",
        Product::RouterOs => "MikroTik RouterOS",
        Product::Zyxel => "Zyxel",
        Product::Other => "another product",
    }
}

/// `203.0.113.5`, or `203.0.113.5 (strongSwan)` where the product is known.
#[must_use]
pub fn peer(case: &Case<'_>, role: Role) -> String {
    let mut peer = digits::address(case.n.peer(role).address);
    if let Some(p) = case.product(role).filter(|p| *p != Product::Other) {
        peer.extend([" (", product(p), ")"]);
    }
    peer
}

/// Initiator and responder.
#[must_use]
pub fn peers(case: &Case<'_>) -> (String, String) {
    (peer(case, Role::Initiator), peer(case, Role::Responder))
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// `frame 7`, `frames 5 and 7`.
#[must_use]
pub fn frames(numbers: &[u32]) -> String {
    let plural = if numbers.len() == 1 { "" } else { "s" };
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    format!("frame{plural} {}", list(&numbers))
}

/// `at 12:00:04 UTC (frame 4)`: where a log says what happened in a frame.
#[must_use]
pub fn moment(case: &Case<'_>, frame: u32) -> String {
    match case.n.time_of(frame) {
        Some(time) => format!("at {} UTC (frame {frame})", case.moment(time).time()),
        None => format!("at the moment of frame {frame}"),
    }
}

/// Breaks text into lines of at most `width` characters, at blanks; a longer word has a line of its own.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::with_capacity(text.len().min(width));
    let mut used = 0; // characters of `line`
    for word in text.split_ascii_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    lines.push(line);
    lines
}

/// `once`, `twice`, `five times`, `12 times`: small ones in words, for they often follow a number ("sent Main Mode 5 of 6 four times").
#[must_use]
pub fn times(n: u32) -> String {
    const SMALL: [&str; 8] = ["three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => match SMALL.get((n as usize).wrapping_sub(3)) {
            Some(word) => format!("{word} times"),
            None => format!("{n} times"),
        },
    }
}

/// The same in a sentence: `the IKE_AUTH request`, and `Main Mode 5 of 6`, which is a name.
#[must_use]
pub fn the_step(n: &Negotiation, exchange: u8, position: u8) -> String {
    let step = step(n, exchange, position);
    match step.ends_with(|c: char| c.is_ascii_digit()) {
        true => step,
        false => format!("the {step}"),
    }
}

/// The name users know for where a message stands: `Main Mode 5 of 6`, `IKE_AUTH request`, `Quick Mode 1 of 3`.
#[must_use]
pub fn step(n: &Negotiation, exchange: u8, position: u8) -> String {
    use crate::negotiation::exchange as x;
    use crate::wire::code::{self, Registry};
    let of = |name: &str, total: u8| format!("{name} {position} of {total}");
    match exchange {
        x::MAIN_MODE => of("Main Mode", 6),
        x::AGGRESSIVE => of("Aggressive Mode", 3),
        x::QUICK_MODE => of("Quick Mode", 3),
        x::V1_INFORMATIONAL => "Informational".to_owned(),
        x::TRANSACTION => format!("Transaction {position}"),
        other => {
            let name = code::name(Registry::Exchange, u32::from(other))
                .map_or_else(|| format!("Exchange {other}"), str::to_owned);
            match (n.version, position) {
                (crate::negotiation::Version::V2, 1) => format!("{name} request"),
                (crate::negotiation::Version::V2, 2) => format!("{name} response"),
                _ => format!("{name} {position}"),
            }
        }
    }
}

/// The step of a frame: that of its message, or what else it is.
#[must_use]
pub fn place(case: &Case<'_>, record: &FrameRecord) -> String {
    match record.kind {
        FrameKind::Esp => "ESP".to_owned(),
        FrameKind::Icmp => "ICMP error".to_owned(),
        FrameKind::Keepalive => "NAT keepalive".to_owned(),
        FrameKind::Stranger => "not IKE".to_owned(),
        FrameKind::L2tp => format!("L2TP {}", l2tp(L2tpKind::from_number(record.exchange))),
        FrameKind::Message | FrameKind::Retransmission | FrameKind::Duplicate | FrameKind::Fragment => {
            step(case.n, record.exchange, record.position)
        }
    }
}

/// How far a negotiation came, a clause.
#[must_use]
pub fn reached(n: &Negotiation) -> &'static str {
    match n.progress() {
        Progress::Unanswered => "no answer has come yet",
        Progress::Answered => "the responder has answered",
        Progress::ProposalChosen => "algorithms are agreed",
        Progress::KeysExchanged => "keys were exchanged",
        Progress::Authenticating => "authentication has begun",
        Progress::IkeUp => "the IKE SA is up, no data tunnel yet",
        Progress::ChildUp => "a data tunnel is up",
    }
}

/// How far a negotiation came, a clause.
#[must_use]
pub fn stands(standing: &Standing<'_>) -> &'static str {
    match (standing.ike, standing.child) {
        (_, ChildSa::Up) => "a data tunnel is up",
        (IkeSa::Asking, _) => "no answer has come yet",
        (IkeSa::Negotiating, _) => "the responder has answered",
        (IkeSa::Authenticating, ChildSa::None) => "keys were exchanged",
        (IkeSa::Authenticating, ChildSa::Asked) => "authentication has begun",
        (IkeSa::Up, _) => "the IKE SA is up, no data tunnel yet",
    }
}

/// How a negotiation stands after this message of it: true now, and no verdict.
#[must_use]
pub fn so_far(case: &Case<'_>, event: Option<&Event>) -> String {
    let n = case.n;
    let repeated = event.filter(|e| e.repeat_count() > 0);
    let Some(e) = repeated else {
        return if n.is_ike() {
            reached(n).to_owned()
        } else {
            format!(
                "{} without IKE",
                if n.is_esp_alone() { "ESP" } else { "L2TP in clear," }
            )
        };
    };
    let answered = n
        .events()
        .rfind(|other| other.from != e.from)
        .is_some_and(|other| other.last_time() > e.time);
    let answer = if answered {
        "the other side was heard since the first"
    } else {
        "no answer yet"
    };
    format!("sent {}, {answer}", times(e.copies()))
}

/// Nanoseconds between the first copy of a request and this answer. Only the first answer has it: the responder answers
/// copies of the request as well.
#[must_use]
pub fn response_time(case: &Case<'_>, answer: &Event) -> Option<i64> {
    let request = case.n.answered_by(answer)?;
    let first = (case.n.answer_to(request)).is_some_and(|first| first.frame == answer.frame);
    first.then(|| answer.time.saturating_sub(request.time))
}

/// A line about one side: role, address and ports, product, NAT.
#[must_use]
pub fn peer_line(case: &Case<'_>, role: Role) -> String {
    let p = case.n.peer(role);
    let ports = match (p.port, p.on_4500) {
        (first, true) if first != 4500 => format!(
            "ports {first} and {}",
            if p.last_port == first { 4500 } else { p.last_port }
        ),
        (0, _) => "no port".to_owned(),
        (first, _) => format!("port {first}"),
    };
    let nat = match p.nat {
        Nat::Behind => ", behind NAT (or forcing UDP encapsulation)",
        Nat::Direct => ", no NAT",
        Nat::Unknown => "",
    };
    let spoken = if p.messages == 0 && case.n.is_ike() {
        ", no packets seen from it"
    } else {
        ""
    };
    format!("{}: {}, {ports}{nat}{spoken}", role.name(), peer(case, role))
}

/// Name of an L2TP message: `SCCRQ`, `StopCCN`, `data`.
#[must_use]
pub fn l2tp(kind: L2tpKind) -> String {
    use crate::wire::code::{self, Registry};
    match kind {
        L2tpKind::Control(kind) => code::name(Registry::L2tpMessage, u32::from(kind))
            .map_or_else(|| format!("message {kind}"), str::to_owned),
        L2tpKind::Acknowledgment => "acknowledgment".to_owned(),
        L2tpKind::LoginRefused => "PPP login refused".to_owned(),
        L2tpKind::LinkEnded => "PPP link ended (LCP Terminate-Request)".to_owned(),
        L2tpKind::NetworkUp => "PPP up (address agreed)".to_owned(),
        L2tpKind::Data => "data".to_owned(),
    }
}

/// Why an L2TP tunnel or call ended: the code's meaning, the error's, and the sender's own words.
#[must_use]
pub fn l2tp_reason(l: &L2tp) -> Option<String> {
    use crate::wire::code::{self, Registry};
    let (result, error) = l.reason?;
    let registry = if l.is(kind::CDN) {
        Registry::L2tpCallResult
    } else {
        Registry::L2tpStopResult
    };
    let mut words =
        code::name(registry, u32::from(result)).map_or_else(|| format!("result {result}"), str::to_owned);
    if let Some(error) = error.filter(|&e| e != 0) {
        words += &format!(", error {error}");
    }
    if !l.text.is_empty() {
        words += &format!(": \"{}\"", text::shown_bytes(&l.text));
    }
    Some(words)
}

/// The most values of a list that a sentence names.
const MAX_NAMED: usize = 16;

/// Values of a list, as many as a sentence may name.
#[must_use]
pub fn joined(values: &[String]) -> String {
    let mut text = values
        .iter()
        .take(MAX_NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(more) = values.len().checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// What an ICMP error says.
#[must_use]
pub fn icmp(x: &crate::negotiation::Icmp) -> String {
    use crate::wire::frame::IcmpError as E;
    match (x.error, x.port) {
        (E::PortUnreachable, Some(port)) => format!("UDP port {port} is unreachable"),
        (E::PortUnreachable, None) => "port unreachable".to_owned(),
        (E::HostUnreachable, _) => "host unreachable".to_owned(),
        (E::NetworkUnreachable, _) => "network unreachable".to_owned(),
        (E::ProtocolUnreachable, _) => format!("IP protocol {} is not accepted", x.protocol),
        (E::Prohibited, _) => "prohibited by a filter".to_owned(),
        (E::TooBig(mtu), _) => format!("packet too big, no more than {mtu} bytes pass"),
        (E::TimeExceeded { reassembly: true }, _) => "fragments did not all arrive in time".to_owned(),
        (E::TimeExceeded { reassembly: false }, _) => "too many hops".to_owned(),
        (E::Other(kind, code), _) => format!("type {kind}, code {code}"),
    }
}

/// `error notifications (8) and ICMP errors (2)`; `None` if nothing was left out.
#[must_use]
pub fn omitted(omitted: &Omitted) -> Option<String> {
    let all: Vec<String> = omitted
        .iter()
        .map(|(what, count)| format!("{} ({count})", what.words()))
        .collect();
    (!all.is_empty()).then(|| list(&all))
}

/// Name of a notification.
#[must_use]
pub fn notify(n: &Negotiation, kind: u16) -> String {
    use crate::wire::code;
    let registry = n.version.notifications();
    code::name(registry, u32::from(kind)).map_or_else(|| format!("notification {kind}"), str::to_owned)
}

/// `the encryption differs`, `the encryption and the hash differ`.
#[must_use]
pub fn differ(attributes: &[Attribute]) -> String {
    let names: Vec<&str> = attributes.iter().map(|a| a.words()).collect();
    format!(
        "the {} {}",
        list(&names),
        if names.len() == 1 { "differs" } else { "differ" }
    )
}

/// A capture filter that misses nothing ikewhy uses (pcap-filter syntax).
pub const CAPTURE_FILTER: &str =
    "udp port 500 or udp port 4500 or udp port 1701 or esp or ah or icmp or icmp6 or (ip[6:2] & 0x1fff != 0)";
