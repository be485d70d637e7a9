//! Goes through what is packed: always in the same order, and with no more than a few
//! megabytes of names in memory, however many there are.

use super::entry::check_name;
use super::pack::Source;
use crate::build_file::FILE_NAME;
use crate::failure::{Context, Failure};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Distinguishes a file or folder from another one in its place, and from its own state before
/// it was changed.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: (u64, u64),
    /// With the bits that are not kept.
    pub(super) mode: u32,
    pub(super) size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of what this is about.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            inode: (metadata.dev(), metadata.ino()),
            mode: metadata.mode(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What was found.
#[derive(Hash)]
pub(super) enum Kind {
    File(Stamp),
    Folder {
        stamp: Stamp,
        is_empty: bool,
    },
    /// A folder that contains the target; nothing else of it is packed.
    Parent {
        mode: u32,
    },
    Link {
        target: String,
    },
    /// Files of version control, or the home.
    LeftOut,
}

/// A place in the packed folder.
pub(super) struct Found<'a> {
    /// Beneath the root.
    pub(super) path: &'a Path,
    pub(super) full: PathBuf,
    /// The name in the archive; empty for the root, which has none there.
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Found<'_> {
    /// Whether it is a folder that has an entry, because nothing in it has one.
    pub(super) fn is_empty_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder { is_empty: true, .. }) && !self.name.is_empty()
    }
}

/// What git and the like keep beside what they keep track of: addresses with credentials,
/// paths of this machine, the whole history. `CVS` may be anything's name.
const VERSION_CONTROL: [&str; 5] = [".git", ".hg", ".svn", ".bzr", ".jj"];

/// Shows all of it to `visit`: the folders above the target, the build file, the target;
/// a folder after what is in it, as it was before.
pub(super) fn walk(
    source: &Source<'_>,
    visit: &mut dyn FnMut(&Found<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut walk = Walk {
        source,
        home: fs::metadata(source.home).ok().as_ref().map(Stamp::of),
        shown: 0,
        visit,
    };
    let mut parents: Vec<_> = source.target.ancestors().skip(1).collect();
    parents.retain(|parent| !plain(parent).as_os_str().is_empty());
    for parent in parents.into_iter().rev() {
        walk.parent(parent)?;
    }
    walk.go(Path::new(FILE_NAME))?;
    if plain(source.target) == Path::new(FILE_NAME) {
        return Ok(());
    }
    walk.go(source.target)
}

struct Walk<'a> {
    source: &'a Source<'a>,
    home: Option<Stamp>,
    /// How many were shown that have an entry, or have such in them.
    shown: usize,
    visit: &'a mut dyn FnMut(&Found<'_>) -> Result<(), Failure>,
}

impl Walk<'_> {
    fn parent(&mut self, path: &Path) -> Result<(), Failure> {
        let full = self.source.root.join(path);
        let mode = fs::metadata(&full).context("cannot pack", &full)?.mode();
        self.show(path, full, Kind::Parent { mode })
    }

    fn go(&mut self, path: &Path) -> Result<(), Failure> {
        let full = self.source.root.join(path);
        if path.file_name().is_some_and(is_version_controls) {
            return self.show(path, full, Kind::LeftOut);
        }
        let metadata = fs::symlink_metadata(&full).context("cannot pack", &full)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.folder(path, full, Stamp::of(&metadata))
        } else if kind.is_symlink() {
            let target = target_of(path, &full)?;
            self.show(path, full, Kind::Link { target })
        } else if kind.is_file() {
            self.show(path, full, Kind::File(Stamp::of(&metadata)))
        } else {
            Err(cannot_pack(
                path,
                "it is neither a file, a folder nor a link",
            ))
        }
    }

    fn folder(&mut self, path: &Path, full: PathBuf, stamp: Stamp) -> Result<(), Failure> {
        if self.home.is_some_and(|home| home.inode == stamp.inode) {
            return self.show(path, full, Kind::LeftOut);
        }
        let most = names_at_once(path);
        let mut names = Names::after(None, &full, most)?;
        let before = self.shown;
        loop {
            let last = names.first.last().cloned();
            for name in names.first {
                let path = path.join(name);
                // It is there already.
                if plain(&path) != Path::new(FILE_NAME) {
                    self.go(&path)?;
                }
            }
            if names.are_all {
                break;
            }
            names = Names::after(last.as_deref(), &full, most)?;
        }
        let is_empty = self.shown == before;
        self.show(path, full, Kind::Folder { stamp, is_empty })
    }

    fn show(&mut self, path: &Path, full: PathBuf, kind: Kind) -> Result<(), Failure> {
        let name = name_of(path)?;
        self.shown += usize::from(!matches!(kind, Kind::LeftOut));
        let found = Found {
            path,
            full,
            name,
            kind,
        };
        (self.visit)(&found)
    }
}

