//! Daemons' logs -> their decisive lines: what was refused, when, of whom, and why.
//!
//! One file for each daemon: [`charon`] (strongSwan), [`pluto`] (Libreswan), [`iked`] (OpenIKED), [`racoon`] (ipsec-tools, RouterOS),
//! [`cisco`] (IOS, ASA), [`fortigate`], [`l2tp`] (xl2tpd and pppd, beside any of these). Only lines that state
//! a cause are kept, cut and escaped; a log's other lines, and whatever secrets they dump, are not.

mod charon;
mod cisco;
mod fortigate;
mod iked;
mod l2tp;
mod pluto;
mod racoon;

use super::algorithm::Proposal;
use super::{MAX_ENTRIES, MAX_VALUE, MORE, Policy, secret, shown};
use crate::negotiation::notify;
use crate::negotiation::redact::Redact;
use std::net::IpAddr;

/// What a decisive line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words say it
pub enum Cause {
    IkeProposal,
    NoConnection,
    Version,
    Mode,
    /// The peer's connection exists, and none of its kind allows this authentication in this mode.
    NotAllowed {
        aggressive: bool,
    },
    AuthMethod,
    PskMissing,
    PskDiffers,
    Identity,
    Certificate,
    Eap,
    Xauth,
    Address,
    ChildProposal,
    Pfs,
    Selectors,
    /// It answered with selectors that have nothing in common with what was asked for.
    Elsewhere,
    Encapsulation,
    Install,
    /// The user or the peer could not be authenticated in PPP, after IPsec was up.
    Login,
    /// PPP ended, for that or another reason.
    Ppp,
    /// The L2TP server refused the tunnel or call.
    L2tp,
    /// The L2TP server did not answer.
    L2tpSilent,
    /// It received this notification: the peer's word, which is encrypted on the wire.
    Received(u16),
    /// It accepted the peer's proof. Only what is missing after this line says something.
    Authenticated,
}

impl Cause {
    /// Which line counts where several are near: a daemon's own refusal, then what it was told or what followed, then that it went on.
    #[must_use]
    pub fn order(self) -> u8 {
        match self {
            Self::Received(_) | Self::Ppp => 1,
            Self::Authenticated => 2,
            _ => 0,
        }
    }

    /// It is about L2TP or PPP, after IPsec was up.
    #[must_use]
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Login | Self::Ppp | Self::L2tp | Self::L2tpSilent)
    }

    /// A notification about a data tunnel that a daemon says it received. Others stand in clear on the wire or name no cause.
    fn received(name: &str) -> Option<Self> {
        Some(Self::Received(match name {
            "NO_PROPOSAL_CHOSEN" => notify::NO_PROPOSAL_CHOSEN,
            "TS_UNACCEPTABLE" => notify::TS_UNACCEPTABLE,
            "INVALID_ID_INFORMATION" => notify::V1_INVALID_ID_INFORMATION,
            "INTERNAL_ADDRESS_FAILURE" => notify::INTERNAL_ADDRESS_FAILURE,
            _ => return None,
        }))
    }
}

/// One decisive line.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Line, from 1.
    pub line: u32,
    /// When, if the log has times.
    pub time: Option<Stamp>,
    /// Of whom.
    pub peer: Option<IpAddr>,
    /// Of which IKE SA: the initiator's SPI.
    pub spi: Option<u64>,
    /// Of which message that was received: its message ID.
    pub message: Option<u32>,
    /// What it says.
    pub cause: Cause,
    /// The line, shortened and escaped.
    pub text: String,
    /// What the peer had offered, where the log says so.
    pub received: Vec<Proposal>,
    /// What is allowed here, where the log says so.
    pub allowed: Vec<Proposal>,
    /// The selectors that were asked for, own first, where the log says so; [`Cause::Elsewhere`]: asked for and answered.
    pub selectors: Vec<String>,
    /// What differs, where the log says so: names of attributes.
    pub differs: Vec<&'static str>,
    /// The same with the values of both sides and their lines, if the log has them.
    pub detail: String,
    /// Diffie-Hellman groups that are not supported here, where the log says so.
    pub refused_groups: Vec<u16>,
}

