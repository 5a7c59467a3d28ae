//! When a line was logged, as far as logs say.

use crate::wire::moment::Moment;

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

    /// When a line was logged, before anybody asks what it says: its clock stands at its beginning, or behind a number or a name
    /// and a colon. One that was never set begins with `*` (Cisco).
    pub(super) fn of(line: &str) -> Option<Self> {
        let mut rest = line.trim_start();
        for _ in 0..3 {
            if let Some(stamp) = Self::read(rest.trim_start_matches(['*', '.', '['])) {
                return Some(stamp);
            }
            rest = rest.split_once(": ")?.1;
        }
        None
    }

    /// `Jan  1 12:00:06` or `2026-01-01T12:00:06` at the beginning of a line.
    pub(super) fn read(line: &str) -> Option<Self> {
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
        let moment = Moment::of(nanoseconds);
        let before = DAYS.get(usize::try_from(moment.month - 1).ok()?)?;
        let (days, clock) = (before + moment.day - 1, moment.clock);
        let gap = match self.day {
            true => days * 86_400 + clock - self.seconds,
            false => clock - self.seconds,
        };
        let off = (gap + QUARTER / 2).rem_euclid(QUARTER) - QUARTER / 2;
        (!self.day || gap.abs() <= ZONES + QUARTER).then_some(off)
    }
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
        let behind = Stamp::of("000123: *Jan  1 12:00:06.123: ISAKMP").and_then(|s| s.away(capture));
        assert_eq!(behind, Some(0));
        assert_eq!(away("12:00:07 ipsec,error x"), Some(-1));
        assert_eq!(away("jan/01/2026 14:00:06 ipsec,error x"), Some(0));
        assert_eq!(away("jan/03 12:00:06 ipsec,error x"), None);
    }
}
