//! When a line was logged, as far as logs say: in the shapes in which daemons, syslog, journals, containers and routers print it.
//!
//! Shapes: RFC 3164 and 5424, ISO 8601, `strftime` of daemons, the manuals of systemd, Docker, Cisco (`service timestamps`), FortiOS
//! and MikroTik. Months in other languages are the short names (`abmon`) of glibc's locales.

use super::text::{halves, head};
use crate::wire::moment::{civil, days};

/// A time as logs have it: year, day and zone stand in some of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    year: Option<i32>,
    /// Month and day.
    date: Option<(u8, u8)>,
    /// Month and day may be meant the other way round: `05/06/2026`.
    either: bool,
    /// Seconds since midnight.
    clock: u32,
    /// Seconds east of UTC.
    zone: Option<i32>,
    /// The clock was perhaps never set (Cisco's `*`).
    unset: bool,
}

/// How far a line is away from a packet, and what its clock differs by from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Seconds from the line to the packet.
    pub away: i64,
    /// Seconds by which the log's clock is ahead of UTC, if it does not say so itself: a multiple of a quarter of an hour.
    pub zone: Option<i64>,
}

/// Zones differ by multiples of a quarter of an hour, and by at most 14 hours.
const QUARTER: i64 = 900;
/// The seconds of a quarter of an hour.
pub(super) const RING: u32 = 900;
const ZONES: i64 = 14 * 3600;
const DAY: i64 = 86_400;
/// A line's clock stands before so many bytes, and within so many words.
const HEAD: usize = 160;
const WORDS: usize = 12;
/// Behind one clock, that of a relay, another one may stand within so many words.
const INNER: usize = 4;
/// Seconds since 1970 of the years 2001 to 2049.
const EPOCH: std::ops::Range<u64> = 978_307_200..2_524_608_000;

/// Short names of months, by month.
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "janv", "ene", "gen"],
    &["feb", "february", "fév", "févr", "fev"],
    &["mar", "march", "mär", "mrz", "mars", "mrt"],
    &["apr", "april", "avr", "avril", "abr"],
    &["may", "mai", "mei", "mag", "maio"],
    &["jun", "june", "juni", "juin", "giu"],
    &["jul", "july", "juli", "juil", "lug"],
    &["aug", "august", "août", "ago"],
    &["sep", "september", "sept", "set"],
    &["oct", "october", "okt", "ott", "out"],
    &["nov", "november"],
    &["dec", "december", "dez", "déc", "dic"],
];

impl Stamp {
    /// When a line was logged, before anybody asks what it says. Before its clock may stand what `grep`, a relay, a container's
    /// runtime or a numbering puts there; of two clocks the one that says most counts, else the second, which is the daemon's.
    pub(super) fn of(line: &str) -> Option<Self> {
        let line = head(line, HEAD);
        if let Some((_, nanoseconds)) = halves(line, "eventtime=") {
            return epoch(nanoseconds).map(|(stamp, _)| stamp);
        }
        let mut found: Option<Self> = None;
        let (mut words, mut at) = (0, 0);
        while words < WORDS {
            let rest = line.get(at..)?;
            // A word, or what follows a sign in it.
            let Some(begin) = rest.find(|c: char| c.is_alphanumeric()) else {
                break;
            };
            let before = rest.get(..begin).unwrap_or_default();
            words += usize::from(at == 0 || before.contains(char::is_whitespace));
            // What a quote or a group of a daemon begins is its text.
            if before.contains('"') && words > 2 {
                break;
            }
            let here = rest.get(begin..).unwrap_or_default();
            let first = found.is_none();
            // Further on in an address no date begins: `10.1.2.26 12:00:06`.
            let inside = at > 0 && before == ".";
            match Self::read(here, first && words <= 3).filter(|_| !inside) {
                Some((stamp, after)) => {
                    let unset = before.ends_with('*');
                    let stamp = Self { unset, ..stamp };
                    // The day on which Cisco's clock begins that was never set.
                    let never = unset && stamp.date == Some((3, 1));
                    if never {
                        return None;
                    }
                    match found {
                        None => found = Some(stamp),
                        Some(outer) if stamp.date.is_some() => {
                            return Some(if outer.is_exact() && !stamp.is_exact() {
                                outer
                            } else {
                                stamp
                            });
                        }
                        Some(outer) => return Some(outer),
                    }
                    words = WORDS - INNER;
                    at += begin + (here.len() - after.len());
                }
                None => {
                    let word = here.find(|c: char| !c.is_alphanumeric()).unwrap_or(here.len());
                    at += begin + word;
                }
            }
        }
        found
    }

