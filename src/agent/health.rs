//! How the link is doing: a change is logged once and kept for `pilot status`.

use crate::log;
use crate::notify;
use crate::status::{LinkState, file, last_noted};
use crate::storage::record;
use crate::sys::clock;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was logged since all was well.
pub(super) struct Health {
    file: PathBuf,
    /// What was said last, unless that was a complaint.
    settled: Option<String>,
    complaints: BTreeSet<String>,
    /// What was noted last, perhaps by an earlier agent.
    noted: LinkState,
    /// Whether the disk has that.
    is_written: bool,
}

/// More different complaints than this are not told apart.
const MOST_COMPLAINTS: usize = 32;

impl Health {
    pub(super) fn new(home: &Path) -> Self {
        Self {
            file: file(home),
            settled: None,
            complaints: BTreeSet::new(),
            noted: last_noted(home).unwrap_or_default(),
            is_written: true,
        }
    }

    /// All is well.
    pub(super) fn good(&mut self, text: &str) {
        self.settle(text, true);
    }

    /// Nothing is wrong, but somebody has to do something before all is well.
    pub(super) fn pending(&mut self, text: &str) {
        self.settle(text, false);
    }

    fn settle(&mut self, text: &str, ok: bool) {
        self.complaints.clear();
        if self.settled.as_deref() != Some(text) {
            self.settled = Some(text.to_owned());
            self.note(text, ok);
            log::info!("{text}");
        }
        self.write();
    }

    /// Something is not. The same complaint is logged once until all is well
    /// again, also when several take turns.
    pub(super) fn bad(&mut self, text: &str) {
        self.settled = None;
        if self.complaints.len() < MOST_COMPLAINTS && self.complaints.insert(shape(text)) {
            self.note(text, false);
            log::warning!("{text}");
        }
    }

    /// Notes how many seconds the host's clock is ahead of control's, and returns
    /// what was noted before. It stays noted with whatever is noted next.
    pub(super) fn skewed(&mut self, skew: i64) -> i64 {
        let before = self.noted.skew;
        if skew != before {
            self.keep(LinkState {
                skew,
                ..self.noted.clone()
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
            skew: self.noted.skew,
        });
    }

    fn keep(&mut self, state: LinkState) {
        self.noted = state;
        self.is_written = false;
        self.write();
    }

    /// Writes what is not written yet. Only `pilot status` would miss it, so that
    /// a disk that refuses it is just asked again the next time.
    fn write(&mut self) {
        if !self.is_written {
            self.is_written = record::write(&self.file, &self.noted).is_ok();
        }
    }
}

/// A text without its numbers: times and ports differ where complaints do not.
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
    fn a_wrong_clock_is_noted_until_it_is_right() {
        let home = tempfile::tempdir().unwrap();
        let mut health = Health::new(home.path());
        health.skewed(-90);
        health.good("connected");
        let noted = last_noted(home.path()).unwrap();
        assert_eq!((noted.skew, noted.text.as_str()), (-90, "connected"));
        let mut after_restart = Health::new(home.path());
        assert_eq!(after_restart.skewed(0), -90);
        let noted = last_noted(home.path()).unwrap();
        assert_eq!((noted.skew, noted.text.as_str()), (0, "connected"));
        assert_eq!(clock_words(-90), "90 s behind control's");
    }

    #[test]
    fn what_the_disk_refused_is_written_when_it_can_be() {
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
    fn complaints_that_take_turns_are_written_once() {
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
