//! Whether the log is as it was written.

use super::{AuditKey, Ends, Entry};
use std::fmt;

/// How many findings are named; the others are counted.
const MOST: usize = 100;

/// What is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// An entry was changed.
    Changed(i64),
    /// An entry was added that control did not write.
    Added(i64),
    /// These entries were removed.
    Removed {
        /// The first one.
        first: i64,
        /// The last one.
        last: i64,
    },
    /// An entry is genuine, but not of this log: the one before it is another one.
    Foreign(i64),
    /// The row that says where the log begins and ends was changed.
    Ends,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(number) => write!(f, "entry {number} was changed"),
            Self::Added(number) => write!(f, "entry {number} was added"),
            Self::Removed { first, last } if first == last => {
                write!(f, "entry {first} was removed")
            }
            Self::Removed { first, last } => write!(f, "entries {first} to {last} were removed"),
            Self::Foreign(number) => write!(
                f,
                "entry {number} does not follow the one before it: one of them is from another copy of the database"
            ),
            Self::Ends => {
                f.write_str("the record of where the log begins and ends was changed or removed")
            }
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// The first findings.
    pub(crate) named: Vec<Finding>,
    /// How many more there are.
    pub(crate) more: u64,
    /// How many entries were verified.
    pub(crate) entries: u64,
    /// The number of the oldest entry that has to be there.
    pub(crate) oldest: i64,
    /// The number of the newest entry that has to be there.
    pub(crate) newest: i64,
    /// Its MAC.
    pub(crate) newest_mac: Vec<u8>,
}

impl Findings {
    fn add(&mut self, finding: Finding) {
        match self.named.len() < MOST {
            true => self.named.push(finding),
            false => self.more += 1,
        }
    }

    /// Whether the log is as it was written.
    pub(crate) fn is_whole(&self) -> bool {
        self.named.is_empty()
    }
}

/// The last entry that belongs to the log.
struct Last {
    number: i64,
    mac: Vec<u8>,
    /// Whether its MAC can be relied on: it is genuine, and nothing is missing after it.
    is_sure: bool,
}

/// Verifies entries one after the other, in the order of their numbers.
pub(crate) struct Verifier<'a> {
    key: &'a AuditKey,
    ends: Ends,
    last: Last,
    /// Whether an entry is added or changed shows in the one after it.
    waiting: Option<Entry>,
    findings: Findings,
}

impl<'a> Verifier<'a> {
    /// Begins to verify a log with these ends, if it has any.
    pub(crate) fn new(key: &'a AuditKey, ends: Option<Ends>) -> Self {
        let mut findings = Findings::default();
        if !ends.as_ref().is_some_and(|ends| key.has_sealed(ends)) {
            findings.add(Finding::Ends);
        }
        let ends = ends.unwrap_or_default();
        findings.oldest = ends.removed + 1;
        findings.newest = ends.newest;
        findings.newest_mac.clone_from(&ends.newest_mac);
        let last = Last {
            number: ends.removed,
            mac: ends.removed_mac.clone(),
            is_sure: true,
        };
        Self {
            key,
            ends,
            last,
            waiting: None,
            findings,
        }
    }

