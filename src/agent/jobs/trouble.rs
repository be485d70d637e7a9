//! What goes wrong with jobs and is tried again: that it does is logged, and
//! when it is something else; not each attempt.

use crate::log;
use std::collections::BTreeMap;
use std::fmt::Display;

/// What was logged, by job and by what was attempted.
#[derive(Default)]
pub(super) struct Trouble(BTreeMap<(i64, &'static str), String>);

impl Trouble {
    /// An attempt failed; `what` is said of the job.
    pub(super) fn met(&mut self, id: i64, what: &'static str, error: &impl Display) {
        let error = error.to_string();
        if self.0.get(&(id, what)) != Some(&error) {
            log::error!("job {id}: {what}: {error}");
            self.0.insert((id, what), error);
        }
    }

    /// An attempt worked, or there will be no other.
    pub(super) fn over(&mut self, id: i64, what: &'static str) {
        self.0.remove(&(id, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_trouble_is_remembered_until_it_is_over() {
        let mut trouble = Trouble::default();
        trouble.met(1, "cannot be read", &"disk full");
        trouble.met(1, "cannot be read", &"disk broken");
        assert_eq!(trouble.0[&(1, "cannot be read")], "disk broken");
        trouble.over(1, "cannot be read");
        assert!(trouble.0.is_empty());
    }
}
