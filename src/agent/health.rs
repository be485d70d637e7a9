//! The state of the link: the agent logs a change once, and records it for `pilot status`.

use crate::log;
use crate::notify;
use crate::status::{LinkState, file, last_noted};
use crate::storage::record;
use crate::sys::clock;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The recorded state, and what was logged since the link last worked.
pub(super) struct Health {
    file: PathBuf,
    /// The last text, unless that was a warning.
    settled: Option<String>,
    warnings: BTreeSet<String>,
    /// The state that was recorded last, perhaps by an earlier agent.
    recorded: LinkState,
    /// Whether it is on disk.
    is_written: bool,
}

/// At most this many different warnings are logged until the link works again.
const MOST_WARNINGS: usize = 32;

impl Health {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            file: file(home),
            settled: None,
            warnings: BTreeSet::new(),
            recorded: last_noted(home).unwrap_or_default(),
            is_written: true,
        }
    }

    /// The link works.
    pub(super) fn good(&mut self, text: &str) {
        self.settle(text, true);
    }

    /// Nothing has failed, but the link does not work before a person acts.
    pub(super) fn pending(&mut self, text: &str) {
        self.settle(text, false);
    }

    fn settle(&mut self, text: &str, ok: bool) {
        self.warnings.clear();
        if self.settled.as_deref() != Some(text) {
            self.settled = Some(text.to_owned());
            self.note(text, ok);
            log::info!("{text}");
        }
        self.write();
    }

    /// Something failed. The same warning is logged once until the link works again, even if
    /// several warnings alternate.
    pub(super) fn bad(&mut self, text: &str) {
        self.settled = None;
        if self.warnings.len() < MOST_WARNINGS && self.warnings.insert(shape(text)) {
            self.note(text, false);
            log::warning!("{text}");
        }
    }

    /// Records how many seconds the host's clock is ahead of control's, and returns what was
    /// recorded before. Later records keep the value.
    pub(super) fn skewed(&mut self, skew: i64) -> i64 {
        let before = self.recorded.skew;
        if skew != before {
            self.keep(LinkState {
                skew,
                ..self.recorded.clone()
            });
        }
        before
    }

    fn note(&mut self, text: &str, ok: bool) {
        notify::status(text);
        self.keep(LinkState {
            text: text.to_owned(),
            ok,
            since: clock::wall(),
            skew: self.recorded.skew,
        });
    }

    fn keep(&mut self, state: LinkState) {
        self.recorded = state;
        self.is_written = false;
        self.write();
    }

    /// Writes the state if it is not on disk yet. Only `pilot status` reads it, so if the disk
    /// refuses, the agent just tries again the next time.
    fn write(&mut self) {
        if !self.is_written {
            self.is_written = record::write(&self.file, &self.recorded).is_ok();
        }
    }
}

/// A text without its digits: times and ports differ between warnings that are the same.
fn shape(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::clock_words;

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

    #[test]
    fn a_wrong_clock_is_recorded_until_it_is_right() {
        let home = tempfile::tempdir().unwrap();
        let mut health = Health::new(home.path());
        health.skewed(-90);
        health.good("connected");
        let recorded = last_noted(home.path()).unwrap();
        assert_eq!((recorded.skew, recorded.text.as_str()), (-90, "connected"));
        let mut after_restart = Health::new(home.path());
        assert_eq!(after_restart.skewed(0), -90);
        let recorded = last_noted(home.path()).unwrap();
        assert_eq!((recorded.skew, recorded.text.as_str()), (0, "connected"));
        assert_eq!(clock_words(-90), "90 s behind control's");
    }

    #[test]
    fn a_state_that_the_disk_refused_is_written_later() {
        let home = tempfile::tempdir().unwrap();
        let mut health = Health::new(home.path());
        let in_the_way = file(home.path()).with_added_extension("new");
        std::fs::create_dir(&in_the_way).unwrap();
        health.good("connected");
        assert_eq!(last_noted(home.path()), None);
        std::fs::remove_dir(&in_the_way).unwrap();
        health.good("connected");
        assert!(last_noted(home.path()).is_some_and(|state| state.ok));
    }

    #[test]
    fn alternating_warnings_are_recorded_once() {
        let home = tempfile::tempdir().unwrap();
        let mut health = Health::new(home.path());
        health.bad("one: valid until 12:00");
        health.bad("two");
        std::fs::remove_file(file(home.path())).unwrap();
        health.bad("one: valid until 12:01");
        health.bad("two");
        assert_eq!(last_noted(home.path()), None);
        health.good("connected");
        health.bad("two");
        assert!(last_noted(home.path()).is_some_and(|state| state.text == "two"));
    }
}
