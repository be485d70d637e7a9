//! What a package will hold, looked at before anything is packed.

use super::MAX_ENTRIES;
use super::entry::{Unkept, special_bits};
use super::link;
use super::pack::Source;
use super::secret_keys::SecretKeys;
use super::target;
use super::volume::{LIMITS, Volume};
use super::walk::{Found, Kind, Stamp, cannot_pack, is_version_controls, plain, walk};
use crate::failure::Failure;
use rustix::fs::llistxattr;
use rustix::io::Errno;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

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
        target::check(source)?;
        let mut fingerprints = Vec::new();
        let mut examination = Examination::of(source);
        walk(source, &mut |found| {
            fingerprints.push(Fingerprint::of(found));
            examination.see(found)
        })?;
        examination.volume.check(source, &LIMITS)?;
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
    pub(super) fn report_lost_properties(&self) {
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
struct Examination<'a> {
    secrets: SecretKeys,
    scope: Scope<'a>,
    entries: usize,
    folders: usize,
    volume: Volume,
    unkept: Unkept,
}

impl<'a> Examination<'a> {
    fn of(source: &'a Source<'a>) -> Self {
        Self {
            secrets: SecretKeys::default(),
            scope: Scope::of(source),
            entries: 0,
            // The folder that it is unpacked into counts, whether it is packed or not.
            folders: usize::from(!plain(source.target).as_os_str().is_empty()),
            volume: Volume::default(),
            unkept: Unkept::default(),
        }
    }

    fn see(&mut self, found: &Found<'_>) -> Result<(), Failure> {
        match &found.kind {
            Kind::File(stamp) => self.file(found, stamp)?,
            Kind::Folder { stamp, .. } => {
                self.note_attributes(found);
                self.folder(found, stamp.mode);
            }
            Kind::Parent { mode } => self.folder(found, *mode),
            Kind::Link { target } => self.link(found, target)?,
            Kind::LeftOut => {}
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
        self.secrets.refuse(path, &found.full, stamp.size)?;
        if let Some(bits) = special_bits(stamp.mode) {
            return Err(cannot_pack(
                path,
                &format!("no package keeps its {bits}: remove it, and have the function set it"),
            ));
        }
        if self.note_attributes(found) {
            return Err(cannot_pack(
                path,
                "no package keeps its capabilities: remove them, and have the function set them",
            ));
        }
        self.entries += 1;
        self.volume.add(&found.name, stamp.size);
        Ok(())
    }

    fn folder(&mut self, found: &Found<'_>, mode: u32) {
        self.folders += 1;
        // The root is private wherever it is unpacked.
        if !found.name.is_empty() {
            self.unkept.note_bits(&found.name, mode);
        }
        self.entries += usize::from(found.is_empty_folder());
    }

    fn link(&mut self, found: &Found<'_>, target: &str) -> Result<(), Failure> {
        self.entries += 1;
        let look = |path: &Path| self.scope.link(path);
        link::stays_inside(Path::new(&found.name), Path::new(target), look).map_err(|exit| {
            let reason = exit.reason();
            cannot_pack(
                found.path,
                &format!("it {reason}: let it lead to a packed file, or replace it by that file"),
            )
        })
    }

    /// Whether there are capabilities, which are not only lost: without them the file is
    /// another one. What a host's own policy gives to files (as SELinux does) it gives again.
    fn note_attributes(&mut self, found: &Found<'_>) -> bool {
        let path = match found.name.as_str() {
            "" => ".",
            name => name,
        };
        let mut has_capabilities = false;
        for name in attributes(&found.full) {
            match name.as_str() {
                "security.capability" => has_capabilities = true,
                "system.posix_acl_access" => self.unkept.note(path, "access list"),
                "system.posix_acl_default" => self.unkept.note(path, "default access list"),
                name if name.starts_with("user.") => {
                    self.unkept.note(path, &format!("attribute {name}"));
                }
                _ => {}
            }
        }
        has_capabilities
    }
}

/// Which places are in the package: a host has no others.
struct Scope<'a> {
    root: &'a Path,
    target: PathBuf,
    /// Beneath the root, if it lies there.
    home: Option<PathBuf>,
}

