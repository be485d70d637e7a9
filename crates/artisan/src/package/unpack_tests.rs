use super::*;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A parent folder with the folder that is unpacked into, so that what leaves
/// it is seen.
struct Sandbox {
    parent: tempfile::TempDir,
    folder: PathBuf,
}

impl Sandbox {
    fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("folder");
        fs::create_dir(&folder).unwrap();
        Self { parent, folder }
    }

    /// Unpacks, and makes sure that nothing lies beside the folder afterwards.
    fn unpack(&self, archive: &[u8], limit: u64) -> Result<(), String> {
        self.unpack_by(Unpacker::new(&self.folder, limit), archive)
    }

    /// As [`Sandbox::unpack`], with so many entries and folders at most.
    fn unpack_few(&self, archive: &[u8], most: usize) -> Result<(), String> {
        let unpacker = Unpacker {
            most,
            ..Unpacker::new(&self.folder, MAX_UNPACKED)
        };
        self.unpack_by(unpacker, archive)
    }

    fn unpack_by(&self, unpacker: Unpacker<'_>, archive: &[u8]) -> Result<(), String> {
        let outcome = unpacker.unpack(Cursor::new(archive));
        let beside = fs::read_dir(self.parent.path()).unwrap().count();
        assert_eq!(beside, 1, "something was written outside");
        outcome.map_err(|error| error.to_string())
    }
}

type Writer = ZipWriter<Cursor<Vec<u8>>>;

fn archive(fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut writer);
    writer.finish().unwrap().into_inner()
}

fn add(writer: &mut Writer, name: &str, content: &[u8]) {
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer.write_all(content).unwrap();
}

fn link(writer: &mut Writer, name: &str, target: &str) {
    writer
        .add_symlink(name, target, SimpleFileOptions::default())
        .unwrap();
}

/// Unpacks an archive that must be refused, and returns the reason.
fn refused(fill: impl FnOnce(&mut Writer)) -> String {
    Sandbox::new()
        .unpack(&archive(fill), MAX_UNPACKED)
        .unwrap_err()
}

/// Replaces equally long names in the raw bytes, for what a writer refuses to
/// write.
fn rename(mut archive: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut replaced = 0;
    for at in 0..=archive.len() - from.len() {
        if archive[at..].starts_with(from) {
            archive[at..at + to.len()].copy_from_slice(to);
            replaced += 1;
        }
    }
    assert!(replaced >= 2, "local header and central directory");
    archive
}

#[test]
fn files_folders_modes_and_inner_links_come_out() {
    let sandbox = Sandbox::new();
    let options = SimpleFileOptions::default().unix_permissions(0o4_755);
    let bytes = archive(|writer| {
        link(writer, "a/link", "../tool");
        writer.add_directory("empty", options).unwrap();
        writer.start_file("tool", options).unwrap();
        writer.write_all(b"x").unwrap();
    });
    sandbox.unpack(&bytes, MAX_UNPACKED).unwrap();
    let tool = fs::metadata(sandbox.folder.join("tool")).unwrap();
    assert_eq!(tool.permissions().mode() & 0o7_777, 0o755, "no set-user-id");
    assert!(sandbox.folder.join("empty").is_dir());
    assert_eq!(fs::read(sandbox.folder.join("a/link")).unwrap(), b"x");
}

#[test]
fn folders_have_their_modes_regardless_of_their_content() {
    let sandbox = Sandbox::new();
    let folder = |mode| SimpleFileOptions::default().unix_permissions(mode);
    let bytes = archive(|writer| {
        writer.add_directory("a", folder(0o500)).unwrap();
        link(writer, "a/link", "b");
        writer.add_directory("a/b", folder(0o711)).unwrap();
        add(writer, "a/b/c/file", b"x");
    });
    sandbox.unpack(&bytes, MAX_UNPACKED).unwrap();
    let mode = |name| {
        let metadata = fs::metadata(sandbox.folder.join(name)).unwrap();
        metadata.permissions().mode() & 0o7_777
    };
    assert_eq!(
        (mode("a"), mode("a/b"), mode("a/b/c")),
        (0o500, 0o711, 0o755)
    );
    fs::set_permissions(sandbox.folder.join("a"), Permissions::from_mode(0o700)).unwrap();
}

/// Its directory was read whole before the number in it was looked at.
#[test]
fn abuse_an_archive_that_claims_more_entries_than_it_has() {
    let mut bytes = archive(|writer| add(writer, "a", b"x"));
    let end = bytes.len() - 22;
    for at in [end + 8, end + 10] {
        bytes[at..at + 2].copy_from_slice(&60_000_u16.to_le_bytes());
    }
    assert!(Sandbox::new().unpack(&bytes, MAX_UNPACKED).is_err());
}

