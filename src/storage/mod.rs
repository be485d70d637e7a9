//! Files that are either as they were or as they should be, even after a power
//! cut.
#![forbid(unsafe_code)]

pub(crate) mod record;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a folder that only its owner may enter, with its parents, whatever
/// the umask is.
///
/// # Errors
/// What mkdir(2) reports.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        sync_parent(folder)?;
    }
    Ok(())
}

/// Replaces a file by `bytes` and returns once that survives a power cut: a
/// file beside it is written, synced and renamed, then the folder is synced.
/// Only its owner may read it, whatever the umask is.
///
/// # Errors
/// What any of these steps reports; the file is then as it was.
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

/// Creates or empties a file that only its owner may read.
///
/// # Errors
/// What open(2) and chmod(2) report.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Removes a file, if it is there, and returns once that survives a power cut.
///
/// # Errors
/// What unlink(2) and fsync(2) report.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_parent(path),
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
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
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
    fn what_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read_limited(&path, 3).unwrap(), None);
        fs::write(&path, "abcd").unwrap();
        assert!(read_limited(&path, 3).is_err());
        assert_eq!(read_limited(&path, 4).unwrap().unwrap(), b"abcd");
    }
}
