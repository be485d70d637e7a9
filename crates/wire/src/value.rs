//! The form that an input's value must have, by the type that its function declares.

use crate::nearest::nearest;

/// The types that are checked, and what a value of them is like.
const CHECKED: [(&str, Check, &str); 9] = [
    ("integer", is_integer, "a whole number"),
    ("int", is_integer, "a whole number"),
    ("number", is_number, "a number"),
    ("float", is_number, "a number"),
    ("boolean", is_boolean, "true or false"),
    ("bool", is_boolean, "true or false"),
    ("uri", is_uri, "a URI (scheme:…)"),
    ("url", is_uri, "a URI (scheme:…)"),
    ("path", is_path, "a path"),
];

type Check = fn(&str) -> bool;

/// The form of this type's values, if `value` does not have it. Unknown types are hints for
/// people.
pub fn mismatch(kind: &str, value: &str) -> Option<&'static str> {
    let (_, check, like) = CHECKED.iter().find(|(name, ..)| *name == kind)?;
    (!check(value)).then_some(like)
}

/// The type that a misspelt one stands for.
pub fn meant(kind: &str) -> Option<&'static str> {
    let is_known = kind == "string" || CHECKED.iter().any(|(name, ..)| *name == kind);
    if is_known {
        return None;
    }
    // The short names are near to too much.
    let names = CHECKED.iter().map(|(name, ..)| *name);
    let long = names.filter(|name| name.len() > 4).chain(["string"]);
    nearest(kind, long)
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    value.bytes().all(plain) && value.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_boolean(value: &str) -> bool {
    matches!(value, "true" | "false")
}

/// RFC 3986, section 3, as far as is needed to recognise a mistake.
fn is_uri(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let has_blank = value.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    value.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(plain)
            && !rest.is_empty()
            && !has_blank
    })
}

fn is_path(value: &str) -> bool {
    !value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_of_its_type() {
        for (kind, good, bad) in [
            ("integer", "-12", "abc"),
            ("integer", "0", ""),
            ("int", "+7", "1.5"),
            ("number", "1.5e3", "1,5"),
            ("number", "3", "inf"),
            ("boolean", "true", "yes"),
            ("bool", "false", "False"),
            ("uri", "https://a.example/b?c", "a.example"),
            ("url", "file:/a", "https://a b"),
            ("path", "/a b", ""),
        ] {
            assert_eq!(mismatch(kind, good), None, "{kind} {good}");
            assert!(mismatch(kind, bad).is_some(), "{kind} {bad}");
        }
    }

    #[test]
    fn other_types_are_hints_and_slips_are_recognised() {
        for kind in ["", "string", "hostname", "text", "port"] {
            assert_eq!(mismatch(kind, "\u{1F600}"), None);
            assert_eq!(meant(kind), None, "{kind}");
        }
        assert_eq!(meant("intger"), Some("integer"));
        assert_eq!(meant("Boolean"), Some("boolean"));
        assert_eq!(meant("strng"), Some("string"));
    }
}