impl Entry {
    /// Puts pseudonyms for everything that names somebody.
    pub(super) fn redact(&mut self, d: &mut dyn Redact) {
        let Self {
            peer,
            spi,
            text,
            detail,
            selectors,
            line: _,
            time: _,
            message: _,
            cause: _,
            differs: _,
            received: _,
            allowed: _,
            refused_groups: _,
        } = self;
        if let Some(peer) = peer {
            d.address(peer);
        }
        if let Some(spi) = spi {
            d.spi(spi);
        }
        d.text(text);
        d.text(detail);
        for selector in selectors {
            d.pattern(selector);
        }
    }
}

/// A time as logs have it: the year and the zone are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Seconds since a year began that has a 29 February; since midnight where the log names no day.
    seconds: i64,
    day: bool,
}

/// Days before each month of a leap year.
const DAYS: [i64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
/// Zones differ by multiples of a quarter of an hour, and by at most 14 hours.
const QUARTER: i64 = 900;
/// The seconds of a quarter of an hour.
pub(super) const RING: u32 = 900;
const ZONES: i64 = 14 * 3600;

impl Stamp {
    fn new(month: u32, day: u32, clock: &str) -> Option<Self> {
        let days = DAYS.get(usize::try_from(month.checked_sub(1)?).ok()?)? + i64::from(day) - 1;
        let mut parts = clock.split(['.', ',', '+', 'Z']).next()?.split(':');
        let mut next = || parts.next()?.parse::<u8>().ok().map(i64::from);
        let (h, m, s) = (next()?, next()?, next()?);
        (h < 24 && m < 60 && s < 62 && day < 32).then_some(Self {
            seconds: days * 86_400 + h * 3600 + m * 60 + s,
            day: true,
        })
    }

    /// `Jan  1 12:00:06` or `2026-01-01T12:00:06` at the beginning of a line.
    fn read(line: &str) -> Option<Self> {
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let mut words = line
            .split(|c: char| c.is_ascii_whitespace() || c == 'T')
            .filter(|w| !w.is_empty());
        let first = words.next()?;
        // RouterOS: `17:12:32`, `jan/02 17:12:32`, `jan/02/2026 17:12:32`.
        if first.contains(':') && !first.contains('-') {
            let stamp = Self::new(1, 1, first.trim_end_matches(':'))?;
            return Some(Self { day: false, ..stamp });
        }
        if let Some((month, day)) = first.split_once('/') {
            let month = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(month))?;
            let day = day.split('/').next()?.parse().ok()?;
            return Self::new(u32::try_from(month).ok()? + 1, day, words.next()?);
        }
        if let Some(month) = MONTHS.iter().position(|m| *m == first) {
            let day = words.next()?.parse().ok()?;
            return Self::new(
                u32::try_from(month).ok()? + 1,
                day,
                words.next()?.trim_end_matches(':'),
            );
        }
        let mut date = first.split('-');
        let (_year, month, day) = (date.next()?, date.next()?, date.next()?);
        Self::new(month.parse().ok()?, day.parse().ok()?, words.next()?)
    }

    /// The second within a quarter of an hour, which is the same in all zones.
    pub(super) fn in_ring(self) -> u32 {
        u32::try_from(self.seconds.rem_euclid(QUARTER)).unwrap_or(0)
    }

    /// How many seconds a capture's time is away from it, whatever the zone; `None` if on another day.
    #[must_use]
    pub fn away(self, nanoseconds: i64) -> Option<i64> {
        let seconds = nanoseconds.div_euclid(1_000_000_000);
        let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days since 1970 -> month and day (Howard Hinnant's civil_from_days, public domain).
        let z = days + 719_468;
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5;
        let month = if mp < 10 { mp + 2 } else { mp - 10 };
        let before = DAYS.get(usize::try_from(month).ok()?)?;
        let gap = match self.day {
            true => (before + day) * 86_400 + clock - self.seconds,
            false => clock - self.seconds,
        };
        let off = (gap + QUARTER / 2).rem_euclid(QUARTER) - QUARTER / 2;
        (!self.day || gap.abs() <= ZONES + QUARTER).then_some(off)
    }
}

/// Whose log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Charon,
    Pluto,
    Iked,
    Racoon,
    Cisco,
    FortiGate,
    L2tp,
}

