//! The id under which control knows a host: a UUID (RFC 9562).

use crate::encoding::hex;
use crate::labelled::Labelled;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;

/// A host's id, printed as a lower-case UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId([u8; 16]);

impl HostId {
    /// Derives the id from `/etc/machine-id`, as machine-id(5) asks: the
    /// machine id itself never leaves the host.
    ///
    /// `instance` distinguishes several agents of one host, and `salt` the copies of one image;
    /// both are empty in the ordinary case.
    pub fn derive(machine_id: &str, instance: &str, salt: &[u8]) -> Self {
        let message = Labelled::new("pilot/host-id/v1")
            .text(instance)
            .bytes(salt)
            .finish();
        let mut id = [0; 16];
        id.copy_from_slice(&hmac_sha256(machine_id.as_bytes(), &message)[..16]);
        // Version 8 ("custom") and the variant of RFC 9562.
        id[6] = (id[6] & 0x0f) | 0x80;
        id[8] = (id[8] & 0x3f) | 0x80;
        Self(id)
    }

    /// The 16 bytes of the UUID.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// HMAC-SHA256 (RFC 2104).
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes keys of every length (RFC 2104)"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex(&self.0);
        write!(
            f,
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    }
}

impl fmt::Debug for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a UUID.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAHostId;

impl fmt::Display for NotAHostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a host id (a UUID such as 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728)")
    }
}

impl std::error::Error for NotAHostId {}

impl FromStr for HostId {
    type Err = NotAHostId;

    /// Accepts the canonical form only, so that an id has one spelling.
    fn from_str(text: &str) -> Result<Self, NotAHostId> {
        let digits: String = text.split('-').collect();
        let mut id = [0; 16];
        if digits.len() != 32 || !digits.is_ascii() {
            return Err(NotAHostId);
        }
        for (byte, at) in id.iter_mut().zip((0..32).step_by(2)) {
            *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| NotAHostId)?;
        }
        let id = Self(id);
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(NotAHostId)
        }
    }
}

impl Serialize for HostId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "3d1219c7c4c5404aaa1f6d2a48adfda4";

    #[test]
    fn an_id_is_stable_and_has_one_spelling() {
        let id = HostId::derive(MACHINE, "", b"");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id, HostId::derive(MACHINE, "", b""));
        assert_eq!(
            id.to_string().to_ascii_uppercase().parse::<HostId>(),
            Err(NotAHostId)
        );
        assert_eq!(
            id.to_string().replace('-', "").parse::<HostId>(),
            Err(NotAHostId)
        );
    }

    #[test]
    fn instances_and_clones_have_ids_of_their_own() {
        let ids = [
            HostId::derive(MACHINE, "", b""),
            HostId::derive(MACHINE, "second", b""),
            HostId::derive(MACHINE, "", b"salt"),
        ];
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    }

    #[test]
    fn the_machine_id_does_not_show() {
        assert!(
            !HostId::derive(MACHINE, "", b"")
                .to_string()
                .contains(&MACHINE[..8])
        );
    }

    #[test]
    fn text_that_is_no_uuid_is_refused() {
        for text in [
            "",
            "x",
            "é2345678-1234-1234-1234-12345678901",
            "+1234567-1234-1234-1234-123456789012",
        ] {
            assert_eq!(text.parse::<HostId>(), Err(NotAHostId), "{text}");
        }
    }
}
