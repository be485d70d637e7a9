//! Ids of jobs and batches: 63-bit numbers. In JSON they are text, because many programs round
//! such numbers; both are read.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

macro_rules! id {
    ($($(#[$doc:meta])+ $name:ident)*) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// The id with this number.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// Its number.
            pub const fn number(self) -> i64 {
                self.0
            }
        }

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Number).map(Self)
            }
        }
    )*};
}

id! {
    /// The id of a job.
    JobId
    /// The id of a batch.
    BatchId
    /// The number under which a host knows a job: the one in its log, and of `pilot job`. It is
    /// the id, unless the host was offered a later job first.
    JobNumber
}

/// Reads a number, or its digits in quotes.
struct Number;

impl Visitor<'_> for Number {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id of a job or batch")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::custom("the id is too large"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        text.parse()
            .map_err(|_| E::custom("it is not the id of a job or batch"))
    }
}

/// Writes an id as a number, as existing services do.
pub mod as_number {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the number of an id.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer, I: Into<i64> + Copy>(
        id: &I,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64((*id).into())
    }

    /// Reads an id in either form.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>, I: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<I, D::Error> {
        I::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    const LARGE: i64 = 3_689_348_814_741_910_323;

    #[test]
    fn an_id_is_text_and_both_forms_are_read() {
        assert_eq!(json!(JobId::new(LARGE)), json!(LARGE.to_string()));
        for form in [json!(LARGE), json!(LARGE.to_string())] {
            assert_eq!(from_value::<BatchId>(form).unwrap(), BatchId::new(LARGE));
        }
        for other in [json!("x"), json!(1.5), json!(null), json!(u64::MAX)] {
            assert!(from_value::<JobId>(other).is_err());
        }
    }

    #[test]
    fn existing_services_have_numbers() {
        #[derive(Serialize, Deserialize)]
        struct Classic {
            #[serde(with = "as_number")]
            id: JobId,
        }
        let classic: Classic = from_value(json!({ "id": "7" })).unwrap();
        assert_eq!(json!(classic), json!({ "id": 7 }));
    }
}
