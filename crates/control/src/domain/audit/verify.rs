//! Whether the log is as it was written.

#[cfg(test)]
mod tests;

use super::{AuditKey, Ends, Entry};
use api::audit::Verified;
use std::fmt;
use wire::encoding::hex;

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
    /// That row is an older one, or of another copy: the log lacks an entry that was there.
    Older,
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
            Self::Older => f.write_str(
                "the record of where the log begins and ends is an older one: the log lacks an entry that was there while control ran",
            ),
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
        if finding == Finding::Ends && self.named.contains(&finding) {
            return;
        }
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

impl From<Findings> for Verified {
    fn from(findings: Findings) -> Self {
        // Somebody may have put anything into a row.
        let unsigned = |number| u64::try_from(number).unwrap_or_default();
        Self {
            whole: findings.is_whole(),
            entries: findings.entries,
            oldest: unsigned(findings.oldest),
            newest: unsigned(findings.newest),
            newest_mac: hex(&findings.newest_mac),
            findings: findings.named.iter().map(ToString::to_string).collect(),
            more: findings.more,
        }
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
    /// Begins to verify a log with these ends, if it has any. `has_lost` tells whether it lacks an
    /// entry that [was there](super::Known::is_lost).
    pub(crate) fn new(key: &'a AuditKey, ends: Option<Ends>, has_lost: bool) -> Self {
        let mut findings = Findings::default();
        if !ends.as_ref().is_some_and(|ends| key.has_sealed(ends)) {
            findings.add(Finding::Ends);
        }
        if has_lost {
            findings.add(Finding::Older);
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

    /// Goes on after what retention has removed meanwhile, by the present ends; it verifies what it
    /// removes.
    pub(crate) fn go_on_after(&mut self, ends: Option<&Ends>) {
        let Some(ends) = ends.filter(|ends| self.key.has_sealed(ends)) else {
            self.findings.add(Finding::Ends);
            return;
        };
        let at = self.waiting.as_ref().map_or(0, |entry| entry.number);
        if ends.removed <= at.max(self.last.number) {
            return;
        }
        if let Some(waiting) = self.waiting.take() {
            self.judge(waiting, None);
        }
        self.last = Last {
            number: ends.removed,
            mac: ends.removed_mac.clone(),
            is_sure: true,
        };
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
