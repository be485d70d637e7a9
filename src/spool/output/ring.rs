//! The newest bytes of a long output, in a file that does not grow.
//!
//! Three numbers of eight bytes (big endian), then the ring: how many bytes came
//! in all once the writer is done with what it is at, how many came so far, and
//! how many the ring holds. So who reads while somebody writes can tell which of
//! the bytes that it got may be newer ones already.

use super::source::Source;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

const CLAIMED: u64 = 0;
const WRITTEN: u64 = 8;
const SIZE: u64 = 16;
const CONTENT: u64 = 24;

/// A ring, for reading.
pub(super) struct Ring {
    source: Source,
    /// How many bytes came in all.
    pub(super) written: u64,
    size: u64,
}

impl Ring {
    /// Looks into a ring; one that is not there yet is empty.
    ///
    /// # Errors
    /// What open(2) and read(2) report.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let source = Source::open(path)?;
        let mut ring = Self {
            source,
            written: 0,
            size: 0,
        };
        if ring.source.length >= CONTENT {
            ring.written = ring.number(WRITTEN)?;
            // No ring is larger than its file.
            ring.size = ring.number(SIZE)?.min(ring.source.length - CONTENT);
        }
        Ok(ring)
    }

    /// The newest bytes: as many of `wanted` as are there still.
    ///
    /// # Errors
    /// What read(2) reports.
    pub(super) fn newest(&self, wanted: u64) -> io::Result<Vec<u8>> {
        let wanted = wanted.min(self.written).min(self.size);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let from = self.written - wanted;
        let mut bytes = self.read(from, wanted)?;
        let oldest = self.number(CLAIMED)?.saturating_sub(self.size);
        let replaced = oldest.saturating_sub(from).min(wanted);
        bytes.drain(..usize::try_from(replaced).unwrap_or(bytes.len()));
        Ok(bytes)
    }

    fn read(&self, from: u64, count: u64) -> io::Result<Vec<u8>> {
        let place = from % self.size;
        let first = count.min(self.size - place);
        let mut bytes = self.source.read(CONTENT + place, first)?;
        bytes.extend(self.source.read(CONTENT, count - first)?);
        Ok(bytes)
    }

    fn number(&self, at: u64) -> io::Result<u64> {
        let bytes = self.source.read(at, 8)?;
        Ok(bytes
            .first_chunk()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes)))
    }
}

/// A ring, for writing. It syncs nothing.
pub(super) struct RingWriter {
    file: File,
    written: u64,
    size: usize,
}

impl RingWriter {
    /// Makes a ring for `size` bytes.
    ///
    /// # Errors
    /// What open(2) and write(2) report.
    pub(super) fn create(path: &Path, size: usize) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(0o600);
        let file = options.open(path)?;
        file.set_len(CONTENT + size as u64)?;
        file.write_all_at(&(size as u64).to_be_bytes(), SIZE)?;
        Ok(Self {
            file,
            written: 0,
            size,
        })
    }

    /// Puts bytes behind those that came before.
    ///
    /// # Errors
    /// What write(2) reports; what came before is then still there, as far as
    /// it was not replaced.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let after = self.written + bytes.len() as u64;
        self.file.write_all_at(&after.to_be_bytes(), CLAIMED)?;
        // Of more than the ring holds, only the end would stay.
        let kept = &bytes[bytes.len().saturating_sub(self.size)..];
        let place = (after - kept.len() as u64) % self.size as u64;
        let until_end = self.size - usize::try_from(place).unwrap_or_default();
        let (first, second) = kept.split_at(kept.len().min(until_end));
        self.file.write_all_at(first, CONTENT + place)?;
        self.file.write_all_at(second, CONTENT)?;
        self.file.write_all_at(&after.to_be_bytes(), WRITTEN)?;
        self.written = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring of ten bytes into which these pieces went.
    fn ring(folder: &Path, pieces: &[&str]) -> Ring {
        let path = folder.join("ring");
        let mut writer = RingWriter::create(&path, 10).unwrap();
        for piece in pieces {
            writer.push(piece.as_bytes()).unwrap();
        }
        Ring::open(&path).unwrap()
    }

    fn newest(pieces: &[&str], wanted: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let bytes = ring(folder.path(), pieces).newest(wanted).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_newest_bytes_are_there() {
        assert_eq!(newest(&["abc", "def"], 100), "abcdef");
        assert_eq!(newest(&["0123456", "789ABCDEF"], 100), "6789ABCDEF");
        assert_eq!(newest(&["0123456", "789ABCDEF"], 4), "CDEF");
        assert_eq!(newest(&["0", "123456789ABCDEFGH"], 100), "89ABCDEFGH");
    }

    #[test]
    fn bytes_that_are_replaced_while_they_are_read_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let ring = ring(folder.path(), &["0123456789"]);
        let file = OpenOptions::new()
            .write(true)
            .open(folder.path().join("ring"));
        let file = file.unwrap();
        file.write_all_at(&13_u64.to_be_bytes(), CLAIMED).unwrap();
        file.write_all_at(b"A", CONTENT).unwrap();
        assert_eq!(ring.newest(100).unwrap(), b"3456789");
    }

    #[test]
    fn a_file_that_is_no_ring_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring");
        for content in [vec![], vec![b'x'; 9], vec![0xff; 24], vec![0; 90]] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(Ring::open(&path).unwrap().newest(9).unwrap(), b"");
        }
    }
}
