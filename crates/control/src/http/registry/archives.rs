//! Where archives lie: one folder per repository, one file per reference.

use crate::domain::Error;
use crate::domain::package::folder;
use crate::files;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use wire::PackageName;

/// The file of a package. Repository and reference are checked names, which
/// can leave no folder.
pub(super) fn path(root: &Path, name: &PackageName, reference: &str) -> PathBuf {
    root.join(folder(name)).join(format!("{reference}.zip"))
}

/// A file to receive an archive, on the file system where it will stay; it
/// disappears unless it is moved to its place.
///
/// # Errors
/// [`Error::Internal`] when it cannot be made.
pub(super) fn receive(root: &Path) -> Result<NamedTempFile, Error> {
    files::private_folder(root)
        .and_then(|()| NamedTempFile::new_in(root))
        .map_err(|error| Error::internal("making a file for an archive", error))
}

/// Moves a received archive to its place, durably.
///
/// # Errors
/// What the file system reports.
pub(super) fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), files::private_folder)?;
    files::persist(file, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_do_not_lie_in_each_other() {
        let name = |text: &str| text.parse::<PackageName>().unwrap();
        assert_eq!(
            path(Path::new("/d"), &name("r.io/a/b/c"), "r1"),
            Path::new("/d/a%2Fb%2Fc/r1.zip")
        );
    }
}
