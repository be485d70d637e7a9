//! One file, and its place.

use crate::{absent_is_fine, sync_parent};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Replaces a file by `bytes` and returns once that survives a power cut: a
/// file beside it (`NAME.new`) is written, synced and renamed, then the folder is
/// synced. Only its owner may read it, with any umask. For one writer at a time.
///
/// # Errors
/// What any of these steps reports. The file is then as it was; where only the
/// folder could not be synced, it may be either, and only another replacement
/// makes that certain: what a failed sync left out, a later one passes over
/// (fsync(2)).
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let written = create_private(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        Ok(file)
    });
    let rename = |file| {
        drop(file);
        fs::rename(&beside, path)
    };
    let settled = written.and_then(|file| settle(file, |file| file, path, rename));
    settled.inspect_err(|_| {
        // The failure itself is what matters, not whether this worked.
        let _ = fs::remove_file(&beside);
    })
}

/// Puts a file that was written beside its place there: the file is synced, renamed by
/// `rename`, then the folder is synced.
///
/// # Errors
/// What any of these steps reports.
pub(crate) fn settle<F>(
    file: F,
    as_file: impl FnOnce(&F) -> &File,
    place: &Path,
    rename: impl FnOnce(F) -> io::Result<()>,
) -> io::Result<()> {
    as_file(&file).sync_all()?;
    rename(file)?;
    sync_parent(place)
}

/// Makes an empty file that only its owner may read, in place of a file or link of that name: a
/// link is removed and not followed.
///
/// # Errors
/// What unlink(2), open(2) and chmod(2) report.
pub fn create_private(path: &Path) -> io::Result<File> {
    absent_is_fine(fs::remove_file(path))?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Removes a file, if it is there, and returns once it stays away after a power
/// cut: also where an earlier attempt removed it and could not sync that.
///
/// # Errors
/// What unlink(2) and fsync(2) report.
pub fn remove(path: &Path) -> io::Result<()> {
    absent_is_fine(fs::remove_file(path))?;
    absent_is_fine(sync_parent(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_replacement_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one").unwrap();
        fs::create_dir(path.with_added_extension("new")).unwrap();
        assert!(replace(&path, b"two").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn what_cannot_be_renamed_leaves_nothing_beside_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, b"one").is_err());
        assert!(!path.with_added_extension("new").exists());
    }

    #[test]
    fn a_link_in_the_place_of_a_new_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [path, victim] = ["a", "victim"].map(|name| folder.path().join(name));
        fs::write(&victim, "precious").unwrap();
        let stale = path.with_added_extension("new");
        std::os::unix::fs::symlink(&victim, &stale).unwrap();
        replace(&path, b"one").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert!(fs::symlink_metadata(&stale).is_err());
    }

    #[test]
    fn a_file_that_is_removed_twice_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "x").unwrap();
        for _ in 0..2 {
            remove(&path).unwrap();
            assert!(!path.exists());
        }
        remove(&folder.path().join("no/such/folder")).unwrap();
    }
}