    /// Year and zone are known.
    fn is_exact(&self) -> bool {
        self.year.is_some() && self.zone.is_some()
    }

    /// A time at the beginning of a text, and what follows it. `bare`: it may be a clock alone, or seconds since 1970.
    fn read(text: &str, bare: bool) -> Option<(Self, &str)> {
        let dated = || {
            iso(text)
                .or_else(|| numbers(text))
                .or_else(|| named(text))
                .or_else(|| day_first(text))
        };
        let alone = || {
            let (clock, after) = clock(text)?;
            // `00:27:07: ` is the time since a router was started (Cisco, `service timestamps debug uptime`).
            (!after.starts_with(':')).then_some((Self::new(None, None, clock), after))
        };
        let (stamp, after) = dated().or_else(|| bare.then(|| epoch(text).or_else(alone))?)?;
        if stamp.zone.is_some() {
            return Some((stamp, after));
        }
        let (zone, after) = zone(after);
        Some((Self { zone, ..stamp }, after))
    }

    fn new(year: Option<i32>, date: Option<(u8, u8)>, clock: u32) -> Self {
        Self {
            year,
            date,
            either: false,
            clock,
            zone: None,
            unset: false,
        }
    }

    /// The clock was perhaps never set, so that a time far away says nothing.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        self.unset
    }

    /// The second within a quarter of an hour, which is the same in all zones.
    pub(super) fn in_ring(self) -> u32 {
        let seconds = i64::from(self.clock) - i64::from(self.zone.unwrap_or(0));
        u32::try_from(seconds.rem_euclid(QUARTER)).unwrap_or(0)
    }

    /// For the order of lines: it is later than another one of the same shape.
    pub(super) fn is_after(self, other: Self) -> Option<bool> {
        let key = |s: Self| (s.year, s.date, s.clock);
        let alike =
            self.year.is_some() == other.year.is_some() && self.date.is_some() == other.date.is_some();
        (alike && key(self) != key(other)).then(|| key(self) > key(other))
    }

    /// Where it meets a capture's time: by its own zone and year, else in any; `None` if on another day.
    #[must_use]
    pub fn meets(self, nanoseconds: i64) -> Option<Meeting> {
        let now = nanoseconds.div_euclid(1_000_000_000);
        let gap = self.gap(now)?;
        if let Some(zone) = self.zone {
            let away = gap + i64::from(zone);
            return (away.abs() <= DAY / 2).then_some(Meeting { away, zone: None });
        }
        let away = (gap + QUARTER / 2).rem_euclid(QUARTER) - QUARTER / 2;
        let zone = away - gap;
        (zone.abs() <= ZONES).then_some(Meeting {
            away,
            zone: Some(zone),
        })
    }

    /// How many seconds a capture's time is away from it, whatever the zone.
    #[must_use]
    pub fn away(self, nanoseconds: i64) -> Option<i64> {
        self.meets(nanoseconds).map(|m| m.away)
    }

    /// Seconds from it to a capture's time, as if its clock were UTC: the least, where year or day are not known.
    fn gap(self, now: i64) -> Option<i64> {
        let clock = i64::from(self.clock);
        let Some((month, day)) = self.date else {
            let gap = now.rem_euclid(DAY) - clock;
            return Some((gap + DAY / 2).rem_euclid(DAY) - DAY / 2);
        };
        let (this, ..) = civil(now.div_euclid(DAY));
        let years = match self.year {
            Some(year) => i64::from(year)..=i64::from(year),
            None => this - 1..=this + 1,
        };
        let at = |year, month: u8, day: u8| now - days(year, month.into(), day.into()) * DAY - clock;
        let both = |year| {
            let turned = self.either.then(|| at(year, day, month));
            [Some(at(year, month, day)), turned].into_iter().flatten()
        };
        years.flat_map(both).min_by_key(|gap| gap.abs())
    }
}

/// A number of so many digits at the beginning of a text, and what follows it.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    digits
        .contains(&end)
        .then(|| number.parse().ok())?
        .map(|n| (n, rest))
}

