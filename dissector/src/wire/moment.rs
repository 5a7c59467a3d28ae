//! A capture's clock as people write it: UTC.

use std::fmt;

/// Days from 1 March of the year 0 to 1 January 1970, in the calendar of today carried backwards.
const BEFORE_1970: i64 = 719_468;
/// Days of 400, 100 and 4 years of that calendar, which begin with March, so that a leap day ends them.
const ERA: i64 = 146_097;
const CENTURY: i64 = 36_524;
const FOUR_YEARS: i64 = 1460;
const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000_000;

/// A moment of UTC. Every time of a capture has one: 64 bits of nanoseconds reach from 1677 to 2262.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Year.
    pub year: i64,
    /// Month, from 1.
    pub month: i64,
    /// Day, from 1.
    pub day: i64,
    /// Seconds since midnight.
    pub clock: i64,
    nanoseconds: i64,
}

impl Moment {
    /// The moment so many nanoseconds after 1970 began.
    #[must_use]
    pub fn of(nanoseconds: i64) -> Self {
        let seconds = nanoseconds.div_euclid(SECOND);
        let (year, month, day) = civil(seconds.div_euclid(DAY));
        Self {
            year,
            month,
            day,
            clock: seconds.rem_euclid(DAY),
            nanoseconds: nanoseconds.rem_euclid(SECOND),
        }
    }

    /// `12:00:06`.
    #[must_use]
    pub fn time(self) -> String {
        let (hours, minutes, seconds) = (self.clock / 3600, self.clock / 60 % 60, self.clock % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    }

    /// RFC 3339, with microseconds: `2026-01-01T12:00:06.250000Z`. Documents have some for each negotiation, so its digits are
    /// written one by one, which takes much less than formatting them.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let mut text = String::with_capacity("2026-01-01T12:00:06.250000Z".len());
        let mut digits = |number: i64, place: i64, end| {
            let mut place = place;
            while place > 0 {
                // One digit.
                text.push(char::from(b'0' + (number / place % 10) as u8));
                place /= 10;
            }
            text.push(end);
        };
        digits(self.year, 1000, '-');
        digits(self.month, 10, '-');
        digits(self.day, 10, 'T');
        digits(self.clock / 3600, 10, ':');
        digits(self.clock / 60 % 60, 10, ':');
        digits(self.clock % 60, 10, '.');
        digits(self.nanoseconds / 1000, 100_000, 'Z');
        text
    }
}

/// Days since 1970 -> year, month and day (Howard Hinnant's `civil_from_days`, public domain).
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + BEFORE_1970;
    let of_era = days.rem_euclid(ERA);
    let years = (of_era - of_era / FOUR_YEARS + of_era / CENTURY - of_era / (ERA - 1)) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    (
        years + days.div_euclid(ERA) * 400 + i64::from(month <= 2),
        month,
        day,
    )
}

/// Year, month and day -> days since 1970 (`days_from_civil`, likewise).
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let years = year.rem_euclid(400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    year.div_euclid(400) * ERA + 365 * years + years / 4 - years / 100 + of_year - BEFORE_1970
}

/// `2026-01-01 12:00:06 UTC`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, .. } = self;
        write!(f, "{year:04}-{month:02}-{day:02} {} UTC", self.time())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_what_date_says() {
        // `date -u -d @SECONDS +%FT%TZ`
        for (seconds, said) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_767_268_806, "2026-01-01T12:00:06.000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.000000Z"),
        ] {
            assert_eq!(Moment::of(seconds * SECOND).rfc3339(), said);
        }
        assert_eq!(Moment::of(1_500_000_000).to_string(), "1970-01-01 00:00:01 UTC");
        assert_eq!(Moment::of(i64::MIN).rfc3339(), "1677-09-21T00:12:43.145224Z");
        assert_eq!(Moment::of(i64::MAX).rfc3339(), "2262-04-11T23:47:16.854775Z");
    }

    #[test]
    fn days_and_dates_are_turned_into_each_other() {
        for day in (-200_000..200_000).step_by(7) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!((civil(0), days(2000, 2, 29)), ((1970, 1, 1), 11_016));
    }
}
