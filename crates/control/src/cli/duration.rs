//! Durations on the command line: `45s`, `15m`, `1h`, `7d`.

use std::time::Duration;
use wire::limits::{LONGEST_INTERVAL, SHORTEST_INTERVAL};

/// Reads a duration of at least a second.
///
/// # Errors
/// A sentence that says how to write one.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("write a number and a unit: 45s, 15m, 1h or 7d".into()),
    };
    match number.parse::<u32>() {
        Ok(number @ 1..) => Ok(Duration::from_secs(u64::from(number) * seconds)),
        _ => Err("write a number of at least 1, and a unit: 45s, 15m, 1h or 7d".into()),
    }
}

/// Reads the time between pings, which may be shorter than a second: `250ms`.
///
/// # Errors
/// As [`parse`], or when agents would not accept it.
pub(super) fn parse_interval(text: &str) -> Result<Duration, String> {
    let interval = match text.strip_suffix("ms").map(str::parse::<u32>) {
        Some(Ok(number @ 1..)) => Duration::from_millis(number.into()),
        _ => parse(text)?,
    };
    let bounds = [SHORTEST_INTERVAL, LONGEST_INTERVAL].map(|bound| bound.unsigned_abs().into());
    if (bounds[0]..=bounds[1]).contains(&interval.as_nanos()) {
        return Ok(interval);
    }
    Err("agents ping at least once a day, and at most every 100ms".into())
}

/// Reads how long something is kept: a duration, or `forever`.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_kept(text: &str) -> Result<Kept, String> {
    match text {
        "forever" => Ok(Kept(None)),
        _ => match parse(text) {
            Ok(kept) => Ok(Kept(Some(kept))),
            Err(why) => Err(format!("{why}, or `forever`")),
        },
    }
}

/// How long something is kept; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept(pub(super) Option<Duration>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        assert_eq!(parse("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("2d"), Ok(Duration::from_secs(172_800)));
        for text in ["", "5", "s", "0s", "-1s", "1.5h", "5 m", "99999999999s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_kept_has_an_end_or_none() {
        assert_eq!(parse_kept("forever"), Ok(Kept(None)));
        let two_days = Duration::from_secs(172_800);
        assert_eq!(parse_kept("2d"), Ok(Kept(Some(two_days))));
        assert!(parse_kept("").is_err() && parse_kept("never").is_err());
    }

    #[test]
    fn an_interval_may_be_shorter_than_a_second() {
        assert_eq!(parse_interval("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_interval("15s"), Ok(Duration::from_secs(15)));
        assert_eq!(parse_interval("1d"), Ok(Duration::from_secs(86_400)));
        for text in ["0ms", "ms", "1.5ms", "99ms", "2d", "25h"] {
            assert!(parse_interval(text).is_err(), "{text}");
        }
    }
}
