//! The bytes of an archive: in a file that has no name and that no other process has open, so
//! that the bytes that were verified are unpacked, regardless of size.
//!
//! A function runs as the same user as the runner, and may have kept open what it found
//! in the store; so an archive is copied from there, and hashed on its way.

use super::MAX_ARCHIVE;
use crate::files::COPIED_AT_ONCE;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use wire::seal::ArchiveHash;

/// A whole archive.
#[derive(Debug)]
pub(crate) struct Archive {
    file: File,
    length: u64,
    hash: ArchiveHash,
}

impl Archive {
    /// How many bytes it has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The hash of all of them.
    pub(crate) fn hash(&self) -> &ArchiveHash {
        &self.hash
    }

    /// Reads it from its beginning.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            archive: self,
            position: 0,
        }
    }

    /// Writes all of it to another file.
    ///
    /// # Errors
    /// What the disk reports.
    pub(crate) fn copy_to(&self, mut file: &File) -> io::Result<()> {
        io::copy(&mut self.buffered(), &mut file).map(drop)
    }

    /// Whether a file has these very bytes.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn is_in(&self, file: &File) -> io::Result<bool> {
        if file.metadata()?.len() != self.length {
            return Ok(false);
        }
        let (mut ours, mut theirs) = (self.reader(), file);
        let (mut one, mut other) = (vec![0; COPIED_AT_ONCE], vec![0; COPIED_AT_ONCE]);
        loop {
            let count = ours.read(&mut one)?;
            if count == 0 {
                return Ok(true);
            }
            theirs.read_exact(&mut other[..count])?;
            if one[..count] != other[..count] {
                return Ok(false);
            }
        }
    }

    fn buffered(&self) -> BufReader<Reader<'_>> {
        BufReader::with_capacity(COPIED_AT_ONCE, self.reader())
    }
}

/// Reads an archive, at a position of its own.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    archive: &'a Archive,
    position: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.archive.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.archive.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// An archive that is being written.
#[derive(Debug)]
pub(crate) struct Draft {
    file: File,
    length: u64,
    hash: ArchiveHash,
}

impl Draft {
    /// An empty one, on the file system of that folder.
    ///
    /// # Errors
    /// When no file can be made there.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            length: 0,
            hash: ArchiveHash::default(),
        })
    }

    /// How many bytes were written.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The hash of what was written.
    pub(crate) fn hash(&self) -> &ArchiveHash {
        &self.hash
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// What the disk reports.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.length = 0;
        self.hash = ArchiveHash::default();
        Ok(())
    }

    /// That is all of it.
    pub(crate) fn finish(self) -> Archive {
        Archive {
            file: self.file,
            length: self.length,
            hash: self.hash,
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        refuse_too_long(self.length.saturating_add(bytes.len() as u64))?;
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn refuse_too_long(length: u64) -> io::Result<()> {
    if length > MAX_ARCHIVE {
        return Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("more than the {MAX_ARCHIVE} bytes that an archive may have"),
        ));
    }
    Ok(())
}

#[cfg(test)]
impl Archive {
    /// An archive with these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut draft = Draft::new(&std::env::temp_dir()).unwrap();
        draft.write_all(bytes).unwrap();
        draft.finish()
    }

    /// All of its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.reader().read_to_end(&mut bytes).unwrap();
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_read_and_hashed_as_written() {
        let archive = Archive::of(b"0123456789");
        assert_eq!(
            (archive.length(), archive.bytes()),
            (10, b"0123456789".to_vec())
        );
        let mut reader = archive.reader();
        assert_eq!(reader.seek(SeekFrom::End(-3)).unwrap(), 7);
        let mut end = String::new();
        reader.read_to_string(&mut end).unwrap();
        assert_eq!(end, "789");
        assert!(reader.seek(SeekFrom::Current(-11)).is_err());
    }

    #[test]
    fn a_draft_that_starts_again_forgets_what_came() {
        let mut draft = Draft::new(&std::env::temp_dir()).unwrap();
        draft.write_all(b"something else, and longer").unwrap();
        draft.restart().unwrap();
        draft.write_all(b"zip").unwrap();
        let archive = draft.finish();
        assert_eq!(archive.bytes(), b"zip");
        let manifest = wire::seal::Manifest::default();
        let seal = wire::seal::Seal::new(&manifest, archive.hash()).unwrap();
        assert!(seal.matches(&ArchiveHash::of(b"zip")));
    }

    #[test]
    fn an_archive_differs_from_one_with_any_other_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes = vec![7; COPIED_AT_ONCE + 10];
        let archive = Archive::of(&bytes);
        archive.copy_to(&File::create(&path).unwrap()).unwrap();
        assert!(archive.is_in(&File::open(&path).unwrap()).unwrap());
        for at in [0, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] = 8;
            std::fs::write(&path, other).unwrap();
            assert!(!archive.is_in(&File::open(&path).unwrap()).unwrap());
        }
        std::fs::write(&path, &bytes[1..]).unwrap();
        assert!(!archive.is_in(&File::open(&path).unwrap()).unwrap());
    }

    /// It has no name by which it could be opened.
    #[test]
    fn an_archive_has_no_name_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::new(folder.path()).unwrap();
        draft.write_all(b"zip").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(draft.finish().bytes(), b"zip");
    }
}
