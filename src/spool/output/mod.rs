//! The output of a job in its folder, while it runs: the beginning in `output`, and the newest
//! part after that in `tail`.
//!
//! None of it is synced: it is read while the job runs, and if the shim dies before it has
//! written the result.

mod ring;
mod source;

use crate::storage;
use ring::{Ring, RingWriter};
use source::Source;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The files in the folder of a job.
pub(crate) struct JobOutput {
    head: PathBuf,
    tail: PathBuf,
}

/// A part of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// How many bytes were printed before it.
    pub(crate) at: u64,
    /// The part, of as many bytes as were printed.
    pub(crate) text: String,
}

impl Excerpt {
    /// How many bytes were printed up to its end.
    pub(crate) fn end(&self) -> u64 {
        self.at + self.text.len() as u64
    }
}

impl JobOutput {
    /// The output of the job in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            head: folder.join("output"),
            tail: folder.join("tail"),
        }
    }

    /// The newest output after the first `from` bytes: at most `most` bytes, and only those that
    /// are still kept. An incomplete character is left for the next call.
    ///
    /// # Errors
    /// What open(2) and read(2) report, but for files that are not there yet.
    pub(crate) fn since(&self, from: u64, most: u64) -> io::Result<Excerpt> {
        let head = Source::open(&self.head)?;
        let ring = Ring::open(&self.tail)?;
        let total = head.length.saturating_add(ring.written);
        let start = from.max(total.saturating_sub(most)).min(total);
        let mut bytes = ring.newest(total - start.max(head.length))?;
        // Where something is missing between the two, the newest matters.
        if start < head.length && bytes.len() as u64 == ring.written {
            bytes.splice(..0, head.read(start, head.length - start)?);
        }
        let at = total - bytes.len() as u64;
        Ok(whole_characters(bytes, at, at > from))
    }

    /// All output that is still kept, with a note where bytes are missing, and their number.
    ///
    /// # Errors
    /// As [`JobOutput::since`].
    pub(crate) fn text(&self) -> io::Result<(String, u64)> {
        let head = Source::open(&self.head)?;
        let ring = Ring::open(&self.tail)?;
        let tail = ring.newest(ring.written)?;
        let cut = ring.written - tail.len() as u64;
        Ok(join(head.read(0, head.length)?, cut, tail))
    }
}

/// Head and tail as text, with a note where bytes are missing between them, and their number.
pub(crate) fn join(mut head: Vec<u8>, cut: u64, tail: Vec<u8>) -> (String, u64) {
    if cut > 0 {
        head.extend(format!("\n[… {cut} bytes cut …]\n").into_bytes());
    }
    head.extend(tail);
    (as_text(head), cut)
}

/// Bytes as text of the same length, so that a place in it is the same for everybody: each byte
/// that is no UTF-8 becomes a `?`, and so do the characters that control a terminal: each would
/// take six bytes in JSON. The output may be large, so it is not copied.
fn as_text(mut bytes: Vec<u8>) -> String {
    for byte in &mut bytes {
        if byte.is_ascii_control() && !matches!(byte, b'\n' | b'\t' | b'\r') {
            *byte = b'?';
        }
    }
    let mut valid = 0;
    while let Err(error) = std::str::from_utf8(&bytes[valid..]) {
        let start = valid + error.valid_up_to();
        valid = error
            .error_len()
            .map_or(bytes.len(), |length| start + length);
        bytes[start..valid].fill(b'?');
    }
    // It is text now: nothing is lost here.
    String::from_utf8(bytes).unwrap_or_default()
}

/// Leaves out what has not come of the last character, and, `after_a_gap`, what
/// is left of the first one.
fn whole_characters(mut bytes: Vec<u8>, mut at: u64, after_a_gap: bool) -> Excerpt {
    bytes.truncate(bytes.len() - unfinished(&bytes));
    let is_continuation = |byte: &&u8| **byte & 0xc0 == 0x80;
    let broken = bytes.iter().take(3).take_while(is_continuation).count();
    if after_a_gap {
        bytes.drain(..broken);
        at += broken as u64;
    }
    let text = as_text(bytes);
    Excerpt { at, text }
}

/// How many bytes at the end begin a character that is not complete.
fn unfinished(bytes: &[u8]) -> usize {
    let last = bytes
        .utf8_chunks()
        .last()
        .map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(last) {
        Err(error) if error.error_len().is_none() => last.len(),
        _ => 0,
    }
}

/// Writes both files, as far as the disk allows: a full one costs the files,
/// not the job.
pub(crate) struct Printer {
    files: JobOutput,
    head: Option<File>,
    tail: Option<RingWriter>,
    /// Most bytes of each.
    half: usize,
}

