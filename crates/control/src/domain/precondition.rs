//! Preconditions of requests (RFC 9110, section 13): a client changes only what it has read.

/// A list of versions in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Versions {
    /// Any that exists.
    Any,
    /// One of these.
    These(Vec<String>),
}

impl Versions {
    /// Reads the value of a header: `*`, or versions in quotes. What is malformed matches nothing.
    fn parse(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        let tags = text.split(',').map(str::trim);
        let quoted = |tag: &str| {
            let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
            Some(tag.to_owned())
        };
        Self::These(tags.filter_map(quoted).collect())
    }

    fn has(&self, present: Option<&str>) -> bool {
        match (self, present) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::These(versions), Some(present)) => versions.iter().any(|one| one == present),
        }
    }
}

/// What a request requires of the present version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Precondition {
    matches: Option<Versions>,
    matches_none: Option<Versions>,
}

impl Precondition {
    /// That of these headers: `If-Match` and `If-None-Match`.
    pub(crate) fn new(matches: Option<&str>, matches_none: Option<&str>) -> Self {
        Self {
            matches: matches.map(Versions::parse),
            matches_none: matches_none.map(Versions::parse),
        }
    }

    /// Whether the client has this version already.
    pub(crate) fn is_of_client(&self, present: &str) -> bool {
        let has = |versions: &Versions| versions.has(Some(present));
        self.matches_none.as_ref().is_some_and(has)
    }

    /// Whether it holds for what has this version; `None` does not exist.
    pub(crate) fn allows(&self, present: Option<&str>) -> bool {
        let has = |versions: &Versions| versions.has(present);
        self.matches.as_ref().is_none_or(has) && !self.matches_none.as_ref().is_some_and(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_allowed_if_the_version_is_one_that_the_client_has_read() {
        let allows = |matches, none, present| Precondition::new(matches, none).allows(present);
        assert!(allows(None, None, None) && allows(None, None, Some("1")));
        assert!(allows(Some("\"1\""), None, Some("1")));
        assert!(allows(Some("\"2\", \"1\""), None, Some("1")));
        assert!(!allows(Some("\"2\""), None, Some("1")) && !allows(Some("\"1\""), None, None));
        assert!(allows(Some("*"), None, Some("1")) && !allows(Some("*"), None, None));
        assert!(allows(None, Some("*"), None) && !allows(None, Some("*"), Some("1")));
        assert!(!allows(None, Some("\"1\""), Some("1")) && allows(None, Some("\"2\""), Some("1")));
    }

    #[test]
    fn what_a_client_has_is_not_sent_again() {
        let has = |none, present| Precondition::new(None, none).is_of_client(present);
        assert!(has(Some("\"1\""), "1") && has(Some("*"), "1"));
        assert!(!has(Some("\"2\""), "1") && !has(None, "1"));
    }

    #[test]
    fn a_malformed_or_weak_version_matches_nothing() {
        for text in ["", "1", "\"1", "W/\"1\"", ","] {
            assert!(
                !Precondition::new(Some(text), None).allows(Some("1")),
                "{text}"
            );
        }
    }
}
