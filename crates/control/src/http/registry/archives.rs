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
        .and_then(|()| files::unfinished(root))
        .map_err(not_written)
}

/// Why an archive could not be written, for whoever pushes it.
pub(super) fn not_written(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Busy(
            "there is no room for the package on control's disk: make some and push it again"
                .into(),
        ),
        _ => Error::internal("writing an archive", error),
    }
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
    fn a_full_disk_is_no_secret() {
        let told = |kind: io::ErrorKind| not_written(kind.into());
        assert!(matches!(told(io::ErrorKind::StorageFull), Error::Busy(_)));
        assert!(matches!(
            told(io::ErrorKind::PermissionDenied),
            Error::Internal(_)
        ));
    }

    #[test]
    fn repositories_do_not_lie_in_each_other() {
        let name = |text: &str| text.parse::<PackageName>().unwrap();
        assert_eq!(
            path(Path::new("/d"), &name("r.io/a/b/c"), "r1"),
            Path::new("/d/a%2Fb%2Fc/r1.zip")
        );
    }
}
