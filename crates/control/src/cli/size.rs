//! Sizes on the command line: `65536`, `512K`, `200M`, `4G`.

use std::str::FromStr;

/// Reads a number of bytes.
///
/// # Errors
/// A sentence that says how to write one.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let (number, shift) = match text.as_bytes().last() {
        Some(b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        Some(b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: Option<u64> = number.parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| "write a number of bytes, or one with a unit: 512K, 200M or 4G".into())
}

/// Reads a number of bytes below 4 GiB.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_u32(text: &str) -> Result<u32, String> {
    let bytes = parse(text)?;
    bytes
        .try_into()
        .map_err(|_| "write a size below 4G".to_owned())
}

/// Reads a size in MiB, which may have a unit too.
///
/// # Errors
/// As [`parse`]; also when it is no whole number of MiB.
pub(super) fn parse_mebibytes(text: &str) -> Result<u64, String> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => parse(text),
        false => match parse(text)? {
            bytes if bytes % (1 << 20) == 0 => Ok(bytes >> 20),
            _ => Err("write a whole number of MiB: 200, 200M or 4G".into()),
        },
    }
}

/// Reads a count.
///
/// # Errors
/// A sentence that says how to write it.
pub(super) fn count<T: FromStr>(text: &str) -> Result<T, String> {
    let count = text.parse();
    count.map_err(|_| "write a number, without a unit".to_owned())
}

/// A number of bytes for people.
pub(super) fn in_words(bytes: u64) -> String {
    let (shift, unit) = match bytes {
        0..0x400 => return format!("{bytes} B"),
        0x400..0x10_0000 => (10, "KiB"),
        0x10_0000..0x4000_0000 => (20, "MiB"),
        _ => (30, "GiB"),
    };
    // In tenths; sizes stay far below 2^60.
    let tenths = (bytes * 10) >> shift;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_in_words_has_three_digits_or_so() {
        for (bytes, words) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 KiB"),
            (300 << 20, "300.0 MiB"),
            (5 << 30, "5.0 GiB"),
        ] {
            assert_eq!(in_words(bytes), words);
        }
    }

    #[test]
    fn a_size_is_bytes_or_has_a_unit() {
        assert_eq!(parse("65536"), Ok(65_536));
        assert_eq!(parse("200M"), Ok(200 << 20));
        assert_eq!(parse("4G"), Ok(4 << 30));
        assert_eq!(parse_u32("64K"), Ok(65_536));
        assert_eq!(parse_mebibytes("512"), Ok(512));
        assert_eq!(parse_mebibytes("1G"), Ok(1_024));
        assert!(parse_mebibytes("64K").is_err() && parse_mebibytes("").is_err());
        assert!(parse_u32("4G").is_err() && count::<u32>("1K").is_err());
        for text in [
            "",
            "M",
            "-1",
            "1.5G",
            "4 G",
            "4g",
            "99999999999999999999",
            "99999999999G",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
