//! Calendar dates for messages.

use std::fmt;

const SECONDS_PER_DAY: u64 = 86_400;

/// A moment in Unix seconds, shown as its date in UTC (YYYY-MM-DD).
pub(crate) struct Date(pub(crate) u64);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0 / SECONDS_PER_DAY);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// The same with the time of day, to the second (RFC 3339).
pub(crate) struct Moment(pub(crate) u64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0 % SECONDS_PER_DAY;
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        write!(
            f,
            "{}T{hour:02}:{minute:02}:{:02}Z",
            Date(self.0),
            second % 60
        )
    }
}

/// How long something lasts, for a person: `3 days`.
pub(crate) struct Span(pub(crate) u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] =
            [(SECONDS_PER_DAY, "days"), (3_600, "hours"), (60, "minutes")];
        // From two on, so that the plural is right.
        let fitting = UNITS.iter().find(|(seconds, _)| self.0 >= 2 * seconds);
        let (seconds, unit) = fitting.unwrap_or(&(1, "seconds"));
        write!(f, "{} {unit}", self.0 / seconds)
    }
}

/// Year, month and day of the Gregorian calendar, from days since 1970-01-01.
///
/// Counted in years that begin in March, so that a leap day is a year's last.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_FROM_YEAR_0_MARCH: u64 = 719_468;
    const DAYS_PER_400_YEARS: u64 = 146_097;
    let days = days + DAYS_FROM_YEAR_0_MARCH;
    let (era, day) = (days / DAYS_PER_400_YEARS, days % DAYS_PER_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_as_utc_dates() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_795_345_474, "2026-11-22"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (u64::from(u32::MAX), "2106-02-07"),
        ] {
            assert_eq!(Date(seconds).to_string(), date);
        }
        assert_eq!(
            Moment(951_782_400 + 3_723).to_string(),
            "2000-02-29T01:02:03Z"
        );
    }

    #[test]
    fn spans_are_shown_in_the_largest_unit_that_fits() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (400 * SECONDS_PER_DAY, "400 days"),
        ] {
            assert_eq!(Span(seconds).to_string(), text);
        }
    }
}