impl Kind {
    /// For sentences.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Charon => "strongSwan's log",
            Self::Pluto => "Libreswan's log",
            Self::Iked => "OpenIKED's log",
            Self::Racoon => "racoon's log",
            Self::Cisco => "Cisco's log",
            Self::FortiGate => "FortiGate's log",
            Self::L2tp => "xl2tpd's log",
        }
    }
}

/// How many lines of a file's beginning are looked at to tell whose log it is.
const BEGINNING: usize = 400;
/// How much of each of them, in bytes.
const HEAD: usize = 512;
/// Shorter lines are of no log.
const SHORT: usize = 8;

/// Whose log it is, from the form of most of its first lines; `None` if it is no log. Comments of a configuration are none.
pub(super) fn kind(text: &str) -> Option<Kind> {
    type IsLine = fn(&str) -> bool;
    const KINDS: [(Kind, IsLine); 6] = [
        (Kind::Charon, |line| charon::thread(line).is_some()),
        (Kind::Cisco, cisco::is_line),
        (Kind::Pluto, pluto::is_line),
        (Kind::Iked, iked::is_line),
        (Kind::FortiGate, fortigate::is_line),
        (Kind::Racoon, racoon::is_line),
    ];
    let beginning = || {
        let lines = text
            .lines()
            .take(BEGINNING)
            .map(|line| super::head(line, HEAD))
            .filter(|line| line.len() >= SHORT);
        lines.filter(|line| !line.trim_start().starts_with(['#', '!']))
    };
    let mut counts = [0_usize; KINDS.len()];
    for line in beginning() {
        let found = KINDS.iter().zip(&mut counts).find(|((_, is), _)| is(line));
        if let Some((_, count)) = found {
            *count += 1;
        }
    }
    // A log of several daemons is the IKE daemon's; where two count the same, the stricter form is listed first.
    let most = KINDS.iter().zip(counts).rev().max_by_key(|&(_, count)| count);
    match most {
        Some(((kind, _), 1..)) => Some(*kind),
        _ => beginning().any(l2tp::is_line).then_some(Kind::L2tp),
    }
}

/// What daemons say as they begin and as they answer; `initiating` alone is said of the peer as well.
const ROLES: [(Kind, [&[&str]; 2]); 6] = [
    (
        Kind::Charon,
        [
            &[
                "] initiating IKE_SA ",
                "] initiating Main Mode ",
                "] initiating Aggressive Mode ",
            ],
            &[" is initiating a"],
        ],
    ),
    (
        Kind::Pluto,
        [
            &[": initiating IKEv"],
            &[
                ": responding to Main Mode",
                ": responding to Aggressive Mode",
                "processing IKE_SA_INIT request",
            ],
        ],
    ),
    (
        Kind::Iked,
        [&[": send IKE_SA_INIT req"], &[": recv IKE_SA_INIT req"]],
    ),
    (
        Kind::Racoon,
        [&["initiate new phase 1"], &["respond new phase 1"]],
    ),
    // States, `(R) MM_KEY_EXCH` of IKEv1 and `(R) MsgID = 00000000 CurState: INIT` of IKEv2.
    (
        Kind::Cisco,
        [
            &["(I) MM_", "(I) AG_", "(I) QM_", "(I) MsgID"],
            &["(R) MM_", "(R) AG_", "(R) QM_", "(R) MsgID"],
        ],
    ),
    (Kind::FortiGate, [&[": initiator"], &[": responder"]]),
];

/// Reads a log.
pub(super) fn read(policy: &mut Policy, kind: Kind, text: &str) {
    match kind {
        Kind::Charon => charon::read(policy, text),
        Kind::Pluto => pluto::read(policy, text),
        Kind::Iked => iked::read(policy, text),
        Kind::Racoon => racoon::read(policy, text),
        Kind::Cisco => cisco::read(policy, text),
        Kind::FortiGate => fortigate::read(policy, text),
        Kind::L2tp => {}
    }
    l2tp::read(policy, text);
    let says = |words: &[&str]| text.lines().any(|line| words.iter().any(|w| line.contains(w)));
    if let Some((_, roles)) = ROLES.iter().find(|(k, _)| *k == kind) {
        policy.roles = roles.map(says);
    }
}

fn push(policy: &mut Policy, entry: Entry) {
    if !is_full(policy) {
        policy.room.entry(&entry);
        policy.entries.push(entry);
    }
}

