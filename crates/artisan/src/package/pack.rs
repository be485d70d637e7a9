//! Packing a folder. The same content gives the same bytes: entries are
//! sorted, and carry their mode but neither their time nor their owner.

use super::entry::{link_stays_inside, path_of};
use super::{Archive, Draft, MAX_ENTRIES, MAX_UNPACKED};
use crate::build_file::FILE_NAME;
use crate::failure::{Context, Failure};
use crate::files::COPIED_AT_ONCE;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What is to be packed, and what never is.
pub(crate) struct Source<'a> {
    /// The folder that the build file lies in.
    pub(crate) root: &'a Path,
    /// What is packed beside the build file: a path beneath `root`.
    pub(crate) target: &'a Path,
    /// A folder that is left out wherever it lies: it holds secret keys.
    pub(crate) home: &'a Path,
}

/// Packs the target, under its path beneath the root, and the build file.
///
/// # Errors
/// When something cannot be read, or could not be unpacked again.
pub(crate) fn pack(source: &Source<'_>, draft: Draft) -> Result<Archive, Failure> {
    let mut listing = Listing::new(source);
    listing.add(Path::new(FILE_NAME))?;
    listing.add(source.target)?;
    if listing.entries.len() > MAX_ENTRIES {
        return Err(Failure::own(format!(
            "the target holds more than {MAX_ENTRIES} files: pack less"
        )));
    }
    write(source.root, &listing.entries, draft)
}

/// What an entry is.
enum Kind {
    File { mode: u32 },
    EmptyFolder,
    Link { target: String },
}

/// The entries by the name that they get, and so in order.
struct Listing<'a> {
    source: &'a Source<'a>,
    home: Option<PathBuf>,
    entries: BTreeMap<String, Kind>,
    bytes: u64,
}

