//! How long texts and lists from outside may be. The program that reads a message from the
//! network checks it at once, before acting on it.

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A message whose parts have a longest length.
pub trait Bounded {
    /// Checks the length of every text and list.
    ///
    /// # Errors
    /// Names the first part that is too long.
    fn check(&self) -> Result<(), TooLong>;
}

impl<T: Bounded> Bounded for Option<T> {
    fn check(&self) -> Result<(), TooLong> {
        self.as_ref().map_or(Ok(()), T::check)
    }
}

/// A part of a message is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    what: &'static str,
    most: usize,
    unit: &'static str,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, most, unit } = self;
        write!(f, "{what} is too long: it may have up to {most} {unit}")
    }
}

impl std::error::Error for TooLong {}

/// Checks the length of a text that is called `what`.
///
/// # Errors
/// When it has more than `most` bytes.
pub fn text(what: &'static str, text: &str, most: usize) -> Result<(), TooLong> {
    bytes(what, text.len(), most)
}

/// Checks the length of a text that is called `what`, in characters.
///
/// # Errors
/// When it has more than `most` characters.
pub fn characters(what: &'static str, text: &str, most: usize) -> Result<(), TooLong> {
    within(what, text.chars().count(), most, "characters")
}

/// Checks how many bytes something takes that is called `what`.
///
/// # Errors
/// When that is more than `most`.
pub fn bytes(what: &'static str, length: usize, most: usize) -> Result<(), TooLong> {
    within(what, length, most, "bytes")
}

/// Checks the length of several texts of one kind.
///
/// # Errors
/// When one of them has more than `most` bytes.
pub fn texts<'a>(
    what: &'static str,
    texts: impl IntoIterator<Item = &'a String>,
    most: usize,
) -> Result<(), TooLong> {
    texts
        .into_iter()
        .try_for_each(|each| text(what, each, most))
}

/// Checks the length of a list that is called `what`.
///
/// # Errors
/// When it has more than `most` entries.
pub fn list<T>(what: &'static str, list: &[T], most: usize) -> Result<(), TooLong> {
    within(what, list.len(), most, "entries")
}

/// The beginning of a text, as long as a message allows, with an ellipsis if the text was
/// longer.
pub fn head(mut text: String, most: usize) -> String {
    const MORE: &str = "…";
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most.saturating_sub(MORE.len())));
        text.push_str(MORE);
    }
    text
}

fn within(
    what: &'static str,
    length: usize,
    most: usize,
    unit: &'static str,
) -> Result<(), TooLong> {
    match length <= most {
        true => Ok(()),
        false => Err(TooLong { what, most, unit }),
    }
}

/// Reads a list of at most `MOST` entries, and no more of it than that.
///
/// # Errors
/// What the reader reports, or that the list is longer.
pub fn at_most<'de, const MOST: usize, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(AtMost::<T, MOST>(PhantomData))
}

struct AtMost<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for AtMost<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of up to {MOST} entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            list.push(entry);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Message {
        #[serde(deserialize_with = "at_most::<3, _, _>")]
        ids: Vec<i64>,
    }

    #[test]
    fn a_list_is_read_up_to_its_longest_length() {
        let read = |json: &str| serde_json::from_str::<Message>(json);
        assert_eq!(read(r#"{"ids":[1,2,3]}"#).unwrap().ids, [1, 2, 3]);
        let why = read(r#"{"ids":[1,2,3,4]}"#).unwrap_err().to_string();
        assert!(why.contains("invalid length 4"), "{why}");
        // What follows is not even read.
        let why = read(r#"{"ids":[1,2,3,4,nonsense"#).unwrap_err().to_string();
        assert!(why.contains("invalid length"), "{why}");
    }

    #[test]
    fn a_text_that_is_too_long_shows_that_some_of_it_is_missing() {
        assert_eq!(head("abcd".into(), 4), "abcd");
        assert_eq!(head("abcde".into(), 4), "a…");
        assert_eq!(head("ééé".into(), 5), "é…");
    }

    #[test]
    fn what_is_too_long_is_named_with_its_limit() {
        assert_eq!(text("a name", "four", 4), Ok(()));
        assert_eq!(characters("a name", "fünf", 4), Ok(()));
        assert!(text("a name", "fünf", 4).is_err() && characters("a name", "sechs", 4).is_err());
        let why = text("a name", "fives", 4).unwrap_err().to_string();
        assert_eq!(why, "a name is too long: it may have up to 4 bytes");
        let why = list("labels", &[1, 2], 1).unwrap_err().to_string();
        assert_eq!(why, "labels is too long: it may have up to 1 entries");
    }
}
