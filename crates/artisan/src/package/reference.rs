//! The reference that names a package's two files.

use crate::failure::Failure;
use std::fmt;
use std::str::FromStr;
use wire::PackageName;
use wire::encoding::hex;
use wire::labelled::{Labelled, sha256};
use wire::time::rfc3339;

/// `YYYYMMDDhhmmssmmm-` and ten hexadecimal digits, of a hash of what the package is. One
/// that came from elsewhere is used in paths, so it has letters, digits and `-` only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference(String);

const MAX_LENGTH: usize = 64;

impl Reference {
    /// The reference of a package of this time and name, whose archive and manifest have,
    /// without a reference, this digest. A registry keeps one signature for a reference and
    /// each tag needs its own, so the tag counts; the registry does not.
    pub(crate) fn of(time_ms: u64, name: &PackageName, digest: &str) -> Self {
        let what = Labelled::new("artisan/reference/v1")
            .text(&name.repository())
            .text(&name.tag)
            .text(digest)
            .finish();
        let [a, b, c, d, e, ..] = sha256(&what);
        Self::from_parts(time_ms, [a, b, c, d, e])
    }

    fn from_parts(time_ms: u64, hash: [u8; 5]) -> Self {
        let digits: String = rfc3339(time_ms / 1_000)
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        Self(format!("{digits}{:03}-{}", time_ms % 1_000, hex(&hash)))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reference {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let begins_well = text.bytes().next().is_some_and(|byte| byte != b'-');
        if begins_well && text.len() <= MAX_LENGTH && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Failure::own(format!(
                "{text:?} cannot be a package's reference: ask its publisher to build it anew"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_those_of_the_existing_programs() {
        let made = Reference::from_parts(1_667_918_318_999, [0x01, 0x23, 0x45, 0x67, 0x89]);
        assert_eq!(made.to_string(), "20221108143838999-0123456789");
        assert_eq!(made.to_string().parse::<Reference>().unwrap(), made);
    }

    #[test]
    fn what_a_package_is_decides_its_reference() {
        let of = |time, name: &str, digest| Reference::of(time, &name.parse().unwrap(), digest);
        let one = of(1_000, "r.io/ops/a:1", "d");
        assert_eq!(of(1_000, "r.io/ops/a:1", "d"), one);
        assert_eq!(of(1_000, "mirror.io/ops/a:1", "d"), one);
        for other in [
            of(1_001, "r.io/ops/a:1", "d"),
            of(1_000, "r.io/ops/a:2", "d"),
            of(1_000, "r.io/ops/b:1", "d"),
            of(1_000, "r.io/ops/a:1", "e"),
        ] {
            assert_ne!(other, one);
        }
    }

    #[test]
    fn a_reference_cannot_leave_its_folder() {
        for text in ["", "..", "../a", "a/b", "a.b", "-a", "a\0", &"a".repeat(65)] {
            assert!(text.parse::<Reference>().is_err(), "{text:?}");
        }
    }
}
