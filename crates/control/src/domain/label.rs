//! Labels of hosts: `key` or `key=value`. They are an operator's.

use std::fmt;

/// The most bytes of a key, and of a value.
const LONGEST: usize = 63;

/// The most labels of a host.
const MOST: usize = 64;

/// Keys that begin so are for what a host claims of itself.
const CLAIMED: &str = "self/";

/// A label that an operator gives, or asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    key: String,
    value: Option<String>,
}

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// A sentence that says which labels are possible.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, None),
        };
        check_not_claimed(text)?;
        if !is_word(key, b"-_./") || !value.is_none_or(|value| is_word(value, b"-_.")) {
            let text: String = text.chars().take(2 * LONGEST).collect();
            return Err(format!(
                "{text:?} cannot be a label: write KEY or KEY=VALUE, each up to {LONGEST} lower-case letters, \
                 digits, '-', '_' and '.', a key also '/', that begin and end with a letter or digit"
            ));
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        })
    }

    /// Its key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Its value, if it has one.
    pub(crate) fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether a host's label is this one; without a value, whether it has this key.
    pub(crate) fn matches(&self, label: &str) -> bool {
        let (key, value) = split(label);
        key == self.key && self.value().is_none_or(|own| own == value)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

/// Refuses a label that only the host itself may claim.
///
/// # Errors
/// A sentence that says so.
fn check_not_claimed(text: &str) -> Result<(), String> {
    match text.starts_with(CLAIMED) {
        true => Err(format!(
            "labels whose keys begin with {CLAIMED:?} are for what a host claims of itself: choose another key"
        )),
        false => Ok(()),
    }
}

/// Refuses such labels of a request that existing programs may send: theirs may be any text.
///
/// # Errors
/// A sentence that says so.
pub(crate) fn check_given(labels: &[String]) -> Result<(), String> {
    labels.iter().try_for_each(|label| check_not_claimed(label))
}

fn is_word(text: &str, marks: &[u8]) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    text.len() <= LONGEST
        && ends.iter().all(|end| end.is_some_and(|byte| plain(*byte)))
        && bytes
            .iter()
            .all(|byte| plain(*byte) || marks.contains(byte))
}

/// Key and value of a host's label; the value is empty if it has none. Earlier versions, and the
/// requests of existing programs, have labels of any text.
pub(crate) fn split(label: &str) -> (&str, &str) {
    label.split_once('=').unwrap_or((label, ""))
}

/// A change of a host's labels.
#[derive(Clone, Debug)]
pub(crate) struct Relabelling {
    add: Vec<Label>,
    /// Keys, or whole labels.
    remove: Vec<String>,
}

impl Relabelling {
    /// Reads what to add, and the keys or labels to remove.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn new(add: &[String], remove: Vec<String>) -> Result<Self, String> {
        let add: Vec<Label> = add
            .iter()
            .map(|text| Label::parse(text))
            .collect::<Result<_, _>>()?;
        let key_given_twice = |(at, label): (usize, &Label)| {
            let is_removed = remove.iter().any(|text| text == label.key());
            is_removed || add[..at].iter().any(|other| other.key == label.key)
        };
        if let Some(at) = add.iter().enumerate().position(key_given_twice) {
            let key = add[at].key();
            return Err(format!(
                "the label {key} is given twice: name each key once"
            ));
        }
        if add.is_empty() && remove.is_empty() {
            return Err("no label to add or to remove is given".into());
        }
        Ok(Self { add, remove })
    }

    /// The labels of a host after the change. A new value of a key replaces the one before.
    ///
    /// # Errors
    /// A sentence, if there would be too many.
    pub(crate) fn apply(&self, labels: &[String]) -> Result<Vec<String>, String> {
        let is_removed = |label: &String| {
            let (key, _) = split(label);
            self.remove.iter().any(|text| text == key || text == label)
        };
        let mut after: Vec<String> = labels
            .iter()
            .filter(|label| !is_removed(label))
            .cloned()
            .collect();
        for label in &self.add {
            put(&mut after, label);
        }
        match after.len() > MOST.max(labels.len()) {
            true => Err(format!(
                "a host has at most {MOST} labels: remove some first"
            )),
            false => Ok(after),
        }
    }
}

/// Puts a label in the place of those with its key, or at the end.
fn put(labels: &mut Vec<String>, label: &Label) {
    let has_key = |text: &String| split(text).0 == label.key;
    let at = labels.iter().position(has_key).unwrap_or(labels.len());
    labels.retain(|text| !has_key(text));
    labels.insert(at, label.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_label_is_a_key_or_a_key_with_a_value() {
        for text in ["shop", "os=arm", "a", "example.com/tier=v1.2_x", "1=2"] {
            assert_eq!(Label::parse(text).unwrap().to_string(), text);
        }
        let long = "x".repeat(64);
        for text in [
            "", "=", "a=", "=a", "Shop", "a b", "a-", "-a", "a=b=c", "a=b/c", "é", "!a", "a,b",
            "a\n", &long,
        ] {
            assert!(Label::parse(text).is_err(), "{text:?}");
        }
        assert!(Label::parse(&long[1..]).is_ok());
    }

    #[test]
    fn abuse_labels_of_the_hosts_own_claims_are_given_by_nobody() {
        for text in ["self/shop", "self/os=arm", "self/"] {
            let refused = Label::parse(text).unwrap_err();
            assert!(refused.contains("claims"), "{refused}");
        }
        assert!(Label::parse("self=x").is_ok() && Label::parse("myself/x").is_ok());
    }

    #[test]
    fn a_label_without_value_matches_any_of_its_key() {
        let label = |text| Label::parse(text).unwrap();
        assert!(label("os").matches("os=arm") && label("os").matches("os"));
        assert!(label("os=arm").matches("os=arm"));
        for other in ["os", "os=arm7", "os2=arm", "arm"] {
            assert!(!label("os=arm").matches(other), "{other}");
        }
    }

    #[test]
    fn labels_are_added_replaced_and_removed() {
        let before = texts(&["shop", "os=x86", "old", "Any text"]);
        let change = |add: &[&str], remove: &[&str]| {
            let change = Relabelling::new(&texts(add), texts(remove)).unwrap();
            change.apply(&before).unwrap()
        };
        assert_eq!(
            change(&["canary", "os=arm"], &["old"]),
            ["shop", "os=arm", "Any text", "canary"]
        );
        assert_eq!(change(&[], &["os", "Any text"]), ["shop", "old"]);
        assert_eq!(change(&["shop"], &["none", "os=arm"]), before);
        let twice = texts(&["os=a", "x", "os=b"]);
        let one = Relabelling::new(&texts(&["os=c"]), Vec::new()).unwrap();
        assert_eq!(one.apply(&twice).unwrap(), ["os=c", "x"]);
    }

    #[test]
    fn a_change_that_contradicts_itself_is_refused() {
        for (add, remove) in [
            (&["a", "a=b"][..], &[][..]),
            (&["a=1"], &["a"]),
            (&[], &[]),
            (&["A"], &[]),
        ] {
            assert!(
                Relabelling::new(&texts(add), texts(remove)).is_err(),
                "{add:?}"
            );
        }
    }

    #[test]
    fn a_host_has_a_limited_number_of_labels() {
        let many: Vec<String> = (0..MOST).map(|number| format!("l{number}")).collect();
        let change = |add: &str| Relabelling::new(&texts(&[add]), Vec::new()).unwrap();
        assert!(change("one-more").apply(&many).is_err());
        assert_eq!(change("l3=x").apply(&many).unwrap().len(), MOST);
    }
}
