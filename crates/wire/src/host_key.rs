//! The secret that a host shares with control.

use crate::encoding::{as_base64, hex};
use crate::labelled::{Labelled, sha256};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 32 random bytes that the host makes and sends once, at enrolment.
///
/// It prints as its fingerprint and is wiped from memory when dropped. It lies
/// on the heap, so that moving it leaves no copy behind.
#[derive(Clone, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct HostKey(#[serde(with = "crate::encoding::as_base64")] Box<[u8; 32]>);

impl Serialize for HostKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_base64::serialize(self.as_bytes(), serializer)
    }
}

impl HostKey {
    /// Takes the key's bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Box::new(bytes))
    }

    /// The secret bytes, for MACs and for storing.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Overwrites the key, for processes that are done with it.
    pub fn wipe(&mut self) {
        self.0.zeroize();
    }

    /// What an operator compares before admitting the host: 128 bits of a
    /// hash, in eight groups of four hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let digits =
            hex(&sha256(&Labelled::new("pilot/host-key/v1").bytes(&*self.0).finish())[..16]);
        let groups: Vec<&str> = (0..32).step_by(4).map(|at| &digits[at..at + 4]).collect();
        groups.join("-")
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_does_not_show_when_printed() {
        let key = HostKey::new([0x41; 32]);
        let printed = format!("{key:?}");
        assert!(printed.contains(&key.fingerprint()));
        assert!(!printed.contains("41414141") && !printed.contains("AAAA"));
    }

    #[test]
    fn a_key_survives_json() {
        let key = HostKey::new([7; 32]);
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(
            serde_json::from_str::<HostKey>(&json).unwrap().as_bytes(),
            key.as_bytes()
        );
        assert!(serde_json::from_str::<HostKey>("\"AAAA\"").is_err());
    }
}
