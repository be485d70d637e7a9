//! Points in time as text: RFC 3339 in results, RFC 850 in manifests.
//!
//! Times are whole seconds since 1970-01-01T00:00:00Z, without leap seconds.

/// A calendar date and time of day, in UTC.
struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    weekday: usize,
}

const SECONDS_PER_DAY: u64 = 86_400;
const DAYS_PER_ERA: u64 = 146_097;

impl Civil {
    /// Counts in 400-year eras that begin on 1 March, so that the leap day is
    /// the last day of a year and months have a regular pattern.
    fn from_unix(unix: u64) -> Self {
        let days = unix / SECONDS_PER_DAY;
        let second_of_day = unix % SECONDS_PER_DAY;
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468;
        let era = shifted / DAYS_PER_ERA;
        let day_of_era = shifted % DAYS_PER_ERA;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: second_of_day / 3_600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            // 1970-01-01 was a Thursday.
            weekday: usize::try_from((days + 4) % 7).unwrap_or_default(),
        }
    }
}

/// `2022-11-08T14:38:38Z` (RFC 3339).
pub fn rfc3339(unix: u64) -> String {
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = Civil::from_unix(unix);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `Tuesday, 08-Nov-22 14:38:38 UTC` (RFC 850, as Go prints it).
pub fn rfc850(unix: u64) -> String {
    const DAYS: [&str; 7] = [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        weekday,
    } = Civil::from_unix(unix);
    let name = MONTHS[usize::try_from(month - 1).unwrap_or_default()];
    format!(
        "{}, {day:02}-{name}-{:02} {hour:02}:{minute:02}:{second:02} UTC",
        DAYS[weekday],
        year % 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_667_918_318, "2022-11-08T14:38:38Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(unix), text);
        }
    }

    #[test]
    fn manifests_carry_the_day_of_the_week() {
        assert_eq!(rfc850(1_667_918_318), "Tuesday, 08-Nov-22 14:38:38 UTC");
    }
}
