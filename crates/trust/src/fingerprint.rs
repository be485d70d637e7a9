//! Key fingerprints as people read and write them.

use std::{fmt, str::FromStr};

use crate::KeyError;

/// The fingerprint of an OpenPGP key (RFC 9580, section 5.5.4): 20 bytes for
/// version 4, 32 bytes for version 6.
///
/// Shown as upper-case hexadecimal digits without spaces; read in any case and
/// with spaces anywhere.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint(Box<[u8]>);

impl From<&pgp::types::Fingerprint> for Fingerprint {
    fn from(fingerprint: &pgp::types::Fingerprint) -> Self {
        Self(fingerprint.as_bytes().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        decode(text)
            .map(Self)
            .ok_or_else(|| KeyError::NotAFingerprint(text.to_owned()))
    }
}

/// The bytes of 40 or 64 hexadecimal digits, spaces left out.
fn decode(text: &str) -> Option<Box<[u8]>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    matches!(digits.len(), 40 | 64).then(|| {
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

    #[test]
    fn a_fingerprint_is_read_as_gpg_prints_it_and_shown_without_spaces() {
        let spaced = "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567\n";
        let read: Fingerprint = spaced.parse().unwrap();
        assert_eq!(read.to_string(), PLAIN);
        assert_eq!(
            PLAIN.to_ascii_lowercase().parse::<Fingerprint>().unwrap(),
            read
        );
        assert_eq!(
            "ab".repeat(32).parse::<Fingerprint>().unwrap().to_string(),
            "AB".repeat(32)
        );
    }

    #[test]
    fn key_ids_and_other_text_are_no_fingerprints() {
        for text in [
            "",
            "0123456789ABCDEF",
            "xyz",
            &PLAIN.replace('0', "+"),
            &format!("{PLAIN}00"),
        ] {
            assert_eq!(
                text.parse::<Fingerprint>(),
                Err(KeyError::NotAFingerprint(text.to_owned()))
            );
        }
    }
}
