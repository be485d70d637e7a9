//! Says who else could change what a path leads to.
//!
//! Settings and keys decide what a program does. A user who can write to such a file, to a
//! folder above it or to a link on the way can change that, so a program that runs as root
//! refuses files that others can write, as sshd does (StrictModes).
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The number of the superuser.
pub const ROOT: u32 = 0;

const WRITABLE_BY_OTHERS: u32 = 0o022;

/// In such a folder, users can rename and remove only their own files (chmod(2)).
const STICKY: u32 = 0o1000;

/// As many links as open(2) follows.
const MOST_LINKS: u32 = 40;

/// A file, folder or link that another user could change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    path: PathBuf,
    /// Its owner; `None` when its mode lets others write.
    owner: Option<u32>,
    is_link: bool,
}

impl Exposed {
    /// The command that closes it to others.
    pub fn remedy(&self) -> String {
        let path = self.path.display();
        match (self.owner, self.is_link) {
            (Some(_), true) => format!("chown -h root: {path}"),
            (Some(_), false) => format!("chown root: {path}"),
            (None, _) => format!("chmod go-w {path}"),
        }
    }
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.owner {
            Some(owner) => write!(f, "{path} belongs to another user ({owner})"),
            None => write!(f, "other users can write to {path}"),
        }
    }
}

/// Checks a file or folder, every folder above it, and the links on the way: each has to belong
/// to root or to `user`, and nobody else may write to it. A missing or unreadable part ends the
/// check without an error; opening the file reports it.
///
/// # Errors
/// The first part of the path that another user could change.
pub fn check(path: &Path, user: u32) -> Result<(), Exposed> {
    // The owner of the root folder can change everything; in a user namespace that is not always
    // user 0.
    let above_all = fs::metadata("/").map_or(ROOT, |found| found.uid());
    let trusted = [ROOT, user, above_all];
    let (mut here, mut left) = (PathBuf::new(), names(path));
    let mut links = 0;
    while let Some(name) = left.pop() {
        let next = here.join(name);
        let Ok(found) = fs::symlink_metadata(&next) else {
            return Ok(());
        };
        verify(&next, &found, &trusted, left.is_empty())?;
        if !found.is_symlink() {
            here = next;
            continue;
        }
        links += 1;
        match fs::read_link(&next) {
            // A target that is absolute replaces the whole path.
            Ok(target) if links <= MOST_LINKS => left.extend(names_of(&target)),
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// Whether this process acts as root, as far as /proc tells.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|found| found.uid() == ROOT)
}

/// The names of a path from the root folder on, its end first.
fn names(path: &Path) -> Vec<OsString> {
    std::path::absolute(path).map_or_else(|_| vec![], |path| names_of(&path))
}

fn names_of(path: &Path) -> Vec<OsString> {
    let names = path.components().rev();
    names.map(|name| name.as_os_str().to_owned()).collect()
}

/// Verifies that only trusted users can change one part of a path.
fn verify(path: &Path, found: &Metadata, trusted: &[u32], is_end: bool) -> Result<(), Exposed> {
    let exposed = |owner| Exposed {
        path: path.to_owned(),
        owner,
        is_link: found.is_symlink(),
    };
    if !trusted.contains(&found.uid()) {
        return Err(exposed(Some(found.uid())));
    }
    // A link has no mode of its own, and what is written to a device changes nothing.
    let has_mode = found.is_dir() || found.is_file();
    let is_passage = found.is_dir() && !is_end && found.mode() & STICKY != 0;
    if has_mode && !is_passage && found.mode() & WRITABLE_BY_OTHERS != 0 {
        return Err(exposed(None));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use needs::{Need, lacks};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use tempfile::TempDir;

    /// A folder with a folder `inner`, and in that a file `file`.
    fn folder() -> (TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        // What is above it may lead through links.
        let inner = folder.path().canonicalize().unwrap().join("inner");
        fs::create_dir(&inner).unwrap();
        let file = inner.join("file");
        fs::write(&file, "").unwrap();
        set_mode(&inner, 0o750);
        set_mode(&file, 0o640);
        (folder, inner, file)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn own() -> u32 {
        fs::metadata("/proc/self").unwrap().uid()
    }

    #[track_caller]
    fn assert_exposed(path: &Path, remedy: &str) {
        assert_eq!(check(path, own()).unwrap_err().remedy(), remedy);
    }

    #[test]
    fn a_file_that_nobody_else_can_write_is_accepted() {
        let (_folder, inner, file) = folder();
        for path in [&inner, &file, &inner.join("missing"), &file.join("below")] {
            assert_eq!(check(path, own()), Ok(()), "{}", path.display());
        }
    }

    #[test]
    fn a_file_and_every_folder_above_it_are_checked() {
        let (_folder, inner, file) = folder();
        for mode in [0o660, 0o602] {
            set_mode(&file, mode);
            assert_exposed(&file, &format!("chmod go-w {}", file.display()));
        }
        set_mode(&file, 0o640);
        set_mode(&inner, 0o2770);
        for path in [&file, &inner.join("missing"), &inner] {
            assert_exposed(path, &format!("chmod go-w {}", inner.display()));
        }
    }

    #[test]
    fn a_sticky_folder_may_be_passed_and_not_be_the_end() {
        let (_folder, inner, file) = folder();
        set_mode(&inner, 0o1777);
        assert_eq!(check(&file, own()), Ok(()));
        assert_exposed(&inner, &format!("chmod go-w {}", inner.display()));
    }

    #[test]
    fn a_link_is_followed_through_every_folder() {
        let (_folder, inner, file) = folder();
        let other = inner.with_file_name("other");
        fs::create_dir(&other).unwrap();
        symlink("../inner/file", other.join("link")).unwrap();
        symlink(other.join("link"), other.join("again")).unwrap();
        symlink("loop", other.join("loop")).unwrap();
        assert_eq!(check(&other.join("again"), own()), Ok(()));
        assert_eq!(check(&other.join("loop"), own()), Ok(()));
        set_mode(&file, 0o666);
        let through = check(&other.join("again"), own()).unwrap_err();
        assert!(through.to_string().ends_with("inner/file"), "{through}");
    }

    #[test]
    fn what_belongs_to_another_user_is_exposed() {
        if lacks(&[Need::Root]) {
            return;
        }
        let (_folder, inner, file) = folder();
        let link = inner.join("link");
        symlink(&file, &link).unwrap();
        chown(&file, Some(65_534), None).unwrap();
        assert_exposed(&file, &format!("chown root: {}", file.display()));
        assert_eq!(check(&file, 65_534), Ok(()), "it is the agent's");
        std::os::unix::fs::lchown(&link, Some(65_534), None).unwrap();
        assert_exposed(&link, &format!("chown -h root: {}", link.display()));
    }
}
