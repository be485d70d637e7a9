//! A folder that appears under its name only when it is complete.

use durable::{folder_of, sync_folder, sync_parent};
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A folder that is being filled beside its place. It is removed with its content unless it
/// is [finished](NewFolder::finish). If the process is killed, the next one that begins the
/// folder removes it.
pub(crate) struct NewFolder {
    place: PathBuf,
    path: PathBuf,
    /// Held while a process fills the folder.
    _lock: File,
    is_finished: bool,
}

impl NewFolder {
    /// Creates the folder, for its owner only, and those above its place.
    ///
    /// # Errors
    /// Also when something is in its place, or another process fills it.
    pub(crate) fn begin(place: &Path) -> io::Result<Self> {
        let name = place.file_name().ok_or(ErrorKind::InvalidInput)?;
        if place.symlink_metadata().is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder.recursive(true).create(folder_of(place))?;
        let mut unfinished = std::ffi::OsString::from(".unfinished-");
        unfinished.push(name);
        let path = place.with_file_name(unfinished);
        if path.exists() {
            // If it is locked, another process is filling it.
            let _lock = lock(&path)?;
            fs::remove_dir_all(&path)?;
        }
        builder.recursive(false).create(&path)?;
        Ok(Self {
            place: place.to_owned(),
            _lock: lock(&path)?,
            path,
            is_finished: false,
        })
    }

    /// Its path while it is being filled.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to its place, durably.
    ///
    /// # Errors
    /// Also when something is in its place by now.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        sync_folder(&self.path)?;
        fs::rename(&self.path, &self.place)?;
        self.is_finished = true;
        sync_parent(&self.place)
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_finished {
            // Twice, because a file may just have been added. If this fails, the next process
            // removes it.
            drop(fs::remove_dir_all(&self.path).or_else(|_| fs::remove_dir_all(&self.path)));
        }
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let folder = File::open(path)?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => Err(io::Error::new(
            ErrorKind::ResourceBusy,
            "another command is creating it at the moment",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_folder_appears_complete_or_not_at_all() {
        let temp = tempfile::tempdir().unwrap();
        let place = temp.path().join("a/backup");
        let begun = NewFolder::begin(&place).unwrap();
        fs::write(begun.path().join("half"), "x").unwrap();
        assert!(!place.exists());
        assert!(NewFolder::begin(&place).is_err(), "one at a time");
        drop(begun);
        assert!(names(&temp.path().join("a")).is_empty(), "nothing is left");
        let begun = NewFolder::begin(&place).unwrap();
        fs::write(begun.path().join("whole"), "x").unwrap();
        begun.finish().unwrap();
        assert_eq!(names(&temp.path().join("a")), ["backup"]);
        assert_eq!(names(&place), ["whole"]);
        let again = NewFolder::begin(&place).err().unwrap();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn the_folder_of_a_killed_process_blocks_no_other() {
        let temp = tempfile::tempdir().unwrap();
        let place = temp.path().join("backup");
        let mut begun = NewFolder::begin(&place).unwrap();
        fs::write(begun.path().join("half"), "x").unwrap();
        // As if it had been killed.
        begun.is_finished = true;
        drop(begun);
        NewFolder::begin(&place).unwrap().finish().unwrap();
        assert!(names(&place).is_empty());
        assert_eq!(names(temp.path()), ["backup"]);
    }
}
