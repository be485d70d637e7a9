//! Files and folders that only their owner may read, with any umask.

use durable::folder_of;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The beginning of the names of unfinished files.
const UNFINISHED: &str = ".unfinished-";

/// Creates a folder of mode 0700, and those above it; changes the mode of an existing one.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700))
}

/// Opens a file for appending; creates it with mode 0600 if it is missing.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Writes a new file and syncs it; refuses to replace an existing one.
pub(crate) fn write_new(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    NewFile::begin(path, mode)?.finish(content)
}

/// Writes new files into a folder, all of them or none; each has a name, a mode and a
/// content.
///
/// # Errors
/// The file that could not be written, or exists already.
pub(crate) fn write_all_new(
    folder: &Path,
    files: &[(&str, u32, String)],
) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut begun = Vec::new();
    for (name, mode, content) in files {
        let path = folder.join(name);
        let file = NewFile::begin(&path, *mode).and_then(|mut file| {
            file.write(content.as_bytes())?;
            Ok(file)
        });
        begun.push(file.map_err(|error| (path, error))?);
    }
    let mut made: Vec<PathBuf> = Vec::new();
    for file in begun {
        let path = file.path.clone();
        if let Err(error) = file.place() {
            // If a file cannot be removed, the next attempt names it.
            made.iter().for_each(|path| drop(fs::remove_file(path)));
            return Err((path, error));
        }
        made.push(path);
    }
    Ok(made)
}

/// A file that appears under its name only when it is complete.
pub(crate) struct NewFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl NewFile {
    /// Begins a file beside its place, which shows whether it can be written.
    ///
    /// # Errors
    /// Also when the file exists already.
    pub(crate) fn begin(path: &Path, mode: u32) -> io::Result<Self> {
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = unfinished(folder_of(path))?;
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Writes the content and moves the file to its place.
    ///
    /// # Errors
    /// Also when the file exists by now. Nothing is left then.
    pub(crate) fn finish(mut self, content: &[u8]) -> io::Result<()> {
        self.write(content)?;
        self.place()
    }

    fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.write_all(content)?;
        self.file.as_file().sync_all()
    }

    fn place(self) -> io::Result<()> {
        durable::unfinished::create(self.file, &self.path)
    }
}

/// Replaces a file in one step, durably.
pub(crate) fn replace(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut file = unfinished(folder_of(path))?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content)?;
    persist(file, path)
}

/// Creates a temporary file, which is removed unless it is [persisted](persist).
pub(crate) fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    durable::unfinished::begin(folder, UNFINISHED)
}

/// Moves a finished temporary file to its place, durably.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    durable::unfinished::replace(file, path)
}

/// Removes the unfinished files of killed processes; returns how many there were.
pub(crate) fn remove_unfinished(folder: &Path) -> io::Result<usize> {
    durable::unfinished::remove_left(folder, UNFINISHED)
}

/// Whether a file of this name is unfinished.
pub(crate) fn is_unfinished(name: &OsStr) -> bool {
    durable::unfinished::is_unfinished(name, UNFINISHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn private_folders_and_files_get_their_mode_even_if_they_exist() {
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
    fn only_unfinished_files_are_removed() {
        let temp = tempfile::tempdir().unwrap();
        write_new(&temp.path().join("kept"), 0o600, b"").unwrap();
        unfinished(temp.path()).unwrap().keep().unwrap();
        assert_eq!(remove_unfinished(temp.path()).unwrap(), 1);
        let mut left = fs::read_dir(temp.path()).unwrap();
        assert_eq!(left.next().unwrap().unwrap().file_name(), "kept");
        assert!(left.next().is_none());
    }

    #[test]
    fn all_files_are_written_or_none() {
        let temp = tempfile::tempdir().unwrap();
        let made = |name| (name, 0o600, "content".to_owned());
        fs::write(temp.path().join("second"), "other").unwrap();
        let files = [made("first"), made("second")];
        let (path, error) = write_all_new(temp.path(), &files).unwrap_err();
        assert!(path.ends_with("second") && error.kind() == io::ErrorKind::AlreadyExists);
        assert_eq!(
            fs::read_dir(temp.path()).unwrap().count(),
            1,
            "nothing is left"
        );
        fs::remove_file(temp.path().join("second")).unwrap();
        assert_eq!(write_all_new(temp.path(), &files).unwrap().len(), 2);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 2);
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
