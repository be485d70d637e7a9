//! The reference that names a package's two files.

use crate::failure::Failure;
use std::fmt;
use std::str::FromStr;
use wire::encoding::hex;
use wire::time::rfc3339;

/// `YYYYMMDDhhmmssmmm-` and ten random hexadecimal digits. One that came from
/// elsewhere is used in paths, so it has letters, digits and `-` only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference(String);

const MAX_LENGTH: usize = 64;

impl Reference {
    /// Makes a reference for a package that is built now.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(crate) fn make(now_ms: u64) -> Result<Self, Failure> {
        let mut random = [0; 5];
        rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())
            .map_err(|error| Failure::own(format!("the system gives no random bytes: {error}")))?;
        Ok(Self::from_parts(now_ms, random))
    }

    fn from_parts(now_ms: u64, random: [u8; 5]) -> Self {
        let digits: String = rfc3339(now_ms / 1_000)
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        Self(format!("{digits}{:03}-{}", now_ms % 1_000, hex(&random)))
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
    fn a_reference_cannot_leave_its_folder() {
        for text in ["", "..", "../a", "a/b", "a.b", "-a", "a\0", &"a".repeat(65)] {
            assert!(text.parse::<Reference>().is_err(), "{text:?}");
        }
    }
}
