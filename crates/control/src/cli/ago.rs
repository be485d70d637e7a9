//! Times for people: how long ago, in one word, which columns of a table and awk survive.

use super::presentation::{self, Shape};
use crate::clock::unix_now;
use api::Time;

/// How long ago a time was: `45s`, `3m`, `5h`, `2d`. With `-o wide`, the time itself.
pub(super) fn since(time: Time) -> String {
    match presentation::chosen().shape {
        Shape::Wide => time.to_string(),
        _ => in_words(unix_now().saturating_sub(time.unix())),
    }
}

/// As [`since`], for a time that may be in the words of a host.
pub(super) fn since_text(time: &str) -> String {
    Time::parse(time).map_or_else(|| time.to_owned(), since)
}

/// How long until a time, or `past`.
pub(super) fn until(time: Time) -> String {
    match time.unix().saturating_sub(unix_now()) {
        _ if presentation::chosen().shape == Shape::Wide => time.to_string(),
        0 => "past".into(),
        seconds => in_words(seconds),
    }
}

fn in_words(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_one_word() {
        for (seconds, words) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (7_199, "1h"),
            (172_800, "2d"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
        assert_eq!(since(Time::at(unix_now() - 180)), "3m");
        assert_eq!(until(Time::at(unix_now() + 90_000)), "1d");
        assert_eq!(until(Time::at(7)), "past");
        assert_eq!(since_text("whenever"), "whenever");
    }
}