/// `06:12:16`, with a fraction or half of the day: seconds since midnight.
fn clock(text: &str) -> Option<(u32, &str)> {
    let (h, rest) = number(text, 1..=2)?;
    let (m, rest) = number(rest.strip_prefix(':')?, 2..=2)?;
    let (s, rest) = number(rest.strip_prefix(':')?, 2..=2)?;
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            fraction.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => rest,
    };
    let half = rest.trim_start();
    let is = |word: &str| head(half, word.len()).eq_ignore_ascii_case(word);
    let (h, rest) = match h {
        1..=12 if is("AM") || is("a.m.") => (h % 12, half.get(2..)?),
        1..=12 if is("PM") || is("p.m.") => (h % 12 + 12, half.get(2..)?),
        _ => (h, rest),
    };
    (h < 24 && m < 60 && s < 62).then_some((h * 3600 + m * 60 + s, rest))
}

/// What stands between a date and its clock.
fn between(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', ',', 'T', '_', ':'])
}

fn dated(year: Option<u32>, month: u32, day: u32, clock: u32) -> Option<Stamp> {
    let date = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let good = (1..=12).contains(&month) && (1..=31).contains(&day);
    let year = match year {
        Some(year) => Some(i32::try_from(year).ok().filter(|y| (1980..2200).contains(y))?),
        None => None,
    };
    good.then(|| Stamp::new(year, Some(date), clock))
}

/// `2026-01-01T12:00:06`, also with blanks, slashes or dots; FortiOS: `date=2026-01-01 time=12:00:06`.
fn iso(text: &str) -> Option<(Stamp, &str)> {
    let text = text.strip_prefix("date=").unwrap_or(text);
    let (year, rest) = number(text, 4..=4)?;
    let sign = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (month, rest) = number(rest.get(1..)?, 1..=2)?;
    let (day, rest) = number(rest.strip_prefix(sign)?, 1..=2)?;
    let rest = between(rest);
    let (seconds, rest) = clock(rest.strip_prefix("time=").unwrap_or(rest))?;
    Some((dated(Some(year), month, day, seconds)?, rest))
}

/// `12/26/2026 6:12:16 AM`, `26.12.2026 06:12:16`, `26-12-2026 06:12:16`; Android's logcat: `12-26 06:12:16.345`.
fn numbers(text: &str) -> Option<(Stamp, &str)> {
    let (first, rest) = number(text, 1..=2)?;
    let sign = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (second, rest) = number(rest.get(1..)?, 1..=2)?;
    let (year, rest) = match rest.strip_prefix(sign).and_then(|rest| number(rest, 2..=4)) {
        Some((year, rest)) => (Some(if year < 100 { year + 2000 } else { year }), rest),
        None if sign == '-' => (None, rest),
        None => return None,
    };
    let (seconds, rest) = clock(between(rest))?;
    let day_first = first > 12 || (sign == '.' && year.is_some());
    let (month, day) = if day_first {
        (second, first)
    } else {
        (first, second)
    };
    let stamp = dated(year, month, day, seconds)?;
    // Which of the two is the month, no such date says.
    let either = !day_first && year.is_some() && day <= 12;
    Some((Stamp { either, ..stamp }, rest))
}

/// A month's name at the beginning of a text.
fn month(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    if !(3..=10).contains(&end) {
        return None;
    }
    let word = word.to_lowercase();
    let at = MONTHS.iter().position(|names| names.contains(&word.as_str()))?;
    Some((
        u32::try_from(at).ok()? + 1,
        rest.strip_prefix('.').unwrap_or(rest),
    ))
}

/// `Jan  1 12:00:06`, `Jan 01 2026 12:00:06`, `Jan  1 12:00:06 2026`; RouterOS: `jan/02 12:00:06`, `jan/02/2026 12:00:06`.
fn named(text: &str) -> Option<(Stamp, &str)> {
    // Behind most words no day follows, so they need not be looked up.
    let behind = text.trim_start_matches(char::is_alphabetic);
    behind
        .trim_start_matches(['.', ' ', '/', '-'])
        .chars()
        .next()
        .filter(char::is_ascii_digit)?;
    let (month, rest) = month(text)?;
    let (day, rest) = number(rest.trim_start_matches([' ', '/', '-']), 1..=2)?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let (year, rest) = match number(rest.trim_start_matches([' ', ',', '/', '-']), 4..=4) {
        Some((year, rest)) => (Some(year), rest),
        None => (None, rest),
    };
    let (seconds, rest) = clock(between(rest))?;
    // As `date` and logread print it: the zone, if any, and the year behind the clock.
    let behind = |text: &str| {
        let (year, rest) = number(text.strip_prefix(' ')?, 4..=4)?;
        (rest.is_empty() || rest.starts_with([' ', ':', ']'])).then_some(year)
    };
    let (offset, after) = zone(rest);
    let (year, rest) = match (year, behind(after)) {
        (None, Some(year)) => (Some(year), after.get(5..).unwrap_or_default()),
        (year, _) => (year, rest),
    };
    let stamp = dated(year, month, day, seconds)?;
    Some((
        Stamp {
            zone: offset,
            ..stamp
        },
        rest,
    ))
}