impl<'a> Listing<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        Self {
            source,
            home: source.home.canonicalize().ok(),
            entries: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Adds what lies at `path` beneath the root.
    fn add(&mut self, path: &Path) -> Result<(), Failure> {
        let full = self.source.root.join(path);
        let metadata = fs::symlink_metadata(&full).context("cannot pack", &full)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            self.add_folder(path, &full)
        } else if kind.is_symlink() {
            self.add_link(path, &full)
        } else if kind.is_file() {
            refuse_secret_key(path, &full)?;
            self.add_file(path, &metadata)
        } else {
            Err(cannot_pack(
                path,
                "it is neither a file, a folder nor a link",
            ))
        }
    }

    fn add_file(&mut self, path: &Path, metadata: &Metadata) -> Result<(), Failure> {
        let mode = metadata.permissions().mode() & 0o777;
        let name = name_of(path)?;
        if self.entries.insert(name, Kind::File { mode }).is_none() {
            self.bytes = self.bytes.saturating_add(metadata.size());
        }
        if self.bytes > MAX_UNPACKED {
            return Err(cannot_pack(path, "with it there are more than 1 GiB"));
        }
        Ok(())
    }

    fn add_folder(&mut self, path: &Path, full: &Path) -> Result<(), Failure> {
        if self.is_left_out(full) {
            return Ok(());
        }
        let mut empty = true;
        for entry in fs::read_dir(full).context("cannot list", full)? {
            let entry = entry.context("cannot list", full)?;
            self.add(&path.join(entry.file_name()))?;
            empty = false;
        }
        if empty && path.file_name().is_some() {
            self.entries.insert(name_of(path)?, Kind::EmptyFolder);
        }
        Ok(())
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

fn cannot_pack(path: &Path, reason: &str) -> Failure {
    Failure::own(format!("cannot pack {}: {reason}", path.display()))
}

/// The name in the archive; only one that can be unpacked again.
fn name_of(path: &Path) -> Result<String, Failure> {
    let plain: PathBuf = path
        .components()
        .filter(|part| *part != std::path::Component::CurDir)
        .collect();
    let name = plain.into_os_string().into_string();
    name.ok()
        .filter(|name| path_of(name.as_bytes()).is_ok())
        .ok_or_else(|| cannot_pack(path, "packages hold no such names: rename it"))
}

fn write(root: &Path, entries: &BTreeMap<String, Kind>, draft: Draft) -> Result<Archive, Failure> {
    let not_written = |error| Failure::own(format!("cannot write the archive: {error}"));
    let file = draft.file().map_err(not_written)?;
    let mut writer = ZipWriter::new(BufWriter::with_capacity(COPIED_AT_ONCE, file));
    for (name, kind) in entries {
        write_entry(&mut writer, root, name, kind).context("cannot pack", Path::new(name))?;
    }
    let written = writer.finish().map_err(Failure::own)?;
    written
        .into_inner()
        .map_err(|error| not_written(error.into()))?;
    draft.finish_file().map_err(not_written)
}

fn write_entry<W: Write + Seek>(
    writer: &mut ZipWriter<W>,
    root: &Path,
    name: &str,
    kind: &Kind,
) -> io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    match kind {
        Kind::File { mode } => {
            writer.start_file(name, options.unix_permissions(*mode))?;
            io::copy(&mut File::open(root.join(name))?, writer)?;
        }
        Kind::EmptyFolder => writer.add_directory(name, options.unix_permissions(0o755))?,
        Kind::Link { target } => writer.add_symlink(name, target, options)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::unpack;
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::symlink;

    struct Project(tempfile::TempDir);

    impl Project {
        fn new() -> Self {
            let project = Self(tempfile::tempdir().unwrap());
            project.write("build.yaml", "functions: []\n");
            project
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            fs::write(self.path(name), text).unwrap();
        }

        fn pack(&self, target: &str) -> Result<Archive, String> {
            let source = Source {
                root: self.0.path(),
                target: Path::new(target),
                home: &self.path("home"),
            };
            let draft = Draft::new(&std::env::temp_dir()).unwrap();
            pack(&source, draft).map_err(|failure| failure.to_string())
        }

        fn unpacked(&self, target: &str) -> tempfile::TempDir {
            let folder = tempfile::tempdir().unwrap();
            unpack(self.pack(target).unwrap().reader(), folder.path()).unwrap();
            folder
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let project = Project::new();
        project.write("bin/tool", "#!/bin/sh\n");
        fs::set_permissions(project.path("bin/tool"), Permissions::from_mode(0o750)).unwrap();
        symlink("tool", project.path("bin/alias")).unwrap();
        fs::create_dir(project.path("empty")).unwrap();
        let out = project.unpacked(".");
        assert_eq!(
            fs::read_link(out.path().join("bin/alias")).unwrap(),
            Path::new("tool")
        );
        let tool = fs::metadata(out.path().join("bin/tool")).unwrap();
        assert_eq!(tool.permissions().mode() & 0o777, 0o750);
        assert!(out.path().join("empty").is_dir() && out.path().join("build.yaml").is_file());
    }

    #[test]
    fn a_target_keeps_its_path_and_brings_nothing_else() {
        let project = Project::new();
        project.write("bin/tool", "x");
        project.write("src/secret", "x");
        let out = project.unpacked("./bin/tool");
        assert!(out.path().join("bin/tool").is_file() && out.path().join("build.yaml").is_file());
        assert!(!out.path().join("src").exists());
    }

    #[test]
    fn history_and_keys_stay_at_home() {
        let project = Project::new();
        project.write(".git/config", "x");
        project.write("sub/.git/config", "x");
        project.write("home/keys/sign.pgp", "x");
        let out = project.unpacked(".");
        for name in [".git", "sub/.git", "home"] {
            assert!(!out.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn the_same_content_gives_the_same_bytes() {
        let one = Project::new();
        one.write("b", "2");
        one.write("a/c", "1");
        let other = Project::new();
        other.write("a/c", "1");
        other.write("b", "2");
        let bytes = |project: &Project| project.pack(".").unwrap().bytes();
        assert_eq!(bytes(&one), bytes(&other));
    }

    #[test]
    fn what_could_not_be_unpacked_is_not_packed() {
        let outward = Project::new();
        symlink("/etc/passwd", outward.path("link")).unwrap();
        assert!(
            outward
                .pack(".")
                .unwrap_err()
                .contains("leaves the package")
        );
        let backslash = Project::new();
        backslash.write("a\\b", "x");
        assert!(backslash.pack(".").unwrap_err().contains("rename it"));
        let socket = Project::new();
        std::os::unix::net::UnixListener::bind(socket.path("s")).unwrap();
        assert!(socket.pack(".").unwrap_err().contains("neither a file"));
    }
}
