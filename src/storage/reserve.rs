//! Space that is taken in advance, so that what has to be written can be
//! written on a disk that others have filled.

use super::create_private;
use crate::sys::space;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// A file that holds nothing but room.
pub(crate) struct Reserve {
    file: PathBuf,
    bytes: u32,
}

impl Reserve {
    /// Room of `bytes` bytes that this file is to hold.
    pub(crate) fn new(file: PathBuf, bytes: u32) -> Self {
        Self { file, bytes }
    }

    /// Takes the room, unless it is taken already.
    ///
    /// # Errors
    /// When the disk has no room for it: then nothing is taken.
    pub(crate) fn take(&self) -> io::Result<()> {
        if self.is_taken() {
            return Ok(());
        }
        let taken = create_private(&self.file).and_then(|file| self.fill(&file));
        if taken.is_err() {
            self.give_up();
        }
        taken
    }

    /// Whether the room is taken.
    pub(crate) fn is_taken(&self) -> bool {
        fs::metadata(&self.file).is_ok_and(|found| found.len() >= self.bytes.into())
    }

    /// Not every file system can give room to a file that is not written.
    fn fill(&self, mut file: &fs::File) -> io::Result<()> {
        match space::allocate(file, self.bytes) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            done => return done,
        }
        let page = [0; 4096];
        for _ in 0..self.bytes.div_ceil(4096) {
            file.write_all(&page)?;
        }
        // Without this, some find out later that there is no room.
        file.sync_all()
    }

    /// Gives the room up.
    pub(crate) fn give_up(&self) {
        // A file that is not there holds no room either.
        let _ = fs::remove_file(&self.file);
    }

    /// Writes something; on a full disk, once more in the room that this gives
    /// up for it.
    ///
    /// # Errors
    /// What `write` reports.
    pub(crate) fn lend<T>(&self, write: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match write() {
            Err(error) if is_full(&error) && self.is_taken() => {
                self.give_up();
                write()
            }
            done => done,
        }
    }
}

/// Whether the disk, or what this user may have of it, is used up.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn reserve(folder: &tempfile::TempDir) -> Reserve {
        Reserve::new(folder.path().join("reserve"), 64 << 10)
    }

    #[test]
    fn the_room_is_really_taken() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let reserve = reserve(&folder);
        assert!(!reserve.is_taken());
        reserve.take().unwrap();
        reserve.take().unwrap();
        let found = fs::metadata(folder.path().join("reserve")).unwrap();
        assert!(found.blocks() * 512 >= 64 << 10, "it is not a hole");
        reserve.give_up();
        assert!(!reserve.is_taken());
    }

    #[test]
    fn a_full_disk_costs_the_reserve_first() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = reserve(&folder);
        let writes = Cell::new(0);
        let full_while_taken = || {
            writes.set(writes.get() + 1);
            if reserve.is_taken() {
                Err(io::ErrorKind::StorageFull.into())
            } else {
                Ok(())
            }
        };
        reserve.take().unwrap();
        reserve.lend(full_while_taken).unwrap();
        assert_eq!(writes.get(), 2);
        let never = || Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull));
        assert!(is_full(&reserve.lend(never).unwrap_err()));
    }

    #[test]
    fn other_failures_leave_the_reserve_alone() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = reserve(&folder);
        reserve.take().unwrap();
        let refused = || Err::<(), _>(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(reserve.lend(refused).is_err());
        assert!(reserve.is_taken());
    }
}
