//! Requests with an Idempotency-Key: a client that lost the answer repeats the request, and
//! control does not carry it out twice.

use super::Error;
use super::scope::Scope;
use serde::Serialize;
use wire::encoding::hex;
use wire::labelled::sha256;

/// The longest key, in characters.
const LONGEST: usize = 255;

/// A request to create something, with the key that the client chose.
#[derive(Clone, Debug)]
pub(crate) struct KeyedRequest {
    /// The key; other users may use the same one.
    pub(crate) key: String,
    /// SHA-256 of the request, in hexadecimal.
    pub(crate) hash: String,
}

/// What an earlier request of the same user with the same key created.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Earlier<T> {
    /// The requests are equal; the earlier one created this.
    Same(T),
    /// The earlier request was a different one.
    Other,
}

impl KeyedRequest {
    /// A request with this key, of somebody with this scope: in another scope it is another request.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the key is empty, too long or not visible ASCII.
    pub(crate) fn new(key: &str, request: &impl Serialize, scope: &Scope) -> Result<Self, Error> {
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > LONGEST || !visible {
            return Err(Error::Invalid(format!(
                "an Idempotency-Key has 1 to {LONGEST} visible ASCII characters"
            )));
        }
        let mut request = serde_json::to_vec(request)
            .map_err(|error| Error::internal("writing a request", error))?;
        request.extend(scope.to_string().into_bytes());
        Ok(Self {
            key: key.to_owned(),
            hash: hex(&sha256(&request)),
        })
    }

    /// Compares this request with an earlier one that has the same key.
    pub(crate) fn compare<T>(&self, hash: &str, created: T) -> Earlier<T> {
        match hash == self.hash {
            true => Earlier::Same(created),
            false => Earlier::Other,
        }
    }
}

/// The client used the key for a different request before.
pub(crate) fn key_reused() -> Error {
    Error::Invalid(
        "this Idempotency-Key was used before, for another request: choose a new one".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scope::tests::labelled;

    fn in_all(key: &str, request: &[&str]) -> Result<KeyedRequest, Error> {
        KeyedRequest::new(key, &request, &Scope::everything())
    }

    #[test]
    fn abuse_a_request_in_another_scope_is_taken_for_the_same() {
        let first = in_all("k", &["a"]).unwrap();
        let other = KeyedRequest::new("k", &["a"], &labelled("shop")).unwrap();
        assert_eq!(other.compare(&first.hash, 7), Earlier::Other);
    }

    #[test]
    fn an_equal_request_is_recognized() {
        let first = in_all("k", &["a"]).unwrap();
        let repeated = in_all("k", &["a"]).unwrap();
        assert_eq!(repeated.compare(&first.hash, 7), Earlier::Same(7));
        let other = in_all("k", &["b"]).unwrap();
        assert_eq!(other.compare(&first.hash, 7), Earlier::Other);
    }

    #[test]
    fn abuse_malformed_keys() {
        for key in ["", "a b", "\u{e9}", "a\n", &"k".repeat(256)] {
            assert!(in_all(key, &[]).is_err(), "{key:?}");
        }
        assert!(in_all(&"k".repeat(255), &[]).is_ok());
    }
}
