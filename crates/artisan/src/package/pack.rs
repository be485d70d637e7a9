//! Packing a folder. The same content gives the same bytes: entries are
//! sorted, and say whether a file may be executed, but neither modes, times nor owners.

use super::entry::{DEFAULT_FOLDER_MODE, packed_mode};
use super::listing::{CHANGED, Listing};
use super::walk::{Found, Kind, Stamp};
use super::zip_writer::{Content, ZipWriter};
use super::{Archive, Draft};
use crate::failure::{Context, Failure};
use crate::files::COPIED_AT_ONCE;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The files to pack, and those that are never packed.
pub(crate) struct Source<'a> {
    /// The folder that the build file lies in.
    pub(crate) root: &'a Path,
    /// The files to pack beside the build file: a path beneath `root`.
    pub(crate) target: &'a Path,
    /// A folder that is left out wherever it lies: it has secret keys.
    pub(crate) home: &'a Path,
}

/// Packs the target, under its path beneath the root, and the build file, into the first
/// of two empty drafts.
///
/// # Errors
/// When something cannot be read, changes meanwhile, or could not be unpacked again.
pub(crate) fn pack(source: &Source<'_>, drafts: [Draft; 2]) -> Result<Archive, Failure> {
    let listing = Listing::of(source)?;
    let archive = write(&listing, drafts)?;
    listing.revisit(|_| Ok(()))?;
    listing.report_lost_properties();
    Ok(archive)
}

fn write(listing: &Listing<'_>, [archive, directory]: [Draft; 2]) -> Result<Archive, Failure> {
    let mut writer = ZipWriter::new(archive, directory);
    listing.revisit(|found| write_entry(&mut writer, found).context("cannot pack", found.path))?;
    writer
        .finish()
        .map_err(|error| Failure::own(format!("cannot write the archive: {error}")))
}

fn write_entry(writer: &mut ZipWriter, found: &Found<'_>) -> io::Result<()> {
    match &found.kind {
        Kind::File(stamp) => writer.file(&found.name, packed_mode(stamp.mode), |content| {
            copy_unchanged(&found.full, stamp, content)
        }),
        Kind::Link { target } => writer.link(&found.name, target),
        Kind::Folder { .. } | Kind::Parent { .. } if found.is_empty_folder() => {
            writer.folder(&found.name, DEFAULT_FOLDER_MODE)
        }
        Kind::Folder { .. } | Kind::Parent { .. } | Kind::LeftOut => Ok(()),
    }
}

/// Copies a file that is still the one that was listed, and is so at its end.
fn copy_unchanged(path: &Path, before: &Stamp, content: &mut Content<'_>) -> io::Result<()> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    let is_as_before = || Ok::<_, io::Error>(Stamp::of(&file.metadata()?) == *before);
    if !is_as_before()? {
        return Err(io::Error::other(CHANGED));
    }
    let copied = copy(&file, before.size, content)?;
    if copied != before.size || !is_as_before()? {
        return Err(io::Error::other(CHANGED));
    }
    Ok(())
}

/// One byte more shows that there is one.
fn copy(file: &File, size: u64, content: &mut Content<'_>) -> io::Result<u64> {
    let all = file.take(size.saturating_add(1));
    io::copy(&mut BufReader::with_capacity(COPIED_AT_ONCE, all), content)
}

