//! What a package will hold, looked at before anything is packed.

use super::entry::{Unkept, link_stays_inside, special_bits};
use super::pack::Source;
use super::walk::{Found, Kind, Stamp, cannot_pack, walk};
use super::{MAX_ENTRIES, MAX_UNPACKED};
use crate::failure::{Context, Failure};
use rustix::fs::lgetxattr;
use rustix::io::Errno;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::Path;

/// What would be packed: each look at it must find the same.
pub(super) struct Listing<'a> {
    source: &'a Source<'a>,
    /// For each place, in the walk's order.
    fingerprints: Vec<Fingerprint>,
    unkept: Unkept,
}

impl<'a> Listing<'a> {
    /// Looks at all of it.
    ///
    /// # Errors
    /// When something of it cannot be packed, or could not be unpacked again.
    pub(super) fn of(source: &'a Source<'a>) -> Result<Self, Failure> {
        let mut fingerprints = Vec::new();
        let mut examination = Examination::default();
        walk(source, &mut |found| {
            fingerprints.push(Fingerprint::of(found));
            examination.see(found)
        })?;
        Ok(Self {
            source,
            fingerprints,
            unkept: examination.unkept,
        })
    }

    /// Shows all of it again.
    ///
    /// # Errors
    /// Those of `visit`, and when something is not what it was.
    pub(super) fn revisit(
        &self,
        mut visit: impl FnMut(&Found<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut before = self.fingerprints.iter();
        walk(self.source, &mut |found| {
            let now = Fingerprint::of(found);
            match before.next() {
                Some(before) if *before == now => visit(found),
                Some(before) if before.name == now.name => Err(cannot_pack(found.path, CHANGED)),
                // Something beside it came or went.
                _ => Err(cannot_pack(folder_of(found.path), CHANGED)),
            }
        })?;
        match before.next() {
            None => Ok(()),
            Some(_) => Err(cannot_pack(self.source.target, CHANGED)),
        }
    }

    /// Says what of the listed files no package keeps.
    pub(super) fn say_what_is_not_kept(&self) {
        self.unkept.say();
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// By which a place is known again: the names and stamps of a hundred thousand would
/// take many megabytes.
#[derive(PartialEq, Eq)]
struct Fingerprint {
    name: u64,
    kind: u64,
}

impl Fingerprint {
    fn of(found: &Found<'_>) -> Self {
        Self {
            name: hash_of(&found.name),
            kind: hash_of(&found.kind),
        }
    }
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// What was seen of it so far.
#[derive(Default)]
struct Examination {
    entries: usize,
    folders: usize,
    bytes: u64,
    unkept: Unkept,
}

impl Examination {
    fn see(&mut self, found: &Found<'_>) -> Result<(), Failure> {
        match &found.kind {
            Kind::File(stamp) => self.file(found, stamp)?,
            Kind::Folder { stamp, .. } => {
                self.note_access_list(found);
                self.folder(found, stamp.mode);
            }
            Kind::Parent { mode } => self.folder(found, *mode),
            Kind::Link { target } => self.link(found, target)?,
        }
        if self.entries.max(self.folders) > MAX_ENTRIES {
            return Err(Failure::own(format!(
                "the target holds more than {MAX_ENTRIES} files or folders: pack less"
            )));
        }
        Ok(())
    }

    fn file(&mut self, found: &Found<'_>, stamp: &Stamp) -> Result<(), Failure> {
        let path = found.path;
        refuse_secret_key(path, &found.full)?;
        if let Some(bits) = special_bits(stamp.mode) {
            return Err(cannot_pack(
                path,
                &format!("no package keeps its {bits}: remove it, and have the function set it"),
            ));
        }
        if has_attribute(&found.full, "security.capability") {
            return Err(cannot_pack(
                path,
                "no package keeps its capabilities: remove them, and have the function set them",
            ));
        }
        self.note_access_list(found);
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(stamp.size);
        if self.bytes > MAX_UNPACKED {
            return Err(cannot_pack(path, "with it there are more than 1 GiB"));
        }
        Ok(())
    }

    fn folder(&mut self, found: &Found<'_>, mode: u32) {
        self.folders += 1;
        // The root is private wherever it is unpacked.
        if !found.name.is_empty() {
            self.unkept.note_bits(&found.name, mode);
        }
        self.entries += usize::from(found.folder_entry().is_some());
    }

    fn link(&mut self, found: &Found<'_>, target: &str) -> Result<(), Failure> {
        self.entries += 1;
        if !link_stays_inside(Path::new(&found.name), Path::new(target)) {
            return Err(cannot_pack(
                found.path,
                "it is a link that leaves the package's folder",
            ));
        }
        Ok(())
    }

    fn note_access_list(&mut self, found: &Found<'_>) {
        if has_attribute(&found.full, "system.posix_acl_access") {
            let path = found.path.to_string_lossy();
            self.unkept.note(&path, "access list");
        }
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
