//! Writes a zip archive from its beginning to its end.
//!
//! The crate that reads archives remembers some 300 bytes of each entry that it writes.
//! Here the directory, which is an archive's last part, waits in a file of its own. Sizes
//! follow what is packed (the format's data descriptors), so nothing is written twice.

use super::{Archive, Draft};
use crate::files::COPIED_AT_ONCE;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, BufWriter, ErrorKind, Write};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
const DIRECTORY_END: u32 = 0x0605_4b50;
const LARGE_DIRECTORY_END: u32 = 0x0606_4b50;
const LARGE_DIRECTORY_LOCATOR: u32 = 0x0706_4b50;

/// Unix, which is what gives the modes their meaning, and version 4.5 of the format.
const MADE_BY: u16 = 3 << 8 | 45;
/// Folders and compression.
const NEEDS: u16 = 20;
/// A directory of many entries.
const NEEDS_LARGE: u16 = 45;
/// The size of such a directory's end, without the 12 bytes at its beginning.
const LARGE_DIRECTORY_END_SIZE: u64 = 44;

const SIZES_FOLLOW: u16 = 1 << 3;
const UTF_8: u16 = 1 << 11;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The first of January 1980, the earliest that there is.
const NO_TIME: u16 = 0;
const NO_DATE: u16 = 1 << 5 | 1;

const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_777;

/// An archive that is being written.
pub(super) struct ZipWriter {
    archive: BufWriter<Draft>,
    /// Where the next entry begins.
    position: u64,
    directory: BufWriter<Draft>,
    directory_size: u64,
    entries: u64,
}

/// What an entry's headers say, with the sizes before and after compression.
struct Header<'a> {
    name: &'a str,
    mode: u32,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
}

impl ZipWriter {
    /// Both are empty: one for the archive, one for its directory while it grows.
    pub(super) fn new(archive: Draft, directory: Draft) -> Self {
        let buffered = |draft| BufWriter::with_capacity(COPIED_AT_ONCE, draft);
        Self {
            archive: buffered(archive),
            position: 0,
            directory: buffered(directory),
            directory_size: 0,
            entries: 0,
        }
    }

    /// Adds a folder.
    pub(super) fn folder(&mut self, name: &str, mode: u32) -> io::Result<()> {
        self.whole(&format!("{name}/"), FOLDER | mode, b"")
    }

    /// Adds a symbolic link.
    pub(super) fn link(&mut self, name: &str, target: &str) -> io::Result<()> {
        self.whole(name, LINK, target.as_bytes())
    }

    /// Adds a file with what `fill` writes.
    pub(super) fn file(
        &mut self,
        name: &str,
        mode: u32,
        fill: impl FnOnce(&mut Content<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let start = self.position;
        let mut header = Header {
            name,
            mode: REGULAR | mode,
            flags: flags_of(name) | SIZES_FOLLOW,
            method: DEFLATED,
            crc: 0,
            packed: 0,
            size: 0,
        };
        self.write(&header.local()?)?;
        let mut content = Content {
            encoder: DeflateEncoder::new(&mut self.archive, Compression::default()),
            crc: Crc::new(),
        };
        fill(&mut content)?;
        content.encoder.try_finish()?;
        header.crc = content.crc.sum();
        header.packed = narrow(content.encoder.total_out())?;
        header.size = narrow(content.encoder.total_in())?;
        drop(content);
        self.position += u64::from(header.packed);
        self.write(&header.descriptor())?;
        self.add_to_directory(&header, start)
    }

    /// The archive, once its directory follows.
    pub(super) fn finish(mut self) -> io::Result<Archive> {
        let directory = self.directory.into_inner()?.finish();
        io::copy(&mut directory.reader(), &mut self.archive)?;
        let end = End {
            entries: self.entries,
            start: self.position,
            size: self.directory_size,
        };
        self.archive.write_all(&end.bytes()?)?;
        Ok(self.archive.into_inner()?.finish())
    }

    /// Adds an entry that is at hand and too small to be compressed.
    fn whole(&mut self, name: &str, mode: u32, content: &[u8]) -> io::Result<()> {
        let start = self.position;
        let size = narrow(content.len() as u64)?;
        let mut crc = Crc::new();
        crc.update(content);
        let header = Header {
            name,
            mode,
            flags: flags_of(name),
            method: STORED,
            crc: crc.sum(),
            packed: size,
            size,
        };
        self.write(&header.local()?)?;
        self.write(content)?;
        self.add_to_directory(&header, start)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.archive.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn add_to_directory(&mut self, header: &Header<'_>, start: u64) -> io::Result<()> {
        let entry = header.directory_entry(narrow(start)?)?;
        self.directory.write_all(&entry)?;
        self.directory_size += entry.len() as u64;
        self.entries += 1;
        Ok(())
    }
}

/// Where the bytes of a file go.
pub(super) struct Content<'a> {
    encoder: DeflateEncoder<&'a mut BufWriter<Draft>>,
    crc: Crc,
}

impl Write for Content<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.encoder.write(bytes)?;
        self.crc.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Header<'_> {
    fn local(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Bytes::new(LOCAL_HEADER);
        bytes.u16s(&[NEEDS, self.flags, self.method, NO_TIME, NO_DATE]);
        bytes.u32s(&[self.crc, self.packed, self.size]);
        bytes.u16s(&[self.name_length()?, 0]);
        bytes.0.extend(self.name.as_bytes());
        Ok(bytes.0)
    }

