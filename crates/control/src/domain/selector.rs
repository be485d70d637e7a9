//! Selects hosts by their labels: `shop,!canary,tier=edge,os!=arm`. All terms have to hold.

use super::label::Label;
use std::fmt;
use std::str::FromStr;

/// The most bytes of a selector.
const LONGEST: usize = 1_024;

/// The most terms.
const MOST: usize = 16;

/// A condition on the labels of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The label; without a value it stands for any with its key.
    pub(crate) label: Label,
    /// Whether the host must not have it.
    pub(crate) is_negated: bool,
}

impl Term {
    fn parse(text: &str) -> Result<Self, String> {
        let is_negated = text.starts_with('!') || text.contains("!=");
        let label = match text.strip_prefix('!') {
            Some(key) if key.contains('=') => {
                let right = key.replacen('=', "!=", 1);
                return Err(format!("{text:?} is no condition: did you mean {right:?}?"));
            }
            Some(key) => Label::parse(key),
            None => Label::parse(&text.replacen("!=", "=", 1)),
        };
        Ok(Self {
            label: label?,
            is_negated,
        })
    }

    fn holds(&self, labels: &[String]) -> bool {
        labels.iter().any(|label| self.label.matches(label)) != self.is_negated
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.label.key();
        match (self.is_negated, self.label.value()) {
            (false, _) => self.label.fmt(f),
            (true, None) => write!(f, "!{key}"),
            (true, Some(value)) => write!(f, "{key}!={value}"),
        }
    }
}

/// Conditions on the labels of a host; without any it selects all hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Term>);

impl Selector {
    /// Its conditions.
    pub(crate) fn terms(&self) -> &[Term] {
        &self.0
    }

    /// Whether a host with these labels is selected.
    pub(crate) fn matches(&self, labels: &[String]) -> bool {
        self.0.iter().all(|term| term.holds(labels))
    }
}

impl FromStr for Selector {
    type Err = String;

    /// Reads a selector; an empty text selects all hosts.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a selector has at most {LONGEST} bytes"));
        }
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let terms: Vec<Term> = text
            .split(',')
            .map(|term| Term::parse(term.trim()))
            .collect::<Result<_, _>>()
            .map_err(|why| format!("in the selector {text:?}: {why}"))?;
        match terms.len() > MOST {
            true => Err(format!("a selector has at most {MOST} conditions")),
            false => Ok(Self(terms)),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<_> = self.0.iter().map(Term::to_string).collect();
        f.write_str(&terms.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        text.parse().unwrap()
    }

    fn matches(text: &str, labels: &[&str]) -> bool {
        let labels: Vec<_> = labels.iter().map(|&label| label.to_owned()).collect();
        selector(text).matches(&labels)
    }

    #[test]
    fn all_conditions_have_to_hold() {
        let labels = ["shop", "tier=edge"];
        for text in [
            "",
            "shop",
            "tier",
            "tier=edge",
            "shop,!canary,tier=edge,tier!=core",
            "os!=arm",
        ] {
            assert!(matches(text, &labels), "{text}");
        }
        for text in [
            "canary",
            "!shop",
            "!tier",
            "tier=core",
            "tier!=edge",
            "shop=yes",
            "shop,canary",
        ] {
            assert!(!matches(text, &labels), "{text}");
        }
        assert!(matches("!a,b!=c", &[]) && !matches("a", &[]));
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for text in ["", "shop", "shop,!canary,tier=edge,os!=arm"] {
            assert_eq!(selector(text).to_string(), text);
        }
        assert_eq!(selector(" a , !b ").to_string(), "a,!b");
    }

    #[test]
    fn what_is_no_condition_is_named() {
        for (text, words) in [
            ("a,,b", "\"\" cannot be a label"),
            ("a,", "cannot be a label"),
            ("Shop", "\"Shop\" cannot be a label"),
            ("!a=b", "did you mean \"a!=b\"?"),
            ("a==b", "cannot be a label"),
            ("self/x", "claims"),
            ("!self/x", "claims"),
        ] {
            let why = text.parse::<Selector>().unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }

    #[test]
    fn abuse_a_selector_is_long_or_has_many_conditions() {
        assert!("a,".repeat(600).parse::<Selector>().is_err());
        assert!(vec!["a"; MOST + 1].join(",").parse::<Selector>().is_err());
        assert!(vec!["a"; MOST].join(",").parse::<Selector>().is_ok());
    }
}