/// There is no room for a further line: what follows need not be read, and that is said.
fn is_full(policy: &mut Policy) -> bool {
    let full = policy.entries.len() >= MAX_ENTRIES || policy.room.is_full();
    if full {
        let text = format!(
            "only the first {} decisive lines of this log are kept: what follows is not read",
            policy.entries.len()
        );
        policy.note(0, text);
    }
    full
}

fn entry(line: u32, text: &str, cause: Cause) -> Entry {
    Entry {
        line,
        time: Stamp::read(text),
        peer: None,
        spi: None,
        message: None,
        cause,
        text: quoted(text),
        received: Vec::new(),
        allowed: Vec::new(),
        selectors: Vec::new(),
        differs: Vec::new(),
        detail: String::new(),
        refused_groups: Vec::new(),
    }
}

/// Text of a line as it may be shown: short, escaped, and without what may be a secret.
fn quoted(text: &str) -> String {
    let text = text.trim();
    // More than that is not shown; what is cut off is said.
    let whole = super::head(text, 4 * MAX_VALUE);
    let clean = secret::without(whole);
    let mut shown = shown(clean);
    if clean.len() < text.len() && !shown.ends_with(MORE) {
        shown.push_str(MORE);
    }
    shown
}

/// `192.0.2.10[500]`, `192.0.2.10:500`, `[2001:db8::1]:500`, `2001:db8::1[500]`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches(|c: char| matches!(c, ',' | '"' | '(' | ')'));
    if let Some(inner) = text.strip_prefix('[') {
        return inner.split(']').next()?.parse().ok();
    }
    let bare = text.split('[').next()?;
    bare.parse()
        .ok()
        .or_else(|| bare.rsplit_once(':').and_then(|(a, _)| a.parse().ok()))
        .or_else(|| bare.trim_end_matches(':').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_meet_in_any_zone() {
        // 2026-01-01 12:00:06 UTC
        let capture = 1_767_268_806 * 1_000_000_000;
        let away = |line: &str| Stamp::read(line).and_then(|s| s.away(capture));
        assert_eq!(away("Jan  1 12:00:06 13[CFG] x"), Some(0));
        assert_eq!(away("Jan  1 13:00:04.25: x"), Some(2));
        assert_eq!(away("2026-01-01T17:30:06 x"), Some(0));
        assert_eq!(away("Jan  3 12:00:06 x"), None);
        assert_eq!(away("charon: x"), None);
        assert_eq!(away("12:00:07 ipsec,error x"), Some(-1));
        assert_eq!(away("jan/01/2026 14:00:06 ipsec,error x"), Some(0));
        assert_eq!(away("jan/03 12:00:06 ipsec,error x"), None);
    }

    #[test]
    fn a_log_is_whose_most_lines_are() {
        // libreswan 4.10's own words: pluto lists its algorithms when it starts.
        let table = "Jan  1 12:00:06.1: initializing secured heap\n\
            Jan  1 12:00:06.2:   AES_CCM_16         [*128] IKEv1:     ESP     IKEv2:     ESP     FIPS aes_ccm\n\
            Jan  1 12:00:06.3:   3DES_CBC           [*192] IKEv1: IKE ESP     IKEv2: IKE ESP     FIPS 3des\n\
            Jan  1 12:00:07.1: \"lab\" #1: initiating IKEv2 connection\n";
        assert_eq!(kind(table), Some(Kind::Pluto));
        let debug = "Jan  1 12:00:06.123: ISAKMP:(0): processing SA payload. message ID = 0\n\
            Jan  1 12:00:06.124: IKEv2:(SESSION ID = 1,SA ID = 1):Failed to find a matching policy\n";
        assert_eq!(kind(debug), Some(Kind::Cisco));
        assert_eq!(kind("# a configuration\nconn lab\n"), None);
    }

    #[test]
    fn addresses_with_ports() {
        let v4: IpAddr = [192, 0, 2, 10].into();
        for text in ["192.0.2.10[500]", "192.0.2.10:500", "192.0.2.10", "192.0.2.10:"] {
            assert_eq!(address(text), Some(v4), "{text}");
        }
        for text in ["2001:db8::1[500]", "[2001:db8::1]:500", "2001:db8::1"] {
            assert_eq!(address(text), "2001:db8::1".parse().ok(), "{text}");
        }
        assert_eq!(address("lab"), None);
    }
}