impl<'a> Scope<'a> {
    fn of(source: &Source<'a>) -> Self {
        let root = fs::canonicalize(source.root);
        let home = fs::canonicalize(source.home);
        Self {
            root: source.root,
            target: plain(source.target),
            home: root.ok().zip(home.ok()).and_then(|(root, home)| {
                let beneath = home.strip_prefix(root).ok()?;
                Some(beneath.to_owned())
            }),
        }
    }

    /// Where a link leads that is packed.
    fn link(&self, path: &Path) -> Option<PathBuf> {
        let is_left_out = path.iter().any(is_version_controls);
        let is_homes = self
            .home
            .as_ref()
            .is_some_and(|home| path.starts_with(home));
        if is_left_out || is_homes || !path.starts_with(&self.target) {
            return None;
        }
        fs::read_link(self.root.join(path)).ok()
    }
}

/// What was packed of it would be neither what it was nor what it is.
pub(super) const CHANGED: &str =
    "it changed while it was packed: end what writes there, and build again";

/// The names of the attributes of a file or folder. Where the file system has none, there
/// are none.
fn attributes(full: &Path) -> Vec<String> {
    /// No list is longer (XATTR_LIST_MAX, listxattr(2)).
    const LONGEST: usize = 64 << 10;
    let mut few = [0; 1 << 10];
    let mut many = Vec::new();
    let list = match llistxattr(full, &mut few[..]) {
        Err(Errno::RANGE) => {
            many.resize(LONGEST, 0);
            llistxattr(full, &mut many[..]).map(|length| &many[..length])
        }
        listed => listed.map(|length| &few[..length]),
    };
    let names = list.unwrap_or_default().split(|byte| *byte == 0);
    names
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use needs::{Need, lacks};
    use rustix::fs::{XattrFlags, lsetxattr};

    /// `cap_net_raw=ep`, as setcap(8) writes it (struct vfs_cap_data).
    const CAPABILITIES: [u8; 20] = [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// `user::rw-,user:1:r--,group::r--,mask::r--,other::r--` (struct posix_acl_xattr_entry).
    const ACCESS: [u8; 44] = [
        2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 1, 0, 0, 0, 4, 0, 4, 0, 255, 255,
        255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255,
    ];

    fn project(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("build.yaml"), "functions: []\n").unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        for name in names {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        folder
    }

    /// Whether the file system took it.
    fn set(folder: &Path, name: &str, attribute: &str, value: &[u8]) -> bool {
        lsetxattr(folder.join(name), attribute, value, XattrFlags::empty()).is_ok()
    }

    fn listed(folder: &Path) -> Result<String, String> {
        let source = Source {
            root: folder,
            target: Path::new("."),
            home: &folder.join("home"),
        };
        let listing = Listing::of(&source).map_err(|failure| failure.to_string())?;
        Ok(format!("{:?}", listing.unkept))
    }

    #[test]
    fn a_file_with_capabilities_is_refused_by_name() {
        if lacks(&[Need::Root]) {
            return;
        }
        let folder = project(&["ping", "plain"]);
        assert_eq!(
            listed(folder.path()).unwrap(),
            format!("{:?}", Unkept::default())
        );
        assert!(set(
            folder.path(),
            "ping",
            "security.capability",
            &CAPABILITIES
        ));
        let reason = listed(folder.path()).unwrap_err();
        assert!(
            reason.contains("ping: no package keeps its capabilities"),
            "{reason}"
        );
    }

    #[test]
    fn access_lists_and_attributes_that_are_lost_are_named() {
        let folder = project(&["listed", "marked"]);
        let folder = folder.path();
        let long = format!("user.{}", "x".repeat(240));
        let mut expected = Vec::new();
        for (name, attribute, value, words) in [
            (
                "listed",
                "system.posix_acl_access",
                &ACCESS[..],
                "the access list of listed",
            ),
            (
                "sub",
                "system.posix_acl_default",
                &ACCESS,
                "the default access list of sub",
            ),
            (
                "marked",
                "user.origin",
                b"x",
                "the attribute user.origin of marked",
            ),
        ] {
            if set(folder, name, attribute, value) {
                expected.push(words);
            }
        }
        let unkept = listed(folder).unwrap();
        assert!(
            expected.iter().all(|words| unkept.contains(words)),
            "{expected:?}: {unkept}"
        );
        // More than fits into the first buffer.
        let many = (0..8).all(|at| set(folder, "marked", &format!("{long}{at}"), b""));
        if many {
            assert!(listed(folder).unwrap().contains("user.xxx"));
        }
    }
}
