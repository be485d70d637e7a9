//! Files that are either as they were or as they should be, even after a power
//! cut.
#![forbid(unsafe_code)]

pub(crate) mod record;
pub(crate) mod reserve;

pub(crate) use durable::{
    create_private, make_new_private_folder, make_private_folder, remove, remove_folder, replace,
    sync_folder, sync_parent,
};

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

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
    fn a_file_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read_limited(&path, 3).unwrap(), None);
        fs::write(&path, "abcd").unwrap();
        assert!(read_limited(&path, 3).is_err());
        assert_eq!(read_limited(&path, 4).unwrap().unwrap(), b"abcd");
    }

    #[test]
    fn folders_are_closed_to_others_where_they_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a");
        make_private_folder(&inner).unwrap();
        assert!(!close_to_others(&inner, 0).unwrap());
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(close_to_others(&inner, 0o011).unwrap());
        assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o711);
        assert!(!close_to_others(&inner, 0o011).unwrap());
        assert!(close_to_others(&inner, 0).unwrap());
        assert_eq!(fs::metadata(&inner).unwrap().mode() & 0o777, 0o700);
    }
}
