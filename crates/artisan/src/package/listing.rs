//! What a package will hold, looked at before anything is packed.

use super::MAX_UNPACKED;
use super::entry::{
    DEFAULT_FOLDER_MODE, KEPT_MODE, Unkept, link_stays_inside, path_of, special_bits,
};
use super::pack::Source;
use crate::failure::{Context, Failure};
use rustix::fs::lgetxattr;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Tells a file or folder from another one in its place, and from what it was before
/// it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: (u64, u64),
    mode: u32,
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

    /// The bits of the mode that are kept.
    pub(super) fn mode(&self) -> u32 {
        self.mode & KEPT_MODE
    }
}

/// What an entry is.
pub(super) enum Kind {
    File(Stamp),
    /// Only where it is empty, or has another mode than most.
    Folder {
        mode: u32,
    },
    Link {
        target: String,
    },
}

/// The entries by the name that they get, and so in order.
pub(super) struct Listing<'a> {
    source: &'a Source<'a>,
    home: Option<PathBuf>,
    pub(super) entries: BTreeMap<String, Kind>,
    /// Those that were listed, as they were before.
    folders: Vec<(PathBuf, Stamp)>,
    unkept: Unkept,
    bytes: u64,
}

impl<'a> Listing<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        Self {
            source,
            home: source.home.canonicalize().ok(),
            entries: BTreeMap::new(),
            folders: Vec::new(),
            unkept: Unkept::default(),
            bytes: 0,
        }
    }

    /// Adds what lies at `path` beneath the root.
    pub(super) fn add(&mut self, path: &Path) -> Result<(), Failure> {
        let full = self.source.root.join(path);
        let metadata = fs::symlink_metadata(&full).context("cannot pack", &full)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.add_folder(path, &full, &metadata)
        } else if kind.is_symlink() {
            self.add_link(path, &full)
        } else if kind.is_file() {
            refuse_secret_key(path, &full)?;
            self.add_file(path, &full, &metadata)
        } else {
            Err(cannot_pack(
                path,
                "it is neither a file, a folder nor a link",
            ))
        }
    }

    /// Adds the modes of the folders that `path` lies in.
    pub(super) fn add_parents(&mut self, path: &Path) -> Result<(), Failure> {
        for parent in path.ancestors().skip(1) {
            let full = self.source.root.join(parent);
            let metadata = fs::metadata(&full).context("cannot pack", &full)?;
            self.keep_mode(parent, &metadata, false)?;
        }
        Ok(())
    }

    /// Says what of the listed files no package keeps.
    pub(super) fn say_what_is_not_kept(&self) {
        self.unkept.say();
    }

    /// Makes sure that no folder has other files now than it had.
    pub(super) fn check_unchanged(&self) -> Result<(), Failure> {
        for (path, before) in &self.folders {
            let full = self.source.root.join(path);
            let now = fs::symlink_metadata(&full).context("cannot pack", &full)?;
            if Stamp::of(&now) != *before {
                return Err(cannot_pack(path, CHANGED));
            }
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, full: &Path, metadata: &Metadata) -> Result<(), Failure> {
        if let Some(bits) = special_bits(metadata.mode()) {
            return Err(cannot_pack(
                path,
                &format!("no package keeps its {bits}: remove it, and have the function set it"),
            ));
        }
        if has_attribute(full, "security.capability") {
            return Err(cannot_pack(
                path,
                "no package keeps its capabilities: remove them, and have the function set them",
            ));
        }
        self.note_access_list(path, full);
        let file = Kind::File(Stamp::of(metadata));
        if self.entries.insert(name_of(path)?, file).is_none() {
            self.bytes = self.bytes.saturating_add(metadata.size());
        }
        if self.bytes > MAX_UNPACKED {
            return Err(cannot_pack(path, "with it there are more than 1 GiB"));
        }
        Ok(())
    }

    fn add_folder(&mut self, path: &Path, full: &Path, metadata: &Metadata) -> Result<(), Failure> {
        if self.is_left_out(full) {
            return Ok(());
        }
        self.folders.push((path.to_owned(), Stamp::of(metadata)));
        self.note_access_list(path, full);
        let mut empty = true;
        for entry in fs::read_dir(full).context("cannot list", full)? {
            let entry = entry.context("cannot list", full)?;
            self.add(&path.join(entry.file_name()))?;
            empty = false;
        }
        self.keep_mode(path, metadata, empty)
    }

    /// The root is private wherever it is unpacked.
    fn keep_mode(&mut self, path: &Path, metadata: &Metadata, always: bool) -> Result<(), Failure> {
        if !path
            .components()
            .any(|part| matches!(part, Component::Normal(_)))
        {
            return Ok(());
        }
        let name = name_of(path)?;
        self.unkept.note_bits(&name, metadata.mode());
        let mode = metadata.mode() & KEPT_MODE;
        if always || mode != DEFAULT_FOLDER_MODE {
            self.entries.insert(name, Kind::Folder { mode });
        }
        Ok(())
    }

    fn note_access_list(&mut self, path: &Path, full: &Path) {
        if has_attribute(full, "system.posix_acl_access") {
            self.unkept.note(&path.to_string_lossy(), "access list");
        }
    }

    fn is_left_out(&self, full: &Path) -> bool {
        let is_git = full.file_name().is_some_and(|name| name == ".git");
        is_git || (self.home.is_some() && full.canonicalize().ok() == self.home)
    }

    fn add_link(&mut self, path: &Path, full: &Path) -> Result<(), Failure> {
        let target = fs::read_link(full).context("cannot read", full)?;
        let name = name_of(path)?;
        if !link_stays_inside(Path::new(&name), &target) {
            return Err(cannot_pack(
                path,
                "it is a link that leaves the package's folder",
            ));
        }
        let target = target
            .into_os_string()
            .into_string()
            .map_err(|_| cannot_pack(path, "it is a link to a name that is not UTF-8"))?;
        self.entries.insert(name, Kind::Link { target });
        Ok(())
    }
}

/// What was packed of it would be neither what it was nor what it is.
pub(super) const CHANGED: &str =
    "it changed while it was packed: end what writes there, and build again";

/// `art pgp gen` writes into the current folder, which is often the one that is
/// packed next: the signing key would be published with the package.
fn refuse_secret_key(path: &Path, full: &Path) -> Result<(), Failure> {
    const ARMOR: &[u8] = b"-----BEGIN PGP PRIVATE KEY BLOCK-----";
    let mut start = Vec::new();
    File::open(full)
        .and_then(|file| file.take(ARMOR.len() as u64).read_to_end(&mut start))
        .context("cannot read", full)?;
    if start == ARMOR {
        return Err(cannot_pack(
            path,
            "it is a secret key, which everybody who pulls the package would have; move it away",
        ));
    }
    Ok(())
}

/// Where the file system has no attributes, there is none.
fn has_attribute(full: &Path, name: &str) -> bool {
    let found = lgetxattr(full, name, &mut [0_u8; 64][..]);
    matches!(found, Ok(_) | Err(Errno::RANGE))
}

fn cannot_pack(path: &Path, reason: &str) -> Failure {
    Failure::own(format!("cannot pack {}: {reason}", path.display()))
}

/// The name in the archive; only one that can be unpacked again.
fn name_of(path: &Path) -> Result<String, Failure> {
    let plain: PathBuf = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    let name = plain.into_os_string().into_string();
    name.ok()
        .filter(|name| path_of(name.as_bytes()).is_ok())
        .ok_or_else(|| cannot_pack(path, "packages hold no such names: rename it"))
}
