//! Files and folders that survive a crash and that other users cannot read.

use crate::failure::{Context, Failure};
use durable::{folder_of, unfinished};
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::NamedTempFile;

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".art-";

/// How much of a large file is in memory while it is copied or compared, in bytes.
pub(crate) const COPIED_AT_ONCE: usize = 64 << 10;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Mode 0600.
    Private,
    /// Mode 0644.
    Public,
}

impl Access {
    fn permissions(self) -> Permissions {
        Permissions::from_mode(match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        })
    }
}

/// Makes a folder of mode 0700, and its parents, regardless of the umask.
pub(crate) fn private_folder(path: &Path) -> Result<(), Failure> {
    let missing = !path.exists();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .context("cannot make the folder", path)?;
    if missing {
        fs::set_permissions(path, Permissions::from_mode(0o700))
            .context("cannot set the mode of", path)?;
    }
    Ok(())
}

/// Replaces a file in one step: readers see the old bytes or the new ones.
pub(crate) fn replace(path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
    replace_by(path, access, |file| file.write_all(bytes))
}

/// As [`replace`], with what `fill` writes.
pub(crate) fn replace_by(
    path: &Path,
    access: Access,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Failure> {
    write_beside(path, access, fill, unfinished::replace).context("cannot write", path)
}

/// Writes a file that must not be there yet.
pub(crate) fn create(path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
    if !folder_of(path).is_dir() {
        return Err(Failure::own(format!(
            "cannot create {}: there is no folder {}: make it first",
            path.display(),
            folder_of(path).display()
        )));
    }
    let fill = |file: &mut File| file.write_all(bytes);
    write_beside(path, access, fill, unfinished::create).context("cannot create", path)
}

fn write_beside(
    path: &Path,
    access: Access,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
    place: impl FnOnce(NamedTempFile, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = unfinished::begin(folder_of(path), UNFINISHED)?;
    let beside = file.path().to_owned();
    begun.push(beside.clone());
    drop(begun);
    let placed = fill(file.as_file_mut())
        .and_then(|()| file.as_file().set_permissions(access.permissions()))
        .and_then(|()| place(file, path));
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    begun.retain(|other| *other != beside);
    placed
}

/// Files that are being written now.
static BEGUN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Ends this process on behalf of a signal; nothing goes on being written.
pub(crate) fn exit_without_traces(code: i32) -> ! {
    // Kept, so that nothing is begun any more.
    let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    for unfinished in begun.iter() {
        let _ = fs::remove_file(unfinished);
    }
    std::process::exit(code)
}

/// Opens a file that can be read to its end. A FIFO in its place would keep its opener
/// waiting for ever.
///
/// # Errors
/// Also when there is something else of that name.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    Err(match kind.is_dir() {
        true => io::ErrorKind::IsADirectory.into(),
        false => io::Error::other("it is not a regular file"),
    })
}

/// Reads a file whole; `None` when there is none.
///
/// # Errors
/// Also when it is longer than `limit` bytes.
pub(crate) fn read_if_there(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
    match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened
            .and_then(|file| read_up_to(file, limit))
            .context("cannot read", path)
            .map(Some),
    }
}

/// Reads to the end, but no more than `limit` bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] when there is more.
pub(crate) fn read_up_to(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than the {limit} bytes that are allowed"),
        ));
    }
    Ok(bytes)
}

/// Removes what [`replace`] left in a folder where it was killed. Only for who
/// alone may write there now; what cannot be removed stays for the next time.
pub(crate) fn remove_unfinished(folder: &Path) {
    let _ = unfinished::remove_left(folder, UNFINISHED);
}

/// Removes a folder with all that is in it, also what was made unwritable.
///
/// # Errors
/// What stands in the way, also when there is more than can be removed in a few
/// seconds: a function's time does not go on that.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    durable::removal::remove(path, PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn secrets_are_private_and_replaced_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        private_folder(&folder).unwrap();
        let file = folder.join("secret");
        replace(&file, b"one", Access::Private).unwrap();
        replace(&file, b"two", Access::Private).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_is_not_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("key");
        create(&file, b"one", Access::Public).unwrap();
        assert!(create(&file, b"two", Access::Public).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"one");
    }

    #[test]
    fn reading_stops_at_the_limit() {
        assert_eq!(read_up_to(&b"1234"[..], 4).unwrap(), b"1234");
        assert_eq!(
            read_up_to(&b"12345"[..], 4).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }

    #[test]
    fn unwritable_folders_are_removed_too() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a");
        fs::create_dir_all(folder.join("b/c")).unwrap();
        fs::set_permissions(folder.join("b"), Permissions::from_mode(0o000)).unwrap();
        remove_folder(&folder).unwrap();
        assert!(!folder.exists());
    }
}
