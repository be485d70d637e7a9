//! How a host becomes known to control: `POST /enrol`.

use crate::bounded::{self, Bounded, TooLong};
use crate::key_list::SignedKeyList;
use crate::limits::{MOST_FACT, MOST_REASON, MOST_ROOT_KEY};
use crate::register::Registration;
use crate::{HostId, HostKey};
use serde::{Deserialize, Serialize};

/// The body of `POST /enrol`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The id that the host will use.
    pub host: HostId,
    /// The key that the host made.
    pub key: HostKey,
    /// Random bytes, the same in every repetition of one attempt: repeating it
    /// uses a code up once.
    #[serde(with = "crate::encoding::as_base64")]
    pub nonce: [u8; 16],
    /// The secret of an enrolment code; absent where an operator admits the
    /// host by its key's fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<crate::command::Secret>,
    /// The facts of the host.
    pub facts: Registration,
}

impl Bounded for EnrolRequest {
    fn check(&self) -> Result<(), TooLong> {
        if let Some(code) = &self.code {
            bounded::text("code", code.expose(), MOST_FACT)?;
        }
        self.facts.check()
    }
}

/// The body of an answer to `POST /enrol`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum EnrolAnswer {
    /// 201: the host is known and may register and ping.
    Enrolled {
        /// Nanoseconds between pings.
        interval: i64,
        /// The armored root key, where control has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<String>,
        /// The keys that the root key vouches for, where there is a root key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keys: Option<SignedKeyList>,
    },
    /// 202: an operator has to admit the host; ask again later.
    Pending {
        /// The fingerprint that control shows to its operators.
        fingerprint: String,
    },
    /// 409: another key holds this id already, as when an image was cloned.
    Clone,
    /// 403: the code is unknown, expired, used up or missing.
    Refused {
        /// Why, for people.
        error: String,
    },
}

impl Bounded for EnrolAnswer {
    fn check(&self) -> Result<(), TooLong> {
        match self {
            Self::Enrolled { root, keys, .. } => {
                let root = root.as_deref().unwrap_or_default();
                bounded::text("the root key", root, MOST_ROOT_KEY)?;
                keys.check()
            }
            Self::Pending { fingerprint } => bounded::text("fingerprint", fingerprint, MOST_FACT),
            Self::Clone => Ok(()),
            Self::Refused { error } => bounded::text("error", error, MOST_REASON),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_their_names_on_the_wire() {
        let pending = EnrolAnswer::Pending {
            fingerprint: "ab".into(),
        };
        assert_eq!(
            serde_json::to_string(&pending).unwrap(),
            r#"{"state":"pending","fingerprint":"ab"}"#
        );
        assert!(matches!(
            serde_json::from_str(r#"{"state":"clone"}"#),
            Ok(EnrolAnswer::Clone)
        ));
    }
}
