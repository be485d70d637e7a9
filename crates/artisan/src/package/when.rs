//! When a package says that it was built: the same for each build of the same source.

use crate::failure::Failure;
use std::ffi::OsStr;

/// Sets the time of a whole build (reproducible-builds.org), including its run lines.
pub(crate) const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The last second of the year 9999: a reference has four digits for the year.
pub(crate) const LATEST: u64 = 253_402_300_799;

/// What the environment says, in Unix seconds.
///
/// # Errors
/// When it is not a whole number of seconds. An empty value is what a command leaves that
/// failed, and not taken for none.
pub(crate) fn source_date_epoch() -> Result<Option<u64>, Failure> {
    let value = std::env::var_os(SOURCE_DATE_EPOCH);
    value.map(|value| seconds(&value)).transpose()
}

fn seconds(value: &OsStr) -> Result<u64, Failure> {
    let digits = value.to_str().filter(|text| {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        !text.is_empty() && text.bytes().all(is_digit)
    });
    let number = digits.and_then(|text| text.parse().ok());
    number.filter(|number| *number <= LATEST).ok_or_else(|| {
        Failure::own(format!(
            "{SOURCE_DATE_EPOCH}={}: write whole seconds since 1970, such as `git log -1 --format=%ct` \
             prints, or unset it",
            value.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_are_taken_and_nothing_else() {
        for (text, number) in [
            ("0", 0),
            ("1700000000", 1_700_000_000),
            ("253402300799", LATEST),
        ] {
            assert_eq!(seconds(OsStr::new(text)).unwrap(), number);
        }
        for text in [
            "",
            " 1",
            "1.5",
            "-1",
            "+1",
            "0x10",
            "2023-11-14",
            "253402300800",
            "99999999999999999999",
        ] {
            let error = seconds(OsStr::new(text)).unwrap_err().to_string();
            assert!(error.contains("whole seconds"), "{text:?}: {error}");
        }
    }
}
