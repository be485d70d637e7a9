//! How control proves to an agent that an answer is its own.
//!
//! `Pilot-Answer: <time>.<mac>`: a MAC under the host key over the request's
//! sequence number, the status, control's time and the body. Only an answer
//! with a good MAC acknowledges anything or moves the agent's idea of time.

use crate::bounded::{self, Bounded, TooLong};
use crate::encoding::{array_from_base64url, base64url};
use crate::labelled::{Labelled, sha256};
use crate::limits::MOST_REASON;
use crate::{HostId, HostKey};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The name of the header.
pub const HEADER: &str = "Pilot-Answer";

/// What the MAC covers, beside control's time.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The host that asked.
    pub host: HostId,
    /// The sequence number of the request that this answers.
    pub n: u64,
    /// The HTTP status.
    pub status: u16,
    /// The body as sent; empty when there is none.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The header's value, made by control at `unix` seconds.
    pub fn seal(&self, key: &HostKey, unix: u64) -> String {
        format!(
            "{unix}.{}",
            base64url(&self.mac(key, unix).finalize().into_bytes())
        )
    }

    /// Checks a header's value in constant time and returns control's time in
    /// unix seconds; `None` when the value is malformed or the MAC is wrong.
    pub fn open(&self, key: &HostKey, header: &str) -> Option<u64> {
        let (time, code) = header.split_once('.')?;
        let unix: u64 = time.parse().ok()?;
        let code: [u8; 32] = array_from_base64url(code)?;
        self.mac(key, unix).verify_slice(&code).ok().map(|()| unix)
    }

    fn mac(&self, key: &HostKey, unix: u64) -> Hmac<Sha256> {
        let message = Labelled::new("pilot/answer/v1")
            .bytes(self.host.as_bytes())
            .number(self.n)
            .number(u64::from(self.status))
            .number(unix)
            .bytes(&sha256(self.body))
            .finish();
        #[expect(
            clippy::expect_used,
            reason = "HMAC takes keys of every length (RFC 2104)"
        )]
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length");
        mac.update(&message);
        mac
    }
}

/// The body of a 401 that answers a token whose MAC is good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Why, for programs.
    pub reason: Reason,
    /// Why, for people.
    pub error: String,
    /// With [`Reason::Sequence`]: the last sequence number that control
    /// accepted from this host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
}

impl Bounded for Rejection {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("error", &self.error, MOST_REASON)
    }
}

/// Why a token with a good MAC was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The agent's clock is more than one step away from control's, which the
    /// answer's header states.
    Clock,
    /// The sequence number is not above the last one that was accepted.
    Sequence,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> HostKey {
        HostKey::new([3; 32])
    }

    fn answer() -> Answer<'static> {
        Answer {
            host: HostId::derive("m", "", b""),
            n: 5,
            status: 201,
            body: b"body",
        }
    }

    #[test]
    fn a_good_answer_tells_the_time() {
        let header = answer().seal(&key(), 1_700_000_000);
        assert_eq!(answer().open(&key(), &header), Some(1_700_000_000));
    }

    #[test]
    fn an_answer_is_good_for_its_request_alone() {
        let header = answer().seal(&key(), 1_700_000_000);
        let others = [
            Answer {
                host: HostId::derive("n", "", b""),
                ..answer()
            },
            Answer { n: 6, ..answer() },
            Answer {
                status: 204,
                ..answer()
            },
            Answer {
                body: b"bode",
                ..answer()
            },
        ];
        assert!(
            others
                .iter()
                .all(|other| other.open(&key(), &header).is_none())
        );
        assert_eq!(answer().open(&HostKey::new([4; 32]), &header), None);
    }

    #[test]
    fn the_time_cannot_be_changed() {
        let header = answer().seal(&key(), 1_700_000_000).replace("170", "171");
        assert_eq!(answer().open(&key(), &header), None);
    }

    #[test]
    fn what_is_malformed_is_not_good() {
        for header in ["", ".", "1.", "x.AAAA", "1700000000"] {
            assert_eq!(answer().open(&key(), header), None, "{header}");
        }
    }
}
