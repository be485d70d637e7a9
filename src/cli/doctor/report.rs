//! What the checks found, for people and for programs.

use crate::log::one_line;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// The agent works, but not as well as it could, or not for long.
    Warn,
    /// The agent cannot work, or not for control.
    Fail,
}

/// One line of the report.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Finding {
    check: String,
    /// How the check came out.
    pub(super) level: Level,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    /// All is well.
    pub(super) fn ok(check: &str, text: impl fmt::Display) -> Self {
        Self::new(check, Level::Ok, text, None)
    }

    /// It could be better.
    pub(super) fn warn(check: &str, text: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(check, Level::Warn, text, Some(remedy.to_string()))
    }

    /// It does not work.
    pub(super) fn fail(check: &str, text: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(check, Level::Fail, text, Some(remedy.to_string()))
    }

    /// Whether nothing stands in the way.
    pub(super) fn is_good(&self) -> bool {
        self.level != Level::Fail
    }

    /// What was found, without what it was found in and what to do about it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn new(check: &str, level: Level, text: impl fmt::Display, remedy: Option<String>) -> Self {
        Self {
            check: check.to_owned(),
            level,
            text: one_line(&text.to_string()),
            remedy: remedy.map(|remedy| one_line(&remedy)),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        write!(f, "{level:4}  {:13} {}", self.check, self.text)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n      {:13} -> {remedy}", ""),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_has_its_remedy_on_lines_of_its_own() {
        let finding = Finding::fail("name", "no\nsuch host", "correct it");
        let lines = finding.to_string();
        assert_eq!(lines.lines().count(), 2);
        assert!(lines.starts_with("FAIL  name          no such host\n"));
        assert!(lines.ends_with("-> correct it"));
        let json = serde_json::to_value(Finding::ok("a", "b")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"check": "a", "level": "ok", "text": "b"})
        );
    }
}
