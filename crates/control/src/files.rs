//! Files and folders that nobody else may read, whatever the umask.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use tempfile::NamedTempFile;

/// How the names of files begin that are not finished.
const UNFINISHED: &str = ".unfinished-";

/// Makes a folder of mode 0700, and those above it; narrows one that is there.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// Opens a file for appending, making it with mode 0600 if it is not there.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Writes a new file and syncs it; refuses to replace one that is there.
pub(crate) fn write_new(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = unfinished(folder)?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes a file anew, in one step and durably.
pub(crate) fn replace(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut file = unfinished(folder_of(path))?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content)?;
    persist(file, path)
}

/// Makes a file that disappears unless it is [persisted](persist).
pub(crate) fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)
}

/// Moves a finished temporary file to its place, durably.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path))
}

/// Removes what a process that was killed left of files that it had not
/// finished; returns how many there were.
pub(crate) fn remove_unfinished(folder: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_unfinished(&entry.file_name()) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether a file of this name is not finished.
pub(crate) fn is_unfinished(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(UNFINISHED)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_private_stays_private_even_if_it_was_wider_before() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("a/b");
        private_folder(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        private_folder(&folder).unwrap();
        let file = folder.join("f");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        private_file(&file).unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }

    #[test]
    fn what_a_killed_process_left_unfinished_is_removed_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        write_new(&temp.path().join("kept"), 0o600, b"").unwrap();
        unfinished(temp.path()).unwrap().keep().unwrap();
        assert_eq!(remove_unfinished(temp.path()).unwrap(), 1);
        let mut left = fs::read_dir(temp.path()).unwrap();
        assert_eq!(left.next().unwrap().unwrap().file_name(), "kept");
        assert!(left.next().is_none());
    }

    #[test]
    fn a_file_is_never_replaced_by_a_new_one() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("key");
        write_new(&path, 0o600, b"first").unwrap();
        assert_eq!(
            write_new(&path, 0o600, b"second").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(
            (fs::read(&path).unwrap(), mode(&path)),
            (b"first".to_vec(), 0o600)
        );
    }
}
