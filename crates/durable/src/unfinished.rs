//! Files under names of their own, for places that several may write at the same time.
//!
//! Such a file disappears unless it gets to its place. What a process that was killed
//! left is known by how its name begins.

use crate::file::settle;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

/// Begins a file in a folder, for its owner alone, whose name begins with `prefix`.
///
/// # Errors
/// As open(2).
pub fn begin(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).tempfile_in(folder)
}

/// Puts a file that is whole in its place, and returns once that survives a power cut.
///
/// # Errors
/// What fsync(2) and rename(2) report.
pub fn replace(file: NamedTempFile, place: &Path) -> io::Result<()> {
    settle(file, NamedTempFile::as_file, place, |file| {
        Ok(file.persist(place).map(drop)?)
    })
}

/// As [`replace`], for a place where nothing is yet.
///
/// # Errors
/// Also when something is there by now.
pub fn create(file: NamedTempFile, place: &Path) -> io::Result<()> {
    settle(file, NamedTempFile::as_file, place, |file| {
        Ok(file.persist_noclobber(place).map(drop)?)
    })
}

/// Whether a name begins as those of unfinished files do.
pub fn is_unfinished(name: &OsStr, prefix: &str) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}

/// Removes what a process that was killed left unfinished, and returns how many files
/// that were. Only for a process that alone may write there now.
///
/// # Errors
/// The first of what stood in the way; everything else is gone then.
pub fn remove_left(folder: &Path, prefix: &str) -> io::Result<usize> {
    let mut removed = 0;
    let mut obstacle = Ok(());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_unfinished(&entry.file_name(), prefix) {
            match fs::remove_file(entry.path()) {
                Ok(()) => removed += 1,
                Err(error) => obstacle = obstacle.and(Err(error)),
            }
        }
    }
    obstacle.map(|()| removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const PREFIX: &str = ".begun-";

    fn written(folder: &Path, text: &str) -> NamedTempFile {
        let mut file = begin(folder, PREFIX).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn several_write_one_place_and_each_is_whole() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("a");
        let [one, two] = ["one", "two"].map(|text| written(home.path(), text));
        replace(two, &place).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"two");
        replace(one, &place).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"one");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn of_several_new_files_the_first_stays_and_nothing_of_the_others() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("a");
        let [one, two] = ["one", "two"].map(|text| written(home.path(), text));
        create(one, &place).unwrap();
        let refusal = create(two, &place).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&place).unwrap(), b"one");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("kept"), "").unwrap();
        // Not a file: it cannot be removed as one, and does not stop the rest.
        let folder = home.path().join(format!("{PREFIX}folder"));
        fs::create_dir(&folder).unwrap();
        for text in ["one", "two"] {
            written(home.path(), text).keep().unwrap();
        }
        assert!(remove_left(home.path(), PREFIX).is_err());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
        fs::remove_dir(folder).unwrap();
        written(home.path(), "three").keep().unwrap();
        assert_eq!(remove_left(home.path(), PREFIX).unwrap(), 1);
        assert!(home.path().join("kept").exists());
    }
}
