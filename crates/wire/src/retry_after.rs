//! Retry-After (RFC 9110, section 10.2.3): seconds, or a date in one of the
//! three forms of section 5.6.7.

/// How many seconds to wait, at most [`u32::MAX`]; 0 when the value says
/// nothing, or a time that is past. `date` is the answer's own Date, which does
/// not depend on this host's clock; `now`, in unix seconds, stands in for it.
pub fn seconds(value: &str, date: Option<&str>, now: u64) -> u32 {
    let value = value.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        // Digits only, but too many of them.
        Err(_) if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => u64::MAX,
        Err(_) => {
            let sent = date.and_then(unix).unwrap_or(now);
            unix(value).unwrap_or(0).saturating_sub(sent)
        }
    };
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Reads a date in one of its forms, in unix seconds:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, and the obsolete
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
pub fn unix(date: &str) -> Option<u64> {
    let words: Vec<&str> = date
        .split([' ', ',', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    match words[..] {
        [_, day, month, year, time, "GMT"] | [_, month, day, time, year] => {
            Some(days(year, month, day)? * 86_400 + second_of_day(time)?)
        }
        _ => None,
    }
}

/// Days since 1970-01-01. A year of two digits is in this century: no server asks to be left
/// alone until the last one.
fn days(year: &str, month: &str, day: &str) -> Option<u64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = MONTHS
        .find(month)
        .filter(|at| month.len() == 3 && at % 3 == 0)?
        / 3;
    let month = u64::try_from(month).ok()?;
    let year = match year.parse::<u64>().ok()? {
        short @ 0..100 => short + 2_000,
        year @ 1970..10_000 => year,
        _ => return None,
    };
    let day = day
        .parse::<u64>()
        .ok()
        .filter(|day| (1..=31).contains(day))?;
    // Years begin in March, so that the leap day is the last of its year.
    let (years, months) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let leap_days = years / 4 - years / 100 + years / 400;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    (years * 365 + leap_days + (153 * months + 2) / 5 + day - 1).checked_sub(719_468)
}

fn second_of_day(time: &str) -> Option<u64> {
    let fields: Vec<u64> = time
        .split(':')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    match fields[..] {
        [hour @ 0..24, minute @ 0..60, second @ 0..=60] => {
            Some(hour * 3_600 + minute * 60 + second)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_their_forms() {
        for date in [
            "Sun, 06 Nov 2094 08:49:37 GMT",
            "Saturday, 06-Nov-94 08:49:37 GMT",
            "Sat Nov  6 08:49:37 2094",
        ] {
            assert_eq!(unix(date), Some(3_939_871_777), "{date}");
        }
        assert_eq!(unix("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(unix("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
    }

    #[test]
    fn what_is_no_date_says_nothing() {
        for text in [
            "",
            "soon",
            "-5",
            "1.5",
            "Sun, 06 Nov 2094 08:49:37 CET",
            "Sun, 32 Nov 2094 08:49:37 GMT",
            "Sun, 06 anF 2094 08:49:37 GMT",
            "Sun, 06 Nov 2094 24:00:00 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
            "Sun, 06 Nov 1900 08:49:37 GMT",
        ] {
            assert_eq!(seconds(text, None, 5), 0, "{text}");
        }
    }

    #[test]
    fn seconds_and_dates_come_to_the_same() {
        assert_eq!(seconds(" 120 ", None, 0), 120);
        assert_eq!(seconds("99999999999999999999999", None, 0), u32::MAX);
        let (sent, until) = (
            "Thu, 29 Feb 2024 00:00:00 GMT",
            "Thu, 29 Feb 2024 00:02:00 GMT",
        );
        assert_eq!(
            seconds(until, Some(sent), 0),
            120,
            "the host's clock does not matter"
        );
        assert_eq!(seconds(until, None, 1_709_164_800 + 60), 60);
        assert_eq!(seconds(sent, Some(until), 0), 0, "it is past");
    }
}
