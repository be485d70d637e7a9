//! The sequence number that every request carries and that only grows.
//!
//! Numbers are reserved on disk in blocks before they are used, so that an idle ping writes
//! nothing and no number is ever used twice.
//!
//! The record makes this quick, not safe: it is control that remembers the
//! last number that it saw, takes none that is not higher, and says which it
//! was. So a host whose disk is full or whose record is damaged goes on. At
//! worst, after a restart, it begins with a number that was used before; control
//! refuses that one with the last it saw, and the host jumps above it.

use crate::failure::{Context, Failure};
use crate::log;
use crate::storage::record;
use std::io;
use std::path::{Path, PathBuf};

const BLOCK: u64 = 1024;

/// The next number, and how far numbers are reserved.
pub(crate) struct Sequence {
    path: PathBuf,
    next: u64,
    reserved: u64,
    /// Whether the last reservation failed, which was then logged.
    unreserved: bool,
}

impl Sequence {
    /// Goes on after the last block that was reserved. A damaged record is set
    /// aside: control will say where to go on.
    ///
    /// # Errors
    /// When the record is there and this user cannot read it.
    pub(crate) fn load(home: &Path) -> Result<Self, Failure> {
        let path = home.join("sequence");
        let reserved = record::read_or_set_aside(&path)
            .context(format_args!("cannot read {}", path.display()))?
            .unwrap_or(0);
        Ok(Self {
            path,
            next: reserved + 1,
            reserved,
            unreserved: false,
        })
    }

    /// Goes on to the next number, and returns it.
    pub(crate) fn advance(&mut self) -> u64 {
        if self.next > self.reserved {
            self.reserve();
        }
        let n = self.next;
        self.next += 1;
        n
    }

    /// The number that was used last, or the last that may have been.
    pub(crate) fn last(&self) -> u64 {
        self.next - 1
    }

    fn reserve(&mut self) {
        let reserved = self.next.saturating_add(BLOCK);
        match record::write(&self.path, &reserved) {
            Ok(()) => (self.reserved, self.unreserved) = (reserved, false),
            Err(error) => self.note_unreserved(&error),
        }
    }

    /// Every number tries again; the log has it once.
    fn note_unreserved(&mut self, error: &io::Error) {
        if !self.unreserved {
            let path = self.path.display();
            log::warning!("cannot write {path}: {error}; going on without, but make room for it");
        }
        self.unreserved = true;
    }

    /// Jumps above a number that control has seen already, as when this host's
    /// state was restored from an image. Returns whether there was a jump.
    pub(crate) fn jump_above(&mut self, last: u64) -> bool {
        let behind = self.next <= last && last < u64::MAX - 2 * BLOCK;
        if behind {
            self.next = last + 1;
        }
        behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn numbers_grow_across_restarts() {
        let home = tempfile::tempdir().unwrap();
        let mut first = Sequence::load(home.path()).unwrap();
        let last = (0..3000)
            .map(|_| first.advance())
            .reduce(|a, b| {
                assert!(b > a);
                b
            })
            .unwrap();
        assert!(Sequence::load(home.path()).unwrap().advance() > last);
    }

    #[test]
    fn a_jump_goes_upwards_only_and_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let mut sequence = Sequence::load(home.path()).unwrap();
        assert!(sequence.jump_above(1_000_000));
        assert_eq!(sequence.advance(), 1_000_001);
        assert!(!sequence.jump_above(5));
        assert!(Sequence::load(home.path()).unwrap().advance() > 1_000_001);
    }

    #[test]
    fn the_numbers_cannot_be_used_up() {
        let home = tempfile::tempdir().unwrap();
        assert!(!Sequence::load(home.path()).unwrap().jump_above(u64::MAX));
    }

    #[test]
    fn an_idle_ping_writes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut sequence = Sequence::load(home.path()).unwrap();
        sequence.advance();
        let path = home.path().join("sequence");
        fs::remove_file(&path).unwrap();
        sequence.advance();
        assert!(!path.exists());
    }

    #[test]
    fn a_host_that_cannot_write_goes_on_and_reserves_when_it_can() {
        let home = tempfile::tempdir().unwrap();
        let mut sequence = Sequence::load(home.path()).unwrap();
        let record = home.path().join("sequence");
        // Not even root can rename a file onto a folder.
        fs::create_dir(&record).unwrap();
        assert_eq!([(); 3].map(|()| sequence.advance()), [1, 2, 3]);
        fs::remove_dir(&record).unwrap();
        assert_eq!(sequence.advance(), 4);
        assert!(Sequence::load(home.path()).unwrap().advance() > 4);
    }

    #[test]
    fn a_damaged_record_is_put_aside() {
        let home = tempfile::tempdir().unwrap();
        let record = home.path().join("sequence");
        fs::write(&record, "torn").unwrap();
        let mut sequence = Sequence::load(home.path()).unwrap();
        assert!(sequence.jump_above(5_000));
        assert_eq!(sequence.advance(), 5_001);
        let aside = home.path().join("sequence.damaged");
        assert_eq!(fs::read_to_string(aside).unwrap(), "torn");
    }
}
