//! How the link is doing: a change is logged once and kept for `pilot status`.

use crate::log;
use crate::storage::record;
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What `pilot status` shows of a running agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkState {
    /// In words.
    pub(crate) text: String,
    /// Whether all is well.
    pub(crate) ok: bool,
    /// Since when, in unix seconds.
    pub(crate) since: u64,
}

/// The last state that was logged.
pub(super) struct Health {
    file: PathBuf,
    last: Option<LinkState>,
}

impl Health {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            file: file(home),
            last: None,
        }
    }

    /// All is well.
    pub(super) fn good(&mut self, text: &str) {
        self.change(text, true);
    }

    /// Something is not.
    pub(super) fn bad(&mut self, text: &str) {
        self.change(text, false);
    }

    fn change(&mut self, text: &str, ok: bool) {
        if self
            .last
            .as_ref()
            .is_some_and(|last| last.text == text && last.ok == ok)
        {
            return;
        }
        if ok {
            log::info!("{text}")
        } else {
            log::warning!("{text}")
        }
        let state = LinkState {
            text: text.to_owned(),
            ok,
            since: clock::wall(),
        };
        // Only `pilot status` would miss it.
        let _ = record::write(&self.file, &state);
        self.last = Some(state);
    }
}

/// The state that the agent of this home noted last.
pub(crate) fn last_noted(home: &Path) -> Option<LinkState> {
    record::read(&file(home)).ok().flatten()
}

fn file(home: &Path) -> PathBuf {
    home.join("link")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_written() {
        let home = tempfile::tempdir().unwrap();
        let mut health = Health::new(home.path());
        health.good("connected");
        std::fs::remove_file(file(home.path())).unwrap();
        health.good("connected");
        assert_eq!(last_noted(home.path()), None);
        health.bad("gone");
        assert!(last_noted(home.path()).is_some_and(|state| !state.ok && state.text == "gone"));
    }
}
