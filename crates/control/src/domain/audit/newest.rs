//! What a process knows of the newest entry, also against what the database says.

use super::Ends;
use std::cmp::Ordering;

/// An entry that is or was in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its number.
    pub(crate) number: i64,
    /// Its MAC.
    pub(crate) mac: Vec<u8>,
}

impl Known {
    /// The newest entry of a log with these ends.
    pub(crate) fn newest_of(ends: &Ends) -> Self {
        Self {
            number: ends.newest,
            mac: ends.newest_mac.clone(),
        }
    }

    /// Whether a log with these ends lacks it, because it was cut off or is another copy. `there` is
    /// the MAC of the entry with this number. Entries that retention removed are not lost, and
    /// another process may have written later ones.
    pub(crate) fn is_lost(&self, ends: &Ends, there: Option<&[u8]>) -> bool {
        match self.number.cmp(&ends.newest) {
            Ordering::Greater => true,
            Ordering::Equal => self.mac != ends.newest_mac,
            Ordering::Less if self.number < ends.removed => false,
            Ordering::Less if self.number == ends.removed => self.mac != ends.removed_mac,
            Ordering::Less => there != Some(self.mac.as_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(number: i64, mac: u8) -> Known {
        Known {
            number,
            mac: vec![mac],
        }
    }

    #[test]
    fn abuse_a_log_lacks_an_entry_that_was_there() {
        let ends = |removed: i64, newest: i64| Ends {
            removed,
            removed_mac: vec![1],
            newest,
            newest_mac: vec![9],
            seal: Vec::new(),
        };
        for (known, ends, there, is_lost) in [
            (known(5, 9), ends(0, 5), None, false),
            (known(5, 8), ends(0, 5), None, true),
            (known(5, 9), ends(0, 4), None, true),
            (known(5, 7), ends(0, 6), Some([7]), false),
            (known(5, 7), ends(0, 6), Some([8]), true),
            (known(5, 7), ends(0, 6), None, true),
            (known(5, 1), ends(5, 6), None, false),
            (known(5, 2), ends(5, 6), None, true),
            (known(5, 2), ends(6, 7), None, false),
        ] {
            let there = there.as_ref().map(|mac| mac.as_slice());
            assert_eq!(known.is_lost(&ends, there), is_lost, "{known:?} {ends:?}");
        }
    }
}
