//! What a client asks for under a name of its own, so that it can ask again when the answer
//! was lost.

use super::Error;
use serde::Serialize;
use wire::encoding::hex;
use wire::labelled::sha256;

/// The longest name.
const LONGEST: usize = 255;

/// A request to create something, as a client named it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The name; it counts for its owner alone.
    pub(crate) key: String,
    /// What was asked for.
    pub(crate) hash: String,
}

/// What was made when the same owner used the name before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Before<T> {
    /// The same was asked for: this was made.
    Same(T),
    /// Something else was asked for.
    Other,
}

impl Asked {
    /// A request under this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it cannot be a name.
    pub(crate) fn new(key: &str, request: &impl Serialize) -> Result<Self, Error> {
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.len() > LONGEST || !visible {
            return Err(Error::Invalid(format!(
                "an Idempotency-Key has 1 to {LONGEST} visible ASCII characters"
            )));
        }
        let request = serde_json::to_vec(request)
            .map_err(|error| Error::internal("writing a request", error))?;
        Ok(Self {
            key: key.to_owned(),
            hash: hex(&sha256(&request)),
        })
    }

    /// What is made of it if this was stored under its name.
    pub(crate) fn before<T>(&self, hash: &str, made: T) -> Before<T> {
        match hash == self.hash {
            true => Before::Same(made),
            false => Before::Other,
        }
    }
}

/// The name was used for something else.
pub(crate) fn used_for_other() -> Error {
    Error::Invalid(
        "this Idempotency-Key was used before, for another request: choose a new one".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_request_is_known_again() {
        let asked = Asked::new("k", &["a"]).unwrap();
        let again = Asked::new("k", &["a"]).unwrap();
        assert_eq!(again.before(&asked.hash, 7), Before::Same(7));
        let other = Asked::new("k", &["b"]).unwrap();
        assert_eq!(other.before(&asked.hash, 7), Before::Other);
    }

    #[test]
    fn abuse_names_that_are_none() {
        for key in ["", "a b", "\u{e9}", "a\n", &"k".repeat(256)] {
            assert!(Asked::new(key, &()).is_err(), "{key:?}");
        }
        assert!(Asked::new(&"k".repeat(255), &()).is_ok());
    }
}
