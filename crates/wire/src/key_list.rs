//! The numbered list of keys that the root key vouches for.

use crate::labelled::Labelled;
use serde::{Deserialize, Serialize};

/// All keys that are trusted, and for what; a key that is no longer listed is
/// trusted no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyList {
    /// Grows with every list; only a higher number replaces a list.
    pub number: u64,
    /// When the list was made, in unix seconds.
    pub issued: u64,
    /// Armored keys that may sign job requests.
    pub job: Vec<String>,
    /// Armored keys that may sign packages.
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

    /// Opens the list: `verify` is given the signed message and the signature,
    /// and only if it is satisfied are the bytes read.
    ///
    /// # Errors
    /// What `verify` reports, or what is wrong with the list, as text.
    pub fn open<E: ToString>(
        &self,
        verify: impl FnOnce(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<KeyList, String> {
        verify(&Self::message(&self.list), self.signature.as_bytes())
            .map_err(|error| error.to_string())?;
        serde_json::from_slice(&self.list).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
