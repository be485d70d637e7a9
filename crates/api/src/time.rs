//! Points in time.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use wire::time::rfc3339;

/// A point in time: whole seconds since 1970, and RFC 3339 in JSON (`2026-11-30T15:00:00Z`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

impl Time {
    /// The time that is this many seconds after 1970.
    pub const fn at(unix: u64) -> Self {
        Self(unix)
    }

    /// Seconds since 1970.
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// Reads what [`Time`] prints: UTC, whole seconds. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let part = |range: std::ops::Range<usize>| -> Option<u64> {
            let digits = text.get(range)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let days = days(part(0..4)?, part(5..7)?, part(8..10)?)?;
        let seconds = part(11..13)? * 3_600 + part(14..16)? * 60 + part(17..19)?;
        let time = Self(days * 86_400 + seconds);
        // This also finds the 31st of February, and anything between the digits.
        (time.to_string() == text).then_some(time)
    }
}

/// The days from 1970 to a date; `None` before 1970.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) {
        return None;
    }
    // Years begin in March, so that the leap day is the last one.
    let year = year.checked_sub(u64::from(month <= 2))?;
    let month = (month + 9) % 12;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    // From 0000-03-01, counted from 1, to 1970-01-01.
    days.checked_sub(719_469)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339(self.0))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("it is not a time as RFC 3339 has it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_printed_time_is_read() {
        for unix in [
            0,
            951_782_400,
            951_868_799,
            1_667_918_318,
            4_107_542_399,
            4_107_542_400,
        ] {
            let time = Time::at(unix);
            assert_eq!(Time::parse(&time.to_string()), Some(time), "{time}");
            let json = serde_json::to_string(&time).unwrap();
            assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), time);
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "2026-02-31T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-30T24:00:00Z",
            "2026-11-30T15:00:00+01:00",
            "2026-11-30 15:00:00Z",
            "é026-11-30T15:00:00Z",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
