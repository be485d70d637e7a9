//! What an agent notes for `pilot status`: how its link to control is doing.
#![forbid(unsafe_code)]

use crate::storage::record::{self, kept_on_disk};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What `pilot status` shows of a running agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkState {
    /// In words.
    pub(crate) text: String,
    /// Whether all is well.
    pub(crate) ok: bool,
    /// Since when, in unix seconds.
    pub(crate) since: u64,
    /// How many seconds the host's clock is ahead of control's.
    #[serde(default)]
    pub(crate) skew: i64,
}

kept_on_disk!(LinkState as LinkState);

/// By how much the host's clock is off, in words.
pub(crate) fn clock_words(skew: i64) -> String {
    let direction = if skew > 0 { "ahead of" } else { "behind" };
    format!("{} s {direction} control's", skew.unsigned_abs())
}

/// The state that the agent of this home noted last.
pub(crate) fn last_noted(home: &Path) -> Option<LinkState> {
    record::read(&file(home)).ok().flatten()
}

/// Where that is noted.
pub(crate) fn file(home: &Path) -> PathBuf {
    home.join("link")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::record::tests::assert_is_version_1;

    #[test]
    fn a_note_of_version_1_is_shown() {
        assert_is_version_1("link", |state: &LinkState| {
            state.ok && (state.text.as_str(), state.skew) == ("connected", -90)
        });
    }
}
