//! The sequence number that every request carries and that only grows.
//!
//! Numbers are reserved on disk in blocks before they are used, so that an
//! idle ping writes nothing and no number is used twice, whatever happens.

use crate::failure::{Context, Failure};
use crate::storage::record;
use std::io;
use std::path::{Path, PathBuf};

const BLOCK: u64 = 1024;

/// The next number, and how far numbers are reserved.
pub(crate) struct Sequence {
    path: PathBuf,
    next: u64,
    reserved: u64,
}

impl Sequence {
    /// Goes on after the last block that was reserved.
    ///
    /// # Errors
    /// When the record is there and cannot be read.
    pub(crate) fn load(home: &Path) -> Result<Self, Failure> {
        let path = home.join("sequence");
        let reserved = record::read(&path)
            .context(format_args!("cannot read {}", path.display()))?
            .unwrap_or(0);
        Ok(Self {
            path,
            next: reserved + 1,
            reserved,
        })
    }

    /// The next number.
    ///
    /// # Errors
    /// When a block has to be reserved and the disk refuses.
    pub(crate) fn next(&mut self) -> io::Result<u64> {
        if self.next > self.reserved {
            let reserved = self.next.saturating_add(BLOCK);
            record::write(&self.path, &reserved)?;
            self.reserved = reserved;
        }
        let n = self.next;
        self.next += 1;
        Ok(n)
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

    #[test]
    fn numbers_grow_across_restarts() {
        let home = tempfile::tempdir().unwrap();
        let mut first = Sequence::load(home.path()).unwrap();
        let last = (0..3000)
            .map(|_| first.next().unwrap())
            .reduce(|a, b| {
                assert!(b > a);
                b
            })
            .unwrap();
        assert!(Sequence::load(home.path()).unwrap().next().unwrap() > last);
    }

    #[test]
    fn a_jump_goes_upwards_only_and_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let mut sequence = Sequence::load(home.path()).unwrap();
        assert!(sequence.jump_above(1_000_000));
        assert_eq!(sequence.next().unwrap(), 1_000_001);
        assert!(!sequence.jump_above(5));
        assert!(Sequence::load(home.path()).unwrap().next().unwrap() > 1_000_001);
    }

    #[test]
    fn nobody_can_use_the_numbers_up() {
        let home = tempfile::tempdir().unwrap();
        assert!(!Sequence::load(home.path()).unwrap().jump_above(u64::MAX));
    }

    #[test]
    fn an_idle_ping_writes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut sequence = Sequence::load(home.path()).unwrap();
        sequence.next().unwrap();
        let path = home.path().join("sequence");
        std::fs::remove_file(&path).unwrap();
        sequence.next().unwrap();
        assert!(!path.exists());
    }
}
