//! Puts the files of a new control in their place: all of them, or none.

use super::super::failure::Failure;
use super::keys::{Made, OFFLINE, Reader};
use super::service_user::ServiceUser;
use crate::files;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Files that were written. They are removed again unless they are [kept](Placed::keep).
#[derive(Default)]
pub(super) struct Placed {
    /// Files and folders, in the order in which they were made.
    paths: Vec<PathBuf>,
}

impl Placed {
    /// Leaves the files where they are.
    pub(super) fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        // What cannot be removed is named when the command is repeated.
        for path in self.paths.iter().rev() {
            drop(match path.is_dir() {
                true => fs::remove_dir(path),
                false => fs::remove_file(path),
            });
        }
    }
}

/// Writes the files below a folder. The service's group may read what the service needs.
///
/// # Errors
/// The file or folder that could not be written. Nothing is left then.
pub(super) fn place(
    dir: &Path,
    made: &[Made],
    user: Option<&ServiceUser>,
) -> Result<Placed, Failure> {
    let mut placed = Placed::default();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| Failure::file(&path, error)
    };
    let for_service = Permissions::from_mode(0o750);
    for (folder, mode) in [
        (dir.to_owned(), for_service.clone()),
        (dir.join("tls"), for_service),
        (dir.join(OFFLINE), Permissions::from_mode(0o700)),
    ] {
        if !folder.exists() {
            new_folder(&folder, mode, user).map_err(failed(&folder))?;
            placed.paths.push(folder);
        }
    }
    for Made {
        name,
        reader,
        content,
    } in made
    {
        let path = dir.join(name);
        let (mode, group) = match reader {
            Reader::Everyone => (0o644, None),
            Reader::Service => (0o640, user),
            Reader::Elsewhere(_) => (0o600, None),
        };
        files::write_new(&path, mode, content.as_bytes()).map_err(failed(&path))?;
        placed.paths.push(path.clone());
        give(&path, group).map_err(failed(&path))?;
    }
    Ok(placed)
}

fn new_folder(path: &Path, mode: Permissions, user: Option<&ServiceUser>) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)?;
    fs::set_permissions(path, mode)?;
    give(path, user)
}

/// Gives a file to the service's group.
fn give(path: &Path, user: Option<&ServiceUser>) -> io::Result<()> {
    user.map_or(Ok(()), |user| chown(path, None, Some(user.group)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &'static str) -> Made {
        Made {
            name,
            reader: Reader::Service,
            content: "x".to_owned().into(),
        }
    }

    #[test]
    fn all_files_are_placed_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("new");
        let made = [file("a"), file("tls/b"), file("missing/c")];
        assert!(place(&dir, &made, None).is_err());
        assert!(!dir.exists());
        drop(place(&dir, &made[..2], None).unwrap());
        assert!(!dir.exists());
        place(&dir, &made[..2], None).unwrap().keep();
        assert_eq!(fs::read(dir.join("tls/b")).unwrap(), b"x");
        let mode = fs::metadata(dir.join("a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b"), "old").unwrap();
        assert!(place(folder.path(), &[file("a"), file("b")], None).is_err());
        assert_eq!(fs::read(folder.path().join("b")).unwrap(), b"old");
        assert!(!folder.path().join("a").exists());
    }
}
