//! Folders, and the names in them.

use crate::{absent_is_fine, removal};
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

/// Makes a folder that only its owner may enter, with its parents, and returns
/// once that survives a power cut.
///
/// # Errors
/// What mkdir(2) and fsync(2) report.
pub fn make_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|path| !path.as_os_str().is_empty()) {
        make_private_folder(parent)?;
    }
    match make_new_private_folder(folder) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        done => done,
    }
}

/// Makes a folder that is not there yet and that only its owner may enter, and
/// returns once that survives a power cut.
///
/// # Errors
/// What mkdir(2) and fsync(2) report. A folder whose name could not be synced
/// is removed: found there later, it would be taken for one that is safe.
pub fn make_new_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    sync_parent(folder).inspect_err(|_| {
        // The failure itself is what matters, not whether this worked.
        let _ = fs::remove_dir(folder);
    })
}

/// Removes a folder with everything in it, if it is there, and returns once it
/// stays away after a power cut.
///
/// # Errors
/// What [`removal::remove`] and fsync(2) report; some of it may be gone then.
pub fn remove_folder(folder: &Path, patience: Duration) -> io::Result<()> {
    removal::remove(folder, patience)?;
    absent_is_fine(sync_parent(folder))
}

/// Syncs the folder in which a name was made, renamed or removed.
///
/// # Errors
/// What open(2) and fsync(2) report.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    sync_folder(folder_of(path))
}

/// Syncs the names in a folder.
///
/// # Errors
/// What open(2) and fsync(2) report.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder that a file or folder lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn folders_are_made_private_with_their_parents() {
        let home = tempfile::tempdir().unwrap();
        let inner = home.path().join("a/b");
        make_private_folder(&inner).unwrap();
        make_private_folder(&inner).unwrap();
        for made in [home.path().join("a"), inner.clone()] {
            let mode = fs::metadata(made).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let again = make_new_private_folder(&inner).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert!(inner.is_dir(), "another's folder is left");
    }

    #[test]
    fn a_folder_that_is_removed_twice_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("b"), "x").unwrap();
        for _ in 0..2 {
            remove_folder(&folder, Duration::from_secs(60)).unwrap();
            assert!(!folder.exists());
        }
    }

    #[test]
    fn a_name_alone_lies_in_the_current_folder() {
        for (path, folder) in [("a", "."), ("a/b", "a"), ("/a", "/"), ("/", ".")] {
            assert_eq!(folder_of(Path::new(path)), Path::new(folder), "{path}");
        }
    }
}
