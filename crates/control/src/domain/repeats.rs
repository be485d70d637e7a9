//! Requests of `/v1` with an Idempotency-Key: the answer to the first one is kept, and given to those
//! that are equal.

use super::Error;
use super::mac::hmac;
use hmac::Mac;
use wire::labelled::Labelled;
use zeroize::ZeroizeOnDrop;

/// How long a key is remembered, in seconds: 7 days.
pub(crate) const KEPT: u64 = 7 * 86_400;

/// How many keys of a user are remembered; the oldest go first.
pub(crate) const MOST_KEYS: u32 = 10_000;

/// The most bytes of an answer that is kept. All that are kept are shorter.
pub(crate) const LONGEST_ANSWER: usize = 16 << 10;

/// After so many seconds a request that has no answer was not carried out: control stopped meanwhile.
const ABANDONED: u64 = 120;

/// What makes hashes of requests, whose bodies may hold passwords; wiped from memory when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct RequestKey(Box<[u8; 32]>);

impl RequestKey {
    /// The key that belongs to a store key.
    pub(crate) fn derive(store_key: &[u8; 32]) -> Self {
        let label = Labelled::new("pilotctl/request-key/v1");
        let mac = hmac(store_key, &label.finish());
        Self(Box::new(mac.finalize().into_bytes().into()))
    }

    /// The hash of a request.
    pub(crate) fn hash(&self, address: &str, body: &[u8]) -> Vec<u8> {
        let request = Labelled::new("pilotctl/request/v1")
            .text(address)
            .bytes(body);
        hmac(&self.0, &request.finish())
            .finalize()
            .into_bytes()
            .to_vec()
    }
}

/// The answer to a request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptAnswer {
    /// Its status.
    pub(crate) status: u16,
    /// Its body, in JSON.
    pub(crate) body: String,
    /// The address of what was created.
    pub(crate) place: String,
}

/// What is known of an earlier request with the same key.
#[derive(Clone, Debug)]
pub(crate) struct EarlierRequest {
    /// What it creates is known by this.
    pub(crate) id: String,
    /// Its hash.
    pub(crate) hash: Vec<u8>,
    /// When it began, in unix seconds.
    pub(crate) begun: u64,
    /// Its answer, unless it is being carried out.
    pub(crate) answer: Option<KeptAnswer>,
}

/// What becomes of a request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It is carried out; what it creates is known by this id.
    CarryOut(String),
    /// It was, and this is the answer; what it created is known by this id.
    Answered(String, KeptAnswer),
    /// An equal one is being carried out.
    Running,
    /// The key belongs to another request.
    OfAnother,
}

impl EarlierRequest {
    /// What becomes of a request with the same key and this hash, at `now`.
    pub(crate) fn decide(self, hash: &[u8], now: u64) -> Repeat {
        match self.answer {
            _ if self.hash != hash => Repeat::OfAnother,
            Some(answer) => Repeat::Answered(self.id, answer),
            None if self.begun + ABANDONED <= now => Repeat::CarryOut(self.id),
            None => Repeat::Running,
        }
    }
}

/// Checks a key.
///
/// # Errors
/// [`Error::Invalid`] when it is empty, too long or not visible ASCII.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    let most = api::v1::LONGEST_KEY;
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    match is_visible && (1..=most).contains(&key.len()) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "an Idempotency-Key has 1 to {most} visible ASCII characters"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier(answer: Option<KeptAnswer>) -> EarlierRequest {
        EarlierRequest {
            id: "i".into(),
            hash: vec![1],
            begun: 100,
            answer,
        }
    }

    #[test]
    fn an_equal_request_gets_the_same_answer_and_another_one_is_refused() {
        let answer = KeptAnswer {
            status: 201,
            body: "{}".into(),
            place: "/x".into(),
        };
        let done = earlier(Some(answer.clone()));
        assert_eq!(
            done.clone().decide(&[1], 999),
            Repeat::Answered("i".into(), answer)
        );
        assert_eq!(done.decide(&[2], 999), Repeat::OfAnother);
        assert_eq!(earlier(None).decide(&[2], 999), Repeat::OfAnother);
    }

    #[test]
    fn a_request_without_an_answer_is_carried_out_again_once_it_cannot_run_any_more() {
        assert_eq!(earlier(None).decide(&[1], 219), Repeat::Running);
        assert_eq!(
            earlier(None).decide(&[1], 220),
            Repeat::CarryOut("i".into())
        );
    }

    #[test]
    fn a_hash_tells_address_and_body_apart_and_needs_the_key() {
        let key = RequestKey::derive(&[1; 32]);
        assert_eq!(
            key.hash("a", b"b"),
            RequestKey::derive(&[1; 32]).hash("a", b"b")
        );
        for other in [
            key.hash("ab", b""),
            key.hash("a", b"c"),
            RequestKey::derive(&[2; 32]).hash("a", b"b"),
        ] {
            assert_ne!(key.hash("a", b"b"), other);
        }
    }

    #[test]
    fn abuse_malformed_keys() {
        for key in ["", "a b", "é", "a\n", &"k".repeat(256)] {
            assert!(check_key(key).is_err(), "{key:?}");
        }
        assert!(check_key(&"k".repeat(255)).is_ok());
    }
}
