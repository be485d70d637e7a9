//! The output of a job: its head and its tail, in memory that does not depend
//! on how much there is.

use crate::storage;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Collects output. The head is also written to a file as it comes, for the
/// case that this process does not live to tell.
pub(super) struct Output {
    file: Option<File>,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Most bytes of each.
    half: usize,
    cut: u64,
}

impl Output {
    /// Keeps at most `most` bytes.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub(super) fn new(file: &Path, most: u32) -> io::Result<Self> {
        let half = usize::try_from(most / 2).unwrap_or(usize::MAX).max(1);
        let file = Some(storage::create_private(file)?);
        Ok(Self {
            file,
            head: Vec::new(),
            tail: VecDeque::new(),
            half,
            cut: 0,
        })
    }

    /// Takes what came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (to_head, rest) = bytes.split_at(bytes.len().min(self.half - self.head.len()));
        self.head.extend_from_slice(to_head);
        self.write(to_head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..excess);
        self.cut += excess as u64;
    }

    /// A full disk costs the file, not the job.
    fn write(&mut self, bytes: &[u8]) {
        if self
            .file
            .as_mut()
            .is_some_and(|file| file.write_all(bytes).is_err())
        {
            self.file = None;
        }
    }

    /// The text, with a note where bytes were cut, and their number.
    pub(super) fn into_text(self) -> (String, u64) {
        let mut bytes = self.head;
        if self.cut > 0 {
            bytes.extend(format!("\n[… {} bytes cut …]\n", self.cut).into_bytes());
        }
        bytes.extend(self.tail);
        (String::from_utf8_lossy(&bytes).into_owned(), self.cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(most: u32, pieces: &[&str]) -> (String, u64) {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::new(&folder.path().join("output"), most).unwrap();
        for piece in pieces {
            output.push(piece.as_bytes());
        }
        output.into_text()
    }

    #[test]
    fn little_output_is_kept_whole() {
        assert_eq!(
            collect(10, &["abc", "de", "fghij"]),
            ("abcdefghij".into(), 0)
        );
    }

    #[test]
    fn head_and_tail_of_much_output_are_kept() {
        let (text, cut) = collect(10, &["abcdefgh", "ijklm", "nop"]);
        assert_eq!((text.as_str(), cut), ("abcde\n[… 6 bytes cut …]\nlmnop", 6));
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::new(&folder.path().join("output"), 10).unwrap();
        output.push(b"a\xff\0b");
        assert_eq!(output.into_text().0, "a\u{fffd}\0b");
    }
}
