//! The files of archives: one folder per repository, one file per reference.

use crate::domain::Error;
use crate::files;
use std::path::{Path, PathBuf};
use std::{fs, io};
use tempfile::NamedTempFile;
use wire::PackageName;

/// The file of a package. Repository and reference are checked names, so the path stays below
/// the root.
pub(super) fn path(root: &Path, name: &PackageName, reference: &str) -> PathBuf {
    root.join(name.folder()).join(format!("{reference}.zip"))
}

/// A temporary file to receive an archive, on the same file system as its place. It is
/// removed unless it is moved there.
///
/// # Errors
/// When it cannot be created.
pub(super) fn receive(root: &Path) -> Result<NamedTempFile, Error> {
    files::private_folder(root)
        .and_then(|()| files::unfinished(root))
        .map_err(not_written)
}

/// The error for an archive that could not be written.
pub(super) fn not_written(error: io::Error) -> Error {
    Error::io("writing an archive", &error)
}

/// The error for an archive that could not be read.
pub(super) fn not_read(path: &Path, error: &io::Error) -> Error {
    Error::io(&format!("reading {}", path.display()), error)
}

/// Moves a received archive to its place, durably.
///
/// # Errors
/// Those of the file system.
pub(super) fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), files::private_folder)?;
    files::persist(file, path)
}

/// Removes an archive, if it is there.
///
/// # Errors
/// Those of the file system.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_repository_is_not_inside_another_one() {
        let name = |text: &str| text.parse::<PackageName>().unwrap();
        assert_eq!(
            path(Path::new("/d"), &name("r.io/a/b/c"), "r1"),
            Path::new("/d/a%2Fb%2Fc/r1.zip")
        );
    }
}