/// Whether version control keeps for itself what has this name.
pub(super) fn is_version_controls(name: &OsStr) -> bool {
    VERSION_CONTROL.iter().any(|kept| name == *kept)
}

/// Names of a folder, in order.
struct Names {
    /// The first of them.
    first: BTreeSet<OsString>,
    /// Whether there are no others.
    are_all: bool,
}

impl Names {
    /// Those that follow a name, up to so many bytes of memory.
    fn after(last: Option<&OsStr>, folder: &Path, most: usize) -> Result<Self, Failure> {
        Self::read(last, folder, most).context("cannot list", folder)
    }

    fn read(last: Option<&OsStr>, folder: &Path, most: usize) -> io::Result<Self> {
        /// What a set takes for each name beside its bytes, about.
        const OVERHEAD: usize = 64;
        let mut names = Self {
            first: BTreeSet::new(),
            are_all: true,
        };
        let mut bytes = 0;
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            if last.is_some_and(|last| name.as_os_str() <= last) {
                continue;
            }
            bytes += name.len() + OVERHEAD;
            names.first.insert(name);
            while bytes > most && names.first.len() > 1 {
                let dropped = names.first.pop_last();
                bytes -= dropped.map_or(0, |name| name.len() + OVERHEAD);
                names.are_all = false;
            }
        }
        Ok(names)
    }
}

/// How many bytes of names of a folder are in memory. Those of the folders around it are
/// there too: all together, 10 MB at most.
fn names_at_once(folder: &Path) -> usize {
    const OUTERMOST: usize = 2 << 20;
    OUTERMOST / folder.components().count().max(1)
}

fn target_of(path: &Path, full: &Path) -> Result<String, Failure> {
    let target = fs::read_link(full).context("cannot read", full)?;
    target
        .into_os_string()
        .into_string()
        .map_err(|_| cannot_pack(path, "it is a link to a name that is not UTF-8"))
}

/// The name in the archive; only one that can be unpacked again.
fn name_of(path: &Path) -> Result<String, Failure> {
    let plain = plain(path);
    let bytes = plain.as_os_str().as_encoded_bytes();
    if !bytes.is_empty() {
        check_name(bytes).map_err(|bad| cannot_pack(path, &bad.advice()))?;
    }
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Without `.`, as in `./bin`.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

/// Why something is not packed.
pub(super) fn cannot_pack(path: &Path, reason: &str) -> Failure {
    Failure::own(format!("cannot pack {}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_order_however_few_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected: Vec<_> = (0..50).map(|at| OsString::from(at.to_string())).collect();
        for name in &expected {
            fs::write(folder.path().join(name), "").unwrap();
        }
        expected.sort();
        for most in [1, 200, 1 << 20] {
            let (mut found, mut are_all) = (Vec::new(), false);
            while !are_all {
                let last = found.last().map(OsString::as_os_str);
                let names = Names::after(last, folder.path(), most).unwrap();
                are_all = names.are_all;
                found.extend(names.first);
            }
            assert_eq!(found, expected, "{most}");
        }
    }
}