#[test]
fn abuse_an_archive_with_an_absolute_name() {
    let bytes = archive(|writer| add(writer, "Xtmp/art-was-here", b"x"));
    let bytes = rename(bytes, b"Xtmp/art-was-here", b"/tmp/art-was-here");
    let reason = Sandbox::new().unpack(&bytes, MAX_UNPACKED).unwrap_err();
    assert!(reason.contains("absolute"), "{reason}");
    assert!(!Path::new("/tmp/art-was-here").exists());
}

#[test]
fn abuse_an_archive_whose_name_leads_upwards() {
    let bytes = archive(|writer| add(writer, "aa/outside", b"x"));
    let bytes = rename(bytes, b"aa/outside", b"../outside");
    let reason = Sandbox::new().unpack(&bytes, MAX_UNPACKED).unwrap_err();
    assert!(reason.contains("`..`"), "{reason}");
}

#[test]
fn abuse_an_archive_with_a_backslash() {
    let bytes = archive(|writer| add(writer, "aaXoutside", b"x"));
    let bytes = rename(bytes, b"aaXoutside", b"..\\outside");
    let reason = Sandbox::new().unpack(&bytes, MAX_UNPACKED).unwrap_err();
    assert!(reason.contains("backslash"), "{reason}");
}

#[test]
fn abuse_an_archive_with_a_name_that_is_not_utf_8() {
    let bytes = archive(|writer| add(writer, "name-to-break", b"x"));
    let bytes = rename(bytes, b"name-to-break", b"name-to-\xff\xfeeak");
    let reason = Sandbox::new().unpack(&bytes, MAX_UNPACKED).unwrap_err();
    assert!(reason.contains("UTF-8"), "{reason}");
}

#[test]
fn abuse_an_archive_whose_link_leaves() {
    for target in ["/etc/passwd", "../../outside", "a/../../outside", ".."] {
        let reason = refused(|writer| link(writer, "link", target));
        assert!(reason.contains("leaves"), "{target}: {reason}");
    }
}

/// They were refused as links that leave the package.
#[test]
fn links_that_stay_inside_come_out_however_they_are_spelt() {
    let sandbox = Sandbox::new();
    let bytes = archive(|writer| {
        add(writer, "a/b/file", b"x");
        for (name, target) in [
            ("1", "./a/b"),
            ("2", "a/../a/b"),
            ("a/3", "b/."),
            ("a/b/4", ".."),
        ] {
            link(writer, name, target);
        }
    });
    sandbox.unpack(&bytes, MAX_UNPACKED).unwrap();
    for name in ["1/file", "2/file", "a/3/file", "a/b/4/b/file"] {
        assert_eq!(fs::read(sandbox.folder.join(name)).unwrap(), b"x", "{name}");
    }
}

/// Alone each stays inside.
#[test]
fn abuse_an_archive_whose_link_leaves_through_another() {
    for (first, second) in [
        (("l", "a/s/../x"), ("a/s", "..")),
        (("a/s", ".."), ("l", "a/s/../x")),
    ] {
        let reason = refused(|writer| {
            add(writer, "a/file", b"x");
            link(writer, first.0, first.1);
            link(writer, second.0, second.1);
        });
        assert!(
            reason.contains("\"l\" is a link that leaves") && reason.contains("another link leads"),
            "{reason}"
        );
    }
}

#[test]
fn abuse_an_archive_with_a_file_through_a_link() {
    // Each would be harmless alone; together they would lead out, were the
    // second placed where the first points.
    let reason = refused(|writer| {
        add(writer, "a/b/c", b"x");
        link(writer, "a/b/s", "../../a");
        link(writer, "a/b/s/l", "../../../outside");
    });
    assert!(reason.contains("\"a/b/s\" is there twice"), "{reason}");
    let reason = refused(|writer| {
        link(writer, "dir", "elsewhere");
        add(writer, "dir/file", b"x");
    });
    assert!(reason.contains("\"dir\" is there twice"), "{reason}");
}

#[test]
fn abuse_an_archive_with_a_device() {
    let reason = refused(|writer| {
        // Character device, in the upper half where Unix keeps the mode.
        let options = SimpleFileOptions::default().external_attributes(0o020_666 << 16);
        writer.start_file("device", options).unwrap();
    });
    assert!(reason.contains("neither a file"), "{reason}");
}