#[cfg(test)]
mod tests {
    use super::super::unpack;
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    fn drafts() -> [Draft; 2] {
        [(); 2].map(|()| Draft::new(&std::env::temp_dir()).unwrap())
    }

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
            pack(&source, drafts()).map_err(|failure| failure.to_string())
        }

        fn unpacked(&self, target: &str) -> tempfile::TempDir {
            let folder = tempfile::tempdir().unwrap();
            unpack(self.pack(target).unwrap().reader(), folder.path()).unwrap();
            folder
        }
    }

    #[test]
    fn packed_files_are_unpacked_unchanged() {
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
        assert_eq!(tool.permissions().mode() & 0o777, 0o755);
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
        project.write("hg/.hg/hgrc", "x");
        project.write("home/keys/sign.pgp", "x");
        // A worktree's, a submodule's, and one that was moved elsewhere.
        project.write(
            "worktree/.git",
            "gitdir: /home/ann/repository/.git/worktrees/w\n",
        );
        fs::create_dir(project.path("moved")).unwrap();
        symlink("/home/ann/repository/.git", project.path("moved/.git")).unwrap();
        for kept in ["CVS/note", ".gitignore", ".github/x", "a.git/x"] {
            project.write(kept, "x");
        }
        let out = project.unpacked(".");
        let is_there = |name: &str| out.path().join(name).symlink_metadata().is_ok();
        for name in [
            ".git",
            "sub/.git",
            "hg/.hg",
            "home",
            "worktree/.git",
            "moved/.git",
        ] {
            assert!(!is_there(name), "{name}");
        }
        // A folder that has nothing else stays one.
        for name in [
            "sub",
            "worktree",
            "moved",
            "CVS/note",
            ".gitignore",
            ".github/x",
            "a.git/x",
        ] {
            assert!(is_there(name), "{name}");
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

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7_777
    }

    /// A checkout has the modes that its umask leaves, and git keeps one bit.
    #[test]
    fn modes_are_those_that_git_keeps_under_any_umask() {
        let modes = |file: u32, tool: u32, folder: u32| {
            let project = Project::new();
            project.write("bin/deep/tool", "x");
            project.write("bin/file", "x");
            fs::create_dir(project.path("bin/empty")).unwrap();
            for (name, mode) in [
                ("build.yaml", file),
                ("bin/file", file),
                ("bin/deep/tool", tool),
                ("bin/empty", folder),
                ("bin/deep", folder),
                ("bin", folder),
            ] {
                set_mode(&project.path(name), mode);
            }
            let archive = project.pack("bin").unwrap();
            let out = tempfile::tempdir().unwrap();
            unpack(archive.reader(), out.path()).unwrap();
            let unpacked = |name: &str| mode(&out.path().join(name));
            assert_eq!(unpacked("bin/file"), 0o644);
            assert_eq!(unpacked("bin/deep/tool"), 0o755);
            for name in ["bin", "bin/deep", "bin/empty"] {
                assert_eq!(unpacked(name), 0o755, "{name}");
            }
            archive.bytes()
        };
        let usual = modes(0o644, 0o755, 0o755);
        assert_eq!(modes(0o600, 0o700, 0o700), usual);
        assert_eq!(modes(0o664, 0o775, 0o711), usual);
    }

    #[test]
    fn a_bit_that_would_be_lost_is_refused_by_name() {
        for (bit, name) in [
            (0o4_000, "set-user-id"),
            (0o2_000, "set-group-id"),
            (0o1_000, "sticky"),
        ] {
            let project = Project::new();
            project.write("su", "x");
            set_mode(&project.path("su"), 0o755 | bit);
            let reason = project.pack(".").unwrap_err();
            assert!(reason.contains("su:") && reason.contains(name), "{reason}");
        }
    }

    /// Each is a change between the look and the packing, or between that and the end.
    #[test]
    fn what_changes_while_it_is_packed_is_an_error() {
        type Change = fn(&Project);
        let changes: [(&str, Change); 6] = [
            ("file", |project| project.write("file", "longer")),
            ("file", |project| project.write("file", "ab")),
            ("file", |project| set_mode(&project.path("file"), 0o600)),
            ("file", |project| {
                project.write("other", "abc");
                fs::rename(project.path("other"), project.path("file")).unwrap();
            }),
            ("link", |project| {
                fs::remove_file(project.path("link")).unwrap();
                symlink("elsewhere", project.path("link")).unwrap();
            }),
            ("sub", |project| project.write("sub/new", "x")),
        ];
        let cases = changes.map(|change| [(change, false), (change, true)]);
        for ((name, change), is_late) in cases.into_iter().flatten() {
            let project = Project::new();
            project.write("file", "abc");
            project.write("sub/old", "x");
            symlink("file", project.path("link")).unwrap();
            let home = project.path("home");
            let source = Source {
                root: project.0.path(),
                target: Path::new("."),
                home: &home,
            };
            let listing = Listing::of(&source).unwrap();
            if is_late {
                write(&listing, drafts()).unwrap();
            }
            change(&project);
            let outcome = match is_late {
                true => listing.revisit(|_| Ok(())),
                false => write(&listing, drafts()).map(drop),
            };
            let reason = outcome.unwrap_err().to_string();
            assert!(
                reason.contains(name) && reason.contains("changed"),
                "{reason}"
            );
        }
    }

    /// Packing and unpacking refuse the same links.
    #[test]
    fn links_are_judged_alike_when_they_are_packed_and_unpacked() {
        for (links, is_good) in [
            (&[("l", "./a/b")][..], true),
            (&[("l", "a/../a/b")], true),
            (&[("a/b/l", "..")], true),
            (&[("l", "s/../../../x"), ("s", "a/b")], false),
            (&[("l", "s/../../x"), ("s", "a/b")], true),
            (&[("l", "s/../x"), ("s", "a/b")], true),
            (&[("l", "a/s/../x"), ("a/s", "..")], false),
            (&[("l", "a/../..")], false),
        ] {
            let project = Project::new();
            project.write("a/b/file", "x");
            for (link, target) in links {
                symlink(target, project.path(link)).unwrap();
            }
            match project.pack(".") {
                Ok(archive) => {
                    let folder = tempfile::tempdir().unwrap();
                    unpack(archive.reader(), folder.path()).unwrap();
                    assert!(is_good, "{links:?}");
                }
                Err(reason) => {
                    assert!(
                        !is_good && reason.contains("l: it is a link that leaves"),
                        "{reason}"
                    );
                }
            }
        }
    }

    /// A host has only the packed files.
    #[test]
    fn links_beside_the_target_lead_nowhere() {
        let project = Project::new();
        project.write("bin/tool", "x");
        project.write("other/deep/x", "x");
        symlink("other/deep", project.path("s")).unwrap();
        symlink("../s/../../x", project.path("bin/l")).unwrap();
        assert!(project.pack(".").is_ok());
        assert!(
            project
                .pack("bin")
                .unwrap_err()
                .contains("bin/l: it is a link that leaves")
        );
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