/// `26 Dec 2026 06:12:16`, `26. Dez 06:12:16`, `26/Dec/2026:06:12:16`.
fn day_first(text: &str) -> Option<(Stamp, &str)> {
    let (day, rest) = number(text, 1..=2)?;
    let (month, rest) = month(rest.trim_start_matches(['.', ' ', '-', '/']))?;
    let rest = rest.trim_start_matches([' ', '-', '/']);
    let (year, rest) = match number(rest, 4..=4) {
        Some((year, rest)) => (Some(year), rest),
        None => (None, rest),
    };
    let (seconds, rest) = clock(between(rest))?;
    Some((dated(year, month, day, seconds)?, rest))
}

/// Seconds since 1970, with a fraction; or as many thousandths, millionths or billionths.
fn epoch(text: &str) -> Option<(Stamp, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let unit = match end {
        10 => 1,
        13 => 1000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    let seconds = digits.parse::<u64>().ok()? / unit;
    if !EPOCH.contains(&seconds) {
        return None;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    if rest.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let seconds = i64::try_from(seconds).ok()?;
    let (day, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(day);
    let date = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let stamp = Stamp::new(i32::try_from(year).ok(), Some(date), u32::try_from(clock).ok()?);
    Some((
        Stamp {
            zone: Some(0),
            ..stamp
        },
        rest,
    ))
}

/// A zone behind a clock, in seconds east of UTC: `Z`, `+01:00`, ` +0100`, ` UTC`, ` CET`. Other names mean different zones in
/// different countries.
fn zone(text: &str) -> (Option<i32>, &str) {
    const NAMES: [(&str, i32); 5] = [("Z", 0), ("UTC", 0), ("GMT", 0), ("CEST", 7200), ("CET", 3600)];
    let bare = text.strip_prefix(' ').unwrap_or(text);
    for (name, offset) in NAMES {
        if let Some(rest) = bare.strip_prefix(name)
            && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '/')
        {
            return (Some(offset), rest);
        }
    }
    let sign = match bare.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return (None, text),
    };
    let read = |text| {
        let (number, rest) = number(text, 2..=4)?;
        let (hours, minutes, rest) = match rest.strip_prefix(':').and_then(|rest| self::number(rest, 2..=2)) {
            Some((minutes, rest)) if number < 100 => (number, minutes, rest),
            _ if number < 100 && text.len() - rest.len() == 2 => (number, 0, rest),
            _ => (number / 100, number % 100, rest),
        };
        let whole = !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '.'));
        (whole && hours <= 14 && minutes < 60).then_some((hours * 3600 + minutes * 60, rest))
    };
    match bare.get(1..).and_then(read) {
        Some((offset, rest)) => (i32::try_from(offset).ok().map(|o| sign * o), rest),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01 12:00:06 UTC.
    const CAPTURE: i64 = 1_767_268_806 * 1_000_000_000;

    fn away(line: &str) -> Option<i64> {
        Stamp::of(line).and_then(|s| s.away(CAPTURE))
    }

    #[test]
    fn times_meet_in_any_zone() {
        assert_eq!(away("Jan  1 12:00:06 13[CFG] x"), Some(0));
        assert_eq!(away("Jan  1 13:00:04.25: x"), Some(2));
        assert_eq!(away("2026-01-01T17:30:06 x"), Some(0));
        assert_eq!(away("Jan  3 12:00:06 x"), None);
        assert_eq!(away("charon: x"), None);
        assert_eq!(away("000123: *Jan  1 12:00:06.123: ISAKMP"), Some(0));
        assert_eq!(away("12:00:07 ipsec,error x"), Some(-1));
        assert_eq!(away("jan/01/2026 14:00:06 ipsec,error x"), Some(0));
        assert_eq!(away("jan/03 12:00:06 ipsec,error x"), None);
    }

    #[test]
    fn every_shape_is_read() {
        for line in [
            "<30>Jan  1 12:00:06 gw charon: 13[IKE] x",
            "<30>1 2026-01-01T12:00:06.345Z gw charon 51742 - - 13[IKE] x",
            "Jan 01 12:00:06.345678 gw charon[1]: x",
            "2026-01-01T13:00:06+0100 gw charon[1]: x",
            "Thu 2026-01-01 12:00:06 UTC gw charon[1]: x",
            "2026-01-01T13:00:06.345678+01:00 gw pluto[1]: x",
            "Thu Jan  1 12:00:06 2026 daemon.info : 13[IKE] x",
            "Thu Jan  1 13:00:06 CET 2026 daemon.info : 13[IKE] x",
            "vpn-1  | 2026-01-01T12:00:06.123456789Z 13[IKE] x",
            "2026-01-01T12:00:06.123456789Z stderr F 13[IKE] x",
            "[pod/vpn-0/charon] 2026-01-01T12:00:06Z 13[IKE] x",
            "2026-01-01 12:00:06\tDaemon.Info\t198.51.100.20\tcharon: x",
            "1767268806 13[IKE] x",
            "1767268806.345678 gw charon: x",
            "<134>1 1767268806.337961231 MX84 events x",
            "1767268806345678 13[IKE] x",
            "01/01/2026 12:00:06 13[IKE] x",
            "1/1/2026 12:00:06 PM x",
            "01.01.2026 12:00:06 x",
            "1. Jan 12:00:06 gw charon: x",
            "01/Jan/2026:12:00:06 +0000 x",
            "janv. 1 12:00:06 gw charon: x",
            "ene 01 12:00:06 gw charon: x",
            "[2026-01-01 12:00:06] 13[IKE] x",
            "syslog.1:42:Jan  1 12:00:06 gw charon: x",
            "Jan 01 2026 12:00:06: %ASA-3-713061: x",
            "Jan  1 2026 13:00:06.345 CET: ISAKMP:(0): x",
            "<189>45: rtr: 000123: Jan  1 12:00:06.345: %CRYPTO-4-X: x",
            "Jan  1 12:00:09 relay.example Jan  1 12:00:06 gw charon: x",
            "date=2026-01-01 time=12:00:06 devname=fw",
            "date=2026-01-01 time=04:00:06 eventtime=1767268806123456789 tz=\"-0800\"",
            "01-01 12:00:06.345  1234  1300 D IKE : x",
            "2026-01-01 12:00:06.123 +0000  [PNTF]: x",
        ] {
            assert_eq!(away(line), Some(0), "{line}: {:?}", Stamp::of(line));
        }
    }

    #[test]
    fn a_zone_and_a_year_that_are_said_count() {
        assert_eq!(away("2026-01-01T12:00:06+01:00 x"), Some(3600));
        assert_eq!(away("2025-01-01T12:00:06Z x"), None);
        assert_eq!(away("2025-01-01 12:00:06 x"), None);
        assert_eq!(away("Jan 01 2024 12:00:06: %ASA-3-713061: x"), None);
        let zone = |line: &str| {
            Stamp::of(line)
                .and_then(|s| s.meets(CAPTURE))
                .and_then(|m| m.zone)
        };
        assert_eq!(zone("Jan  1 13:00:04 x"), Some(3600));
        assert_eq!(zone("2026-01-01T12:00:06Z x"), None);
    }

    #[test]
    fn a_log_runs_over_new_year() {
        // 2025-12-31 23:59:58 UTC
        let before = 1_767_225_598 * 1_000_000_000;
        let away = |line: &str| Stamp::of(line).and_then(|s| s.away(before));
        assert_eq!(away("Jan  1 00:59:58 gw charon: x"), Some(0));
        assert_eq!(away("Jan  1 00:00:01 gw charon: x"), Some(-3));
    }

    #[test]
    fn what_is_no_time_of_day_is_none() {
        for line in [
            "00:27:07: ISAKMP:(0):atts are not acceptable.",
            "1d03h: ISAKMP:(0):no offers accepted!",
            "*Mar  1 00:00:07.123: ISAKMP:(0):no offers accepted!",
            "[ 1234.567890] gw charon: x",
            "13[IKE] lifetime of 12:00:06 and more words that follow",
            "2001:db8::1 is initiating an IKE_SA",
            "parsed QUICK_MODE request 1514232062 [ HASH SA No ]",
            "gateway at 10.1.2.26 12:00:06 x",
        ] {
            assert_eq!(Stamp::of(line), None, "{line}");
        }
    }
}
