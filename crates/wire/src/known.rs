//! The members that an object may have. What people and programs write is checked against
//! them before it is read: a misspelt member must not be passed over.

use crate::nearest::suggestion;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

/// How the errors of [`Known`] begin; serde adds where it is.
const ERRORS: [&str; 3] = ["unknown member", "unusable member", "duplicate member"];

/// The longest part of a name that an error repeats.
const SHOWN: usize = 64;

/// Whether an error's text is one of [`Known`]: it repeats names alone, no values.
pub fn is_about_members(error: &str) -> bool {
    ERRORS.iter().any(|start| error.starts_with(start))
}

fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}

/// The members of an object, or of all objects of a list.
#[derive(Clone, Copy, Debug)]
pub struct Known(pub &'static [(&'static str, Member)]);

/// What may be below a member.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// Any value that its type allows.
    Any,
    /// An object with these members, or a list of such objects.
    Of(&'static Known),
    /// Nothing: it is known, and refused with this reason.
    Refused(&'static str),
}

impl Known {
    /// A name that ends with `*` is known with anything in its place.
    fn find(&self, name: &str) -> Option<Member> {
        let is_meant = |known: &str| match known.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => known == name,
        };
        let found = self.0.iter().find(|(known, _)| is_meant(known));
        found.map(|(_, member)| *member)
    }

    fn suggestion(&self, name: &str) -> String {
        let usable = |(known, member): &(&'static str, Member)| match member {
            Member::Refused(_) => None,
            _ => Some(*known).filter(|known| !known.ends_with('*')),
        };
        suggestion(name, &self.0.iter().filter_map(usable).collect::<Vec<_>>())
    }

    fn check_name<E: Error>(&self, name: &str) -> Result<Member, E> {
        let [unknown, unusable, _] = ERRORS;
        match self.find(name) {
            Some(Member::Refused(why)) => Err(E::custom(format_args!(
                "{unusable} {:?}: {why}",
                shown(name)
            ))),
            Some(member) => Ok(member),
            None => Err(E::custom(format_args!(
                "{unknown} {:?}{}",
                shown(name),
                self.suggestion(name)
            ))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &Known {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Values that are neither object nor list are left to the type to which they belong.
macro_rules! accept {
    ($($visit:ident: $type:ty,)*) => {$(
        fn $visit<E: Error>(self, _: $type) -> Result<(), E> {
            Ok(())
        }
    )*};
}

impl<'de> Visitor<'de> for &Known {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    accept! {
        visit_bool: bool,
        visit_i64: i64,
        visit_i128: i128,
        visit_u64: u64,
        visit_u128: u128,
        visit_f64: f64,
        visit_str: &str,
        visit_bytes: &[u8],
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(member) = object.next_key_seed(Name {
            known: self,
            seen: &mut seen,
        })? {
            match member {
                Member::Of(known) => object.next_value_seed(known)?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The name of a member, which is checked while it is read: so the error says where it is.
struct Name<'a> {
    known: &'a Known,
    seen: &'a mut BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Member, E> {
        let member = self.known.check_name(name)?;
        if self.seen.insert(name.to_owned()) {
            return Ok(member);
        }
        let [.., duplicate] = ERRORS;
        Err(E::custom(format_args!("{duplicate} {:?}", shown(name))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: Known = Known(&[("label", Member::Any)]);
    const OUTER: Known = Known(&[
        ("key", Member::Any),
        ("input", Member::Of(&INNER)),
        ("includes", Member::Refused("it is not supported")),
        ("x-*", Member::Any),
    ]);

    fn refusal(json: &str) -> String {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        match (&OUTER).deserialize(&mut deserializer) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn members_that_are_known_may_hold_what_they_like() {
        for json in [
            "{}",
            r#"{"key": {"a": 1}, "input": {"label": [1, "a", null, 1.5, true]}}"#,
            r#"[{"key": 1}, {"key": 1}]"#,
            r#"{"input": null, "x-note": {"a": []}}"#,
            r#"{"input": [{"label": 1}, {"label": 2}]}"#,
            "7",
        ] {
            assert_eq!(refusal(json), "", "{json}");
        }
    }

    #[test]
    fn members_that_are_not_known_are_named_with_what_may_be_meant() {
        for (json, expected) in [
            (
                r#"{"kye": 1}"#,
                "unknown member \"kye\": did you mean key? at line 1",
            ),
            (r#"{"input": {"lable": 1}}"#, "did you mean label?"),
            (r#"{"input": [{"label": 1}, {"b": 2}]}"#, "known are label"),
            (r#"{"foo": 1}"#, "known are key, input at"),
            (
                r#"{"includes": []}"#,
                "unusable member \"includes\": it is not supported",
            ),
            (r#"{"key": 1, "key": 2}"#, "duplicate member \"key\""),
        ] {
            let refusal = refusal(json);
            assert!(refusal.contains(expected), "{json}: {refusal}");
            assert!(is_about_members(&refusal));
        }
    }

    #[test]
    fn abuse_a_name_as_long_as_a_body() {
        let json = format!(r#"{{"{}": 1}}"#, "a".repeat(1 << 20));
        assert!(refusal(&json).len() < 200);
    }
}
