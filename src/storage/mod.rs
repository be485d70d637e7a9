//! Files that are either as they were or as they should be, even after a power
//! cut.
#![forbid(unsafe_code)]

pub(crate) mod record;
pub(crate) mod reserve;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Makes a folder that only its owner may enter, with its parents, and returns
/// once that survives a power cut.
///
/// # Errors
/// What mkdir(2) and fsync(2) report.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|path| !path.as_os_str().is_empty()) {
        make_private_folder(parent)?;
    }
    match make_new_private_folder(folder) {
        // Somebody else was faster.
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
pub(crate) fn make_new_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    sync_parent(folder).inspect_err(|_| {
        // The failure itself is what matters, not whether this worked.
        let _ = fs::remove_dir(folder);
    })
}

/// Takes from everybody but its owner what they may do with a folder, but for what
/// is in `left`. Returns whether there was anything to take.
///
/// # Errors
/// What stat(2) and chmod(2) report.
pub(crate) fn close_to_others(folder: &Path, left: u32) -> io::Result<bool> {
    let mut permissions = fs::metadata(folder)?.permissions();
    let mode = permissions.mode() & 0o777;
    let open = mode & 0o077 & !left != 0;
    if open {
        permissions.set_mode(0o700 | mode & left);
        fs::set_permissions(folder, permissions)?;
    }
    Ok(open)
}

/// Replaces a file by `bytes` and returns once that survives a power cut: a
/// file beside it is written, synced and renamed, then the folder is synced.
/// Only its owner may read it, whatever the umask is.
///
/// # Errors
/// What any of these steps reports. The file is then as it was; where only the
/// folder could not be synced, it may be either, and only another replacement
/// makes that certain: what a failed sync left out, a later one passes over
/// (fsync(2)).
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let written = write_synced(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The failure itself is what matters, not whether this worked.
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync_parent(path)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes an empty file that only its owner may read, in place of whatever has
/// its name: a link that somebody put there is removed and not followed.
///
/// # Errors
/// What unlink(2), open(2) and chmod(2) report.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    absent_is_fine(fs::remove_file(path))?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Does work in a folder that another process may do at the same time: one after the other.
/// Two that replace one file at once would take the file beside it from each other.
///
/// # Errors
/// When another process has not done it within a second, and those of the work.
pub(crate) fn in_turn<T>(folder: &Path, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    const ATTEMPTS: u32 = 20;
    const PAUSE: Duration = Duration::from_millis(50);
    let lock = File::open(folder)?;
    for _ in 0..ATTEMPTS {
        match lock.try_lock() {
            Ok(()) => return work(),
            Err(TryLockError::WouldBlock) => sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    let why = format!("another process is at work in {}", folder.display());
    Err(io::Error::new(io::ErrorKind::ResourceBusy, why))
}

/// Removes a file, if it is there, and returns once it stays away after a power
/// cut: also where an earlier attempt removed it and could not sync that.
///
/// # Errors
/// What unlink(2) and fsync(2) report.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    absent_is_fine(fs::remove_file(path))?;
    absent_is_fine(sync_parent(path))
}

/// Removes a folder with everything in it, if it is there, and returns once it
/// stays away after a power cut.
///
/// # Errors
/// What [`removal::remove`] and fsync(2) report; some of it may be gone then.
pub(crate) fn remove_folder(folder: &Path, patience: Duration) -> io::Result<()> {
    removal::remove(folder, patience)?;
    absent_is_fine(sync_parent(folder))
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Syncs the folder in which a name was made, renamed or removed.
///
/// # Errors
/// What fsync(2) reports.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    sync_folder(parent.unwrap_or(Path::new(".")))
}

/// Syncs the names in a folder.
///
/// # Errors
/// What open(2) and fsync(2) report.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Reads a file of at most `most` bytes; `None` when there is none.
///
/// # Errors
/// What open(2) and read(2) report; `InvalidData` when the file is larger.
pub(crate) fn read_limited(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    use io::Read;
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("larger than {most} bytes"),
        ));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

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
    fn many_that_replace_a_file_in_turn_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| in_turn(folder.path(), || replace(&path, b"one")).unwrap());
            }
        });
        assert_eq!(fs::read(&path).unwrap(), b"one");
        let held = File::open(folder.path()).unwrap();
        held.lock().unwrap();
        let refusal = in_turn(folder.path(), || replace(&path, b"two")).unwrap_err();
        assert!(refusal.to_string().contains("another process"), "{refusal}");
        assert_eq!(fs::read(&path).unwrap(), b"one");
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
    fn what_is_removed_twice_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let [file, inner] = ["a", "b"].map(|name| folder.path().join(name));
        fs::write(&file, "x").unwrap();
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("c"), "x").unwrap();
        for _ in 0..2 {
            remove(&file).unwrap();
            remove_folder(&inner, Duration::from_secs(60)).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        remove(&folder.path().join("no/such/folder")).unwrap();
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read_limited(&path, 3).unwrap(), None);
        fs::write(&path, "abcd").unwrap();
        assert!(read_limited(&path, 3).is_err());
        assert_eq!(read_limited(&path, 4).unwrap().unwrap(), b"abcd");
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
    fn folders_are_made_private_with_their_parents_and_closed_where_they_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        make_private_folder(&inner).unwrap();
        make_private_folder(&inner).unwrap();
        for made in [folder.path().join("a"), inner.clone()] {
            assert!(!close_to_others(&made, 0).unwrap());
        }
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(close_to_others(&inner, 0o011).unwrap());
        assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o711);
        assert!(!close_to_others(&inner, 0o011).unwrap());
        assert!(close_to_others(&inner, 0).unwrap());
        assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o700);
    }
}
