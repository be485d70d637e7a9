//! Logs a repeated failure once, and again when its error changes.

use crate::log;
use std::collections::BTreeMap;
use std::fmt::Display;

/// The last error that was logged of each job and attempt.
#[derive(Default)]
pub(super) struct LogOnce(BTreeMap<(i64, &'static str), String>);

impl LogOnce {
    /// An attempt failed. `what` completes the sentence "job N: …".
    pub(super) fn failed(&mut self, id: i64, what: &'static str, error: &impl Display) {
        let error = error.to_string();
        if self.0.get(&(id, what)) != Some(&error) {
            log::error!("job {id}: {what}: {error}");
            self.0.insert((id, what), error);
        }
    }

    /// The attempt succeeded, or will not be repeated: the next failure is logged.
    pub(super) fn resolved(&mut self, id: i64, what: &'static str) {
        self.0.remove(&(id, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_failure_is_logged_once_until_it_is_resolved() {
        let mut log_once = LogOnce::default();
        log_once.failed(1, "cannot be read", &"disk full");
        log_once.failed(1, "cannot be read", &"disk broken");
        assert_eq!(log_once.0[&(1, "cannot be read")], "disk broken");
        log_once.resolved(1, "cannot be read");
        assert!(log_once.0.is_empty());
    }
}
