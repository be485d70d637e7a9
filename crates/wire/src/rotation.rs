//! How a host replaces its key: `POST /key`.

use crate::HostKey;
use crate::bounded::{Bounded, TooLong};
use serde::{Deserialize, Serialize};

/// The body of `POST /key`, under a token of the key in force. From an answer of 204 on, control
/// accepts tokens of this key; once it has seen one, it rejects tokens of the key before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NextKey {
    /// The key that the host made.
    pub key: HostKey,
}

/// A key has one length.
impl Bounded for NextKey {
    fn check(&self) -> Result<(), TooLong> {
        Ok(())
    }
}