impl Printer {
    /// Begins a job's output; `half` bytes are kept as head, and as many as tail.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn create(folder: &Path, half: usize) -> io::Result<Self> {
        let files = JobOutput::new(folder);
        let head = Some(storage::create_private(&files.head)?);
        Ok(Self {
            files,
            head,
            tail: None,
            half,
        })
    }

    /// Appends bytes to the head, which has space for them.
    pub(crate) fn head(&mut self, bytes: &[u8]) {
        self.head.take_if(|file| file.write_all(bytes).is_err());
    }

    /// Appends bytes to the tail; the head is full.
    pub(crate) fn tail(&mut self, bytes: &[u8]) {
        if self.tail.is_none() && self.head.take().is_some() {
            self.tail = RingWriter::create(&self.files.tail, self.half).ok();
        }
        self.tail.take_if(|ring| ring.push(bytes).is_err());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder in which `head` was printed, and then the pieces into a ring of
    /// ten bytes.
    fn printed(head: &[u8], pieces: &[&str]) -> (tempfile::TempDir, JobOutput) {
        let folder = tempfile::tempdir().unwrap();
        let mut printer = Printer::create(folder.path(), 10).unwrap();
        printer.head(head);
        for piece in pieces {
            printer.tail(piece.as_bytes());
        }
        let printed = JobOutput::new(folder.path());
        (folder, printed)
    }

    fn since(printed: &JobOutput, from: u64, most: u64) -> (u64, String) {
        let excerpt = printed.since(from, most).unwrap();
        assert_eq!(excerpt.end(), excerpt.at + excerpt.text.len() as u64);
        (excerpt.at, excerpt.text)
    }

    #[test]
    fn nothing_was_printed_yet() {
        let folder = tempfile::tempdir().unwrap();
        let printed = JobOutput::new(folder.path());
        assert_eq!(since(&printed, 0, 100), (0, String::new()));
        assert_eq!(printed.text().unwrap(), (String::new(), 0));
    }

    #[test]
    fn new_output_is_returned_once() {
        let (_folder, printed) = printed(b"abcdef", &[]);
        assert_eq!(since(&printed, 0, 100), (0, "abcdef".into()));
        assert_eq!(since(&printed, 4, 100), (4, "ef".into()));
        assert_eq!(since(&printed, 6, 100), (6, String::new()));
        assert_eq!(since(&printed, 0, 2), (4, "ef".into()));
        assert_eq!(since(&printed, 99, 2), (6, String::new()));
    }

    #[test]
    fn head_and_tail_are_joined_while_nothing_is_missing() {
        let (_folder, printed) = printed(b"abc", &["def", "ghi"]);
        assert_eq!(since(&printed, 1, 100), (1, "bcdefghi".into()));
        assert_eq!(since(&printed, 4, 100), (4, "efghi".into()));
        assert_eq!(printed.text().unwrap(), ("abcdefghi".into(), 0));
    }

    #[test]
    fn the_newest_of_a_long_output_is_kept() {
        let (_folder, printed) = printed(b"abc", &["0123456", "789ABCDEF"]);
        assert_eq!(since(&printed, 0, 100), (9, "6789ABCDEF".into()));
        assert_eq!(since(&printed, 0, 4), (15, "CDEF".into()));
        assert_eq!(since(&printed, 17, 100), (17, "EF".into()));
        let text = printed.text().unwrap();
        assert_eq!(text, ("abc\n[… 6 bytes cut …]\n6789ABCDEF".into(), 6));
    }

    #[test]
    fn characters_stay_whole_and_other_bytes_keep_their_places() {
        let (_folder, all) = printed("añb".as_bytes(), &[]);
        assert_eq!(since(&all, 0, 2), (3, "b".into()), "half a character");
        let (_folder, begun) = printed(b"a\xc3", &[]);
        assert_eq!(since(&begun, 0, 100), (0, "a".into()), "it is not complete");
        assert_eq!(begun.text().unwrap().0, "a?");
        let (_folder, binary) = printed(b"\xff\xf0\x9f\0b\xff", &[]);
        assert_eq!(since(&binary, 0, 100), (0, "????b?".into()));
    }

    #[test]
    fn a_head_that_could_not_be_written_has_no_tail() {
        let (folder, printed) = printed(b"abc", &[]);
        let mut printer = Printer::create(folder.path(), 10).unwrap();
        printer.head = None;
        printer.head(b"abc");
        printer.tail(b"def");
        assert_eq!(printed.text().unwrap(), (String::new(), 0));
    }
}