    fn descriptor(&self) -> Vec<u8> {
        let mut bytes = Bytes::new(DESCRIPTOR);
        bytes.u32s(&[self.crc, self.packed, self.size]);
        bytes.0
    }

    fn directory_entry(&self, start: u32) -> io::Result<Vec<u8>> {
        let mut bytes = Bytes::new(DIRECTORY_ENTRY);
        bytes.u16s(&[MADE_BY, NEEDS, self.flags, self.method, NO_TIME, NO_DATE]);
        bytes.u32s(&[self.crc, self.packed, self.size]);
        // Neither extra fields nor a comment, the first disk, no attributes of the content.
        bytes.u16s(&[self.name_length()?, 0, 0, 0, 0]);
        bytes.u32s(&[self.mode << 16, start]);
        bytes.0.extend(self.name.as_bytes());
        Ok(bytes.0)
    }

    fn name_length(&self) -> io::Result<u16> {
        u16::try_from(self.name.len()).map_err(|_| too_large())
    }
}

/// The end of an archive, which says where its directory is.
struct End {
    entries: u64,
    start: u64,
    size: u64,
}

impl End {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        let entries = u16::try_from(self.entries).unwrap_or(u16::MAX);
        let mut bytes = match entries {
            u16::MAX => self.large(),
            _ => Vec::new(),
        };
        let mut end = Bytes::new(DIRECTORY_END);
        end.u16s(&[0, 0, entries, entries]);
        end.u32s(&[narrow(self.size)?, narrow(self.start)?]);
        end.u16s(&[0]);
        bytes.extend(end.0);
        Ok(bytes)
    }

    /// What precedes it where the number of entries has no room in it.
    fn large(&self) -> Vec<u8> {
        let mut bytes = Bytes::new(LARGE_DIRECTORY_END);
        bytes.u64s(&[LARGE_DIRECTORY_END_SIZE]);
        bytes.u16s(&[MADE_BY, NEEDS_LARGE]);
        bytes.u32s(&[0, 0]);
        bytes.u64s(&[self.entries, self.entries, self.size, self.start]);
        bytes.u32s(&[LARGE_DIRECTORY_LOCATOR, 0]);
        bytes.u64s(&[self.start + self.size]);
        bytes.u32s(&[1]);
        bytes.0
    }
}

/// Numbers as the format has them.
struct Bytes(Vec<u8>);

impl Bytes {
    fn new(signature: u32) -> Self {
        Self(signature.to_le_bytes().to_vec())
    }

    fn u16s(&mut self, numbers: &[u16]) {
        self.0.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    }

    fn u32s(&mut self, numbers: &[u32]) {
        self.0.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    }

    fn u64s(&mut self, numbers: &[u64]) {
        self.0.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    }
}

fn flags_of(name: &str) -> u16 {
    if name.is_ascii() { 0 } else { UTF_8 }
}

/// Archives are shorter than what the format's 32 bits can say.
fn narrow(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| too_large())
}

fn too_large() -> io::Error {
    ErrorKind::FileTooLarge.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use zip::ZipArchive;

    fn archive(fill: impl FnOnce(&mut ZipWriter)) -> Archive {
        let draft = || Draft::new(&std::env::temp_dir()).unwrap();
        let mut writer = ZipWriter::new(draft(), draft());
        fill(&mut writer);
        writer.finish().unwrap()
    }

    #[test]
    fn other_programs_read_what_was_written() {
        let long = vec![b'x'; 300_000];
        let archive = archive(|writer| {
            writer.folder("bin", 0o711).unwrap();
            let fill = |content: &mut Content<'_>| content.write_all(&long);
            writer.file("bin/größe", 0o750, fill).unwrap();
            writer.link("link", "bin/größe").unwrap();
        });
        let mut archive = ZipArchive::new(archive.reader()).unwrap();
        let names: Vec<_> = archive.file_names().map(Result::unwrap).collect();
        assert_eq!(names, ["bin/", "bin/größe", "link"]);
        let mut entry = |at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.unix_mode().unwrap(), content)
        };
        assert_eq!(entry(0), (0o040_711, Vec::new()));
        assert_eq!(entry(1), (0o100_750, long));
        assert_eq!(entry(2), (0o120_777, "bin/größe".into()));
    }

    /// From 65,535 on their number has no room at the old place.
    #[test]
    fn many_entries_are_counted() {
        for count in [0, 65_534, 65_535, 70_000] {
            let archive = archive(|writer| {
                for at in 0..count {
                    writer.folder(&at.to_string(), 0o755).unwrap();
                }
            });
            let read = ZipArchive::new(archive.reader()).unwrap();
            assert_eq!(read.len(), count);
        }
    }
}