    /// Verifies the next entry.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.findings.entries += 1;
        if let Some(waiting) = self.waiting.take() {
            self.judge(waiting, Some(&entry));
        }
        self.waiting = Some(entry);
    }

    fn judge(&mut self, entry: Entry, next: Option<&Entry>) {
        let is_genuine = self.key.has_made(&entry);
        if entry.number <= self.last.number || self.is_added(&entry, next, is_genuine) {
            self.findings.add(Finding::Added(entry.number));
            // Control has left its number out.
            if entry.number <= self.ends.newest {
                self.last.number = self.last.number.max(entry.number);
            }
            return;
        }
        let is_missing = entry.number > self.last.number + 1;
        if is_missing {
            self.removed(self.last.number + 1, entry.number - 1);
        }
        if !is_genuine {
            self.findings.add(Finding::Changed(entry.number));
        } else if self.last.is_sure && !is_missing && entry.previous != self.last.mac {
            self.findings.add(Finding::Foreign(entry.number));
        }
        self.last = Last {
            number: entry.number,
            mac: entry.mac,
            is_sure: is_genuine,
        };
    }

    /// Whether an entry that is not genuine is none of control's: it is after the end, or the next
    /// one follows the one before it.
    fn is_added(&self, entry: &Entry, next: Option<&Entry>, is_genuine: bool) -> bool {
        let is_left_out = |next: &Entry| {
            self.last.is_sure && next.previous == self.last.mac && self.key.has_made(next)
        };
        !is_genuine && (entry.number > self.ends.newest || next.is_some_and(is_left_out))
    }

    fn removed(&mut self, first: i64, last: i64) {
        self.findings.add(Finding::Removed { first, last });
    }

    /// What was found, when there are no more entries.
    pub(crate) fn finish(mut self) -> Findings {
        if let Some(waiting) = self.waiting.take() {
            self.judge(waiting, None);
        }
        let (last, newest) = (self.last.number, self.ends.newest);
        if last < newest {
            self.removed(last + 1, newest);
        } else if last > newest {
            // Genuine, and yet the ends do not know it: an older record of them was put back.
            self.findings.add(Finding::Ends);
        } else if self.last.is_sure && self.last.mac != self.ends.newest_mac {
            self.findings.add(Finding::Foreign(last));
        }
        self.findings
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ada;
    use super::super::{Action, CarryOver};
    use super::*;

    fn key() -> AuditKey {
        AuditKey::derive(&[7; 32])
    }

    /// A log of this many entries, and its ends.
    fn log(entries: i64) -> (Vec<Entry>, Ends) {
        let mut ends = Ends::default();
        let entries = (1..=entries).map(|number| {
            let mut entry = Entry::new(ada().did(Action::HostDisable, number), 1_000 + number);
            key().append(&mut entry, number, &mut ends);
            entry
        });
        (entries.collect(), ends)
    }

    fn found(entries: &[Entry], ends: &Ends) -> Vec<Finding> {
        let key = key();
        let mut verifier = Verifier::new(&key, Some(ends.clone()));
        entries
            .iter()
            .cloned()
            .for_each(|entry| verifier.add(entry));
        verifier.finish().named
    }

    #[test]
    fn a_log_holds_as_it_was_written() {
        for length in [0, 1, 2, 10] {
            let (entries, ends) = log(length);
            assert_eq!(found(&entries, &ends), []);
        }
    }

    #[test]
    fn abuse_an_entry_is_changed_in_any_member() {
        let changes: [fn(&mut Entry); 11] = [
            |entry| entry.at += 1,
            |entry| entry.who = "eve".into(),
            |entry| entry.token = Some("t".into()),
            |entry| entry.origin = "this machine".into(),
            |entry| entry.action = "host.enable".into(),
            |entry| entry.kind = "user".into(),
            |entry| entry.target = "8".into(),
            |entry| entry.before = Some("{}".into()),
            |entry| entry.after = Some(String::new()),
            |entry| entry.size = 1,
            |entry| entry.mac[0] ^= 1,
        ];
        for change in changes {
            for at in 0..3 {
                let (mut entries, ends) = log(3);
                change(&mut entries[at]);
                assert_eq!(found(&entries, &ends), [Finding::Changed(at as i64 + 1)]);
            }
        }
    }

    #[test]
    fn abuse_entries_are_removed_anywhere() {
        let removed = |first, last| [Finding::Removed { first, last }];
        for (range, expected) in [
            (0..1, removed(1, 1)),
            (1..3, removed(2, 3)),
            (3..5, removed(4, 5)),
            (0..5, removed(1, 5)),
        ] {
            let (mut entries, ends) = log(5);
            entries.drain(range);
            assert_eq!(found(&entries, &ends), expected);
        }
    }

    #[test]
    fn abuse_entries_are_added_after_the_end_or_put_back_before_the_beginning() {
        let (mut entries, ends) = log(3);
        let forged = |number| Entry {
            number,
            ..entries[0].clone()
        };
        let forged = [forged(4), forged(0)];
        entries.push(forged[0].clone());
        assert_eq!(found(&entries, &ends), [Finding::Added(4)]);
        let mut ends = ends;
        key().forget(&entries[..1], &mut ends);
        assert_eq!(found(&entries[1..3], &ends), []);
        assert_eq!(found(&entries[..3], &ends), [Finding::Added(1)]);
        entries[0] = forged[1].clone();
        assert_eq!(found(&entries[..3], &ends), [Finding::Added(0)]);
    }

    #[test]
    fn an_added_entry_stays_one_when_the_log_goes_on() {
        let (mut entries, mut ends) = log(2);
        entries.push(Entry {
            number: 3,
            ..entries[0].clone()
        });
        let mut next = Entry::new(ada().did(Action::HostEnable, 1), 9);
        key().append(&mut next, 4, &mut ends);
        entries.push(next);
        assert_eq!(found(&entries, &ends), [Finding::Added(3)]);
    }

    #[test]
    fn abuse_entries_change_places() {
        let (mut entries, ends) = log(4);
        entries.swap(1, 2);
        entries[1].number = 2;
        entries[2].number = 3;
        assert_eq!(
            found(&entries, &ends),
            [Finding::Changed(2), Finding::Changed(3)]
        );
    }

    #[test]
    fn abuse_the_end_is_cut_off_and_its_record_adjusted() {
        let (mut entries, mut ends) = log(3);
        entries.pop();
        ends.newest = 2;
        ends.newest_mac.clone_from(&entries[1].mac);
        assert_eq!(found(&entries, &ends), [Finding::Ends]);
        let mut next = Entry::new(ada().did(Action::HostEnable, 1), 9);
        key().append(&mut next, 3, &mut ends);
        entries.push(next);
        assert_eq!(found(&entries, &ends), [Finding::Ends], "it stays known");
        key().forget(&entries[..1], &mut ends);
        assert_eq!(found(&entries[1..], &ends), [Finding::Ends]);
    }

    #[test]
    fn abuse_what_retention_removes_was_changed_before() {
        let changed: [fn(&mut Vec<Entry>); 3] = [
            |entries| entries[1].who = "eve".into(),
            |entries| drop(entries.remove(1)),
            |entries| drop(entries.remove(0)),
        ];
        for change in changed {
            let (mut entries, mut ends) = log(6);
            change(&mut entries);
            key().forget(&entries[..2], &mut ends);
            assert_eq!(found(&entries[2..], &ends), [Finding::Ends]);
        }
    }

    #[test]
    fn abuse_an_older_record_of_the_ends_is_put_back() {
        let (entries, _) = log(3);
        let (_, older) = log(2);
        assert_eq!(found(&entries, &older), [Finding::Ends]);
        let none = Ends::default();
        assert_eq!(found(&entries, &none), [Finding::Ends]);
        let key = key();
        let lost = Verifier::new(&key, None).finish();
        assert_eq!(lost.named, [Finding::Ends]);
    }

    #[test]
    fn abuse_genuine_entries_of_another_copy_are_mixed_in() {
        let (mut entries, ends) = log(4);
        let (mut other, mut other_ends) = log(1);
        for number in 2..=4 {
            let mut entry = Entry::new(ada().did(Action::HostEnable, number), 5);
            key().append(&mut entry, number, &mut other_ends);
            other.push(entry);
        }
        entries[2] = other[2].clone();
        assert_eq!(
            found(&entries, &ends),
            [Finding::Foreign(3), Finding::Foreign(4)]
        );
        entries[3] = other[3].clone();
        assert_eq!(
            found(&entries, &ends),
            [Finding::Foreign(3), Finding::Foreign(4)]
        );
    }

    #[test]
    fn abuse_many_findings_are_counted() {
        let (mut entries, ends) = log(300);
        entries.iter_mut().for_each(|entry| entry.at += 1);
        let key = key();
        let mut verifier = Verifier::new(&key, Some(ends));
        entries.into_iter().for_each(|entry| verifier.add(entry));
        let findings = verifier.finish();
        assert_eq!((findings.named.len(), findings.more), (MOST, 200));
    }

    #[test]
    fn abuse_a_new_key_does_not_make_foreign_entries_genuine() {
        let (mut entries, _) = log(3);
        let (mut other, mut ends) = log(1);
        other[0].at = 5;
        key().append(&mut other[0], 2, &mut ends);
        entries[1] = other[0].clone();
        let (from, to) = (key(), AuditKey::derive(&[8; 32]));
        let mut other = Ends {
            removed: 0,
            ..Ends::default()
        };
        let mut over = CarryOver::new(&from, &to, &other);
        entries.iter_mut().for_each(|entry| over.take(entry));
        other.newest = 3;
        other.newest_mac.clone_from(&entries[2].mac);
        to.seal(&mut other, true);
        let mut verifier = Verifier::new(&to, Some(other));
        entries.into_iter().for_each(|entry| verifier.add(entry));
        assert_eq!(verifier.finish().named, [Finding::Changed(3)]);
    }

    #[test]
    fn a_chain_is_carried_over_to_another_key_with_its_faults() {
        let (mut entries, _) = log(3);
        entries[1].who = "eve".into();
        let (from, to) = (key(), AuditKey::derive(&[8; 32]));
        let mut over = CarryOver::new(&from, &to, &Ends::default());
        entries.iter_mut().for_each(|entry| over.take(entry));
        assert!(to.has_made(&entries[0]) && to.has_made(&entries[2]));
        assert!(!to.has_made(&entries[1]) && !key().has_made(&entries[0]));
    }
}