#[test]
fn abuse_an_archive_with_the_same_name_twice() {
    let bytes = archive(|writer| {
        add(writer, "name-1", b"good");
        add(writer, "name-2", b"evil");
    });
    let bytes = rename(bytes, b"name-2", b"name-1");
    let reason = Sandbox::new().unpack(&bytes, MAX_UNPACKED).unwrap_err();
    assert!(reason.contains("twice"), "{reason}");
    let reason = refused(|writer| {
        add(writer, "same", b"x");
        writer
            .add_directory("same/", SimpleFileOptions::default())
            .unwrap();
    });
    assert!(reason.contains("twice"), "{reason}");
}

#[test]
fn abuse_an_archive_with_more_bytes_than_allowed() {
    let zeros = vec![0; 100_000];
    let bytes = archive(|writer| add(writer, "bomb", &zeros));
    assert!(bytes.len() < 1_000);
    let sandbox = Sandbox::new();
    let reason = sandbox.unpack(&bytes, 10_000).unwrap_err();
    assert!(reason.contains("10000 bytes"), "{reason}");
    let written = fs::metadata(sandbox.folder.join("bomb")).unwrap().len();
    assert!(written <= 10_001, "{written}");
}

#[test]
fn abuse_an_archive_with_many_entries_of_some_bytes() {
    let bytes = archive(|writer| {
        add(writer, "a", &[b'a'; 600]);
        add(writer, "b", &[b'b'; 600]);
    });
    assert!(Sandbox::new().unpack(&bytes, 1_000).is_err());
    assert!(Sandbox::new().unpack(&bytes, 1_200).is_ok());
}

#[test]
fn abuse_an_archive_with_a_huge_number_of_entries() {
    let count = MAX_ENTRIES + 1;
    let bytes = archive(|writer| (0..count).for_each(|at| add(writer, &at.to_string(), b"")));
    let sandbox = Sandbox::new();
    let reason = sandbox.unpack(&bytes, MAX_UNPACKED).unwrap_err();
    assert!(reason.contains("100000 entries"), "{reason}");
    assert_eq!(fs::read_dir(&sandbox.folder).unwrap().count(), 0);
}

/// Each entry is in folders of its own, which take no entries.
#[test]
fn abuse_an_archive_with_many_more_folders_than_entries() {
    let bytes = archive(|writer| {
        for at in 0..5 {
            add(writer, &format!("{at}/a/b/c/file"), b"x");
        }
    });
    // The four of each, and the one in which they lie.
    assert!(Sandbox::new().unpack_few(&bytes, 21).is_ok());
    let reason = Sandbox::new().unpack_few(&bytes, 20).unwrap_err();
    assert!(reason.contains("more than 20 folders"), "{reason}");
}

/// A case-insensitive file system treats the names of each pair as one. There, as anywhere,
/// nothing is written through a link, and no file in place of another: links come last, and what
/// is there already is not opened.
#[test]
fn abuse_an_archive_with_names_that_differ_in_case() {
    let bytes = archive(|writer| {
        link(writer, "Dir", "elsewhere");
        add(writer, "dir/file", b"x");
        add(writer, "elsewhere/kept", b"good");
        add(writer, "name", b"good");
        add(writer, "NAME", b"evil");
    });
    let sandbox = Sandbox::new();
    match sandbox.unpack(&bytes, MAX_UNPACKED) {
        Ok(()) => assert_eq!(fs::read(sandbox.folder.join("NAME")).unwrap(), b"evil"),
        Err(reason) => assert!(reason.contains("is there twice"), "{reason}"),
    }
    assert_eq!(fs::read(sandbox.folder.join("name")).unwrap(), b"good");
    assert!(
        sandbox
            .folder
            .join("dir")
            .symlink_metadata()
            .unwrap()
            .is_dir()
    );
    assert!(!sandbox.folder.join("elsewhere/file").exists());
}

#[test]
fn abuse_an_archive_whose_header_lies_about_the_size() {
    let zeros = vec![0; 100_000];
    let bytes = archive(|writer| add(writer, "bomb", &zeros));
    // The uncompressed size, as both headers have it.
    let lying = rename(bytes, &100_000_u32.to_le_bytes(), &10_u32.to_le_bytes());
    assert!(Sandbox::new().unpack(&lying, 10_000).is_err());
}

#[test]
fn bytes_that_are_no_archive_are_refused() {
    let reason = Sandbox::new()
        .unpack(b"PK\x05\x06", MAX_UNPACKED)
        .unwrap_err();
    assert!(reason.contains("cannot be read"), "{reason}");
    let whole = archive(|writer| add(writer, "a", &[7; 500]));
    assert!(
        Sandbox::new()
            .unpack(&whole[..whole.len() - 30], MAX_UNPACKED)
            .is_err()
    );
}
