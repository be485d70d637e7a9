//! The numbered list of keys, signed by the root key.

use crate::bounded::{self, Bounded, TooLong, at_most};
use crate::labelled::Labelled;
use crate::limits::{MOST_KEY_LIST, MOST_KEYS};
use serde::{Deserialize, Serialize};

/// All keys that are trusted, by purpose. A key that is not listed is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyList {
    /// Grows with every list; only a higher number replaces a list.
    pub number: u64,
    /// When the list was made, in unix seconds.
    pub issued: u64,
    /// Armored keys that may sign job requests.
    #[serde(deserialize_with = "at_most::<MOST_KEYS, _, _>")]
    pub job: Vec<String>,
    /// Armored keys that may sign packages.
    #[serde(deserialize_with = "at_most::<MOST_KEYS, _, _>")]
    pub registry: Vec<String>,
}

/// A list as it travels: its bytes, and the root key's signature over them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedKeyList {
    /// The bytes of the JSON of a [`KeyList`].
    #[serde(with = "crate::encoding::as_base64")]
    pub list: Vec<u8>,
    /// Armored, detached signature over [`SignedKeyList::message`].
    pub signature: String,
}

impl SignedKeyList {
    /// What the root key signs for a list of these bytes.
    pub fn message(list: &[u8]) -> Vec<u8> {
        Labelled::new("pilot/keys/v1").bytes(list).finish()
    }

    /// How many bytes it takes beside an envelope.
    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }

    /// Opens the list: `verify` is given the signed message and the signature,
    /// and only if it is satisfied are the bytes read.
    ///
    /// # Errors
    /// The error of `verify`, or of reading the list, as text.
    pub fn open<E: ToString>(
        &self,
        verify: impl FnOnce(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<KeyList, String> {
        verify(&Self::message(&self.list), self.signature.as_bytes())
            .map_err(|error| error.to_string())?;
        serde_json::from_slice(&self.list).map_err(|error| error.to_string())
    }
}

/// It is sent with a command in one answer, and has to leave space for that.
impl Bounded for SignedKeyList {
    fn check(&self) -> Result<(), TooLong> {
        bounded::bytes("the signed key list", self.size(), MOST_KEY_LIST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_would_leave_no_room_for_a_command_is_too_long() {
        let of = |length: usize| SignedKeyList {
            list: vec![b'x'; length],
            signature: "s".into(),
        };
        assert_eq!(of(MOST_KEY_LIST / 4 * 3 - 48).check(), Ok(()));
        assert!(of(MOST_KEY_LIST / 4 * 3).check().is_err());
    }

    #[test]
    fn a_list_is_read_only_when_its_signature_is_good() {
        let list = KeyList {
            number: 3,
            issued: 1,
            job: vec!["j".into()],
            registry: vec![],
        };
        let signed = SignedKeyList {
            list: serde_json::to_vec(&list).unwrap(),
            signature: "s".into(),
        };
        assert_eq!(signed.open(|_, _| Ok::<_, String>(())), Ok(list));
        assert_eq!(signed.open(|_, _| Err("bad")), Err("bad".into()));
    }
}
