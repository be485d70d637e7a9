//! What the checker found.

use serde::{Deserialize, Serialize};
use wire::answer::Rejection;
use wire::envelope::Envelope;
use wire::key_list::{KeyList, SignedKeyList};
use wire::register::Registered;

/// What the checker found; passed through its pipe as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// An answer to a ping.
    Ping(Box<Answered>),
    /// An answer to a registration.
    Registered(Registered),
    /// A token that was not accepted, and why.
    Rejected(Rejection),
    /// An answer to an enrolment.
    Enrolment(Box<Enrolment>),
    /// Not acceptable, with one sentence that says why.
    Refused(String),
}

/// A signed list of keys, and what it says.
pub(crate) type ListedKeys = (SignedKeyList, KeyList);

/// An answer to a ping. For each part that is not valid, it has one sentence that says why.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// A list that the pinned root key signed, newer than the one in force.
    pub(crate) keys: Option<Result<ListedKeys, String>>,
    /// An envelope that is signed by a key that is trusted with that list, and
    /// meant for this host and this ping.
    pub(crate) envelope: Result<Envelope, String>,
    /// Why the job in it cannot be read: of that one, the id alone is known.
    pub(crate) unreadable: Option<String>,
}

/// An answer to an enrolment, with its keys verified.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Enrolment {
    /// The host is known.
    Enrolled {
        /// Nanoseconds between pings.
        interval: i64,
        /// Root key, signed list and its content, where control has a root key.
        keys: Option<(String, SignedKeyList, KeyList)>,
    },
    /// An operator has to admit the host.
    Pending,
    /// Another key holds this id.
    Clone,
    /// Control refused.
    Refused(String),
}

impl Verdict {
    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a checker's output; a checker that died has none.
    pub(crate) fn decode(output: &[u8]) -> Self {
        serde_json::from_slice(output).unwrap_or_else(|_| {
            Self::Refused(
                "its check broke off (the checking process ended without a verdict)".into(),
            )
        })
    }
}
