//! The output of a job: its head and its tail, in memory that does not depend
//! on how much there is.

use crate::spool::output::{self, Printer};
use std::collections::VecDeque;
use std::io;
use std::path::Path;

/// Collects output. It is also written to files as it arrives, for `pilot job` and progress
/// while the job runs and for the case that this process does not live to tell.
pub(super) struct Output {
    printer: Printer,
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
    /// When the file in the job's folder cannot be created.
    pub(super) fn new(folder: &Path, most: u32) -> io::Result<Self> {
        let half = usize::try_from(most / 2).unwrap_or(usize::MAX).max(1);
        Ok(Self {
            printer: Printer::create(folder, half)?,
            head: Vec::new(),
            tail: VecDeque::new(),
            half,
            cut: 0,
        })
    }

    /// Takes what came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (to_head, rest) = bytes.split_at(bytes.len().min(self.half - self.head.len()));
        if !to_head.is_empty() {
            self.head.extend_from_slice(to_head);
            self.printer.head(to_head);
        }
        if !rest.is_empty() {
            self.push_to_tail(rest);
        }
    }

    /// Room is made first: the tail never takes more than its half.
    fn push_to_tail(&mut self, bytes: &[u8]) {
        let newest = &bytes[bytes.len().saturating_sub(self.half)..];
        let excess = (self.tail.len() + newest.len()).saturating_sub(self.half);
        self.tail.drain(..excess);
        self.tail.reserve_exact(self.half - self.tail.len());
        self.tail.extend(newest);
        self.cut += (excess + bytes.len() - newest.len()) as u64;
        self.printer.tail(bytes);
    }

    /// The text, with a note where bytes were cut, and their number.
    pub(super) fn into_text(self) -> (String, u64) {
        output::join(self.head, self.cut, self.tail.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::output::JobOutput;

    /// The kept output; files and memory hold the same.
    fn collect(most: u32, pieces: &[&[u8]]) -> (String, u64) {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::new(folder.path(), most).unwrap();
        for piece in pieces {
            output.push(piece);
        }
        let kept = output.into_text();
        assert_eq!(JobOutput::new(folder.path()).text().unwrap(), kept);
        kept
    }

    #[test]
    fn little_output_is_kept_whole() {
        assert_eq!(
            collect(10, &[b"abc", b"de", b"fghij"]),
            ("abcdefghij".into(), 0)
        );
    }

    #[test]
    fn head_and_tail_of_much_output_are_kept() {
        for pieces in [
            &[&b"abcdefgh"[..], b"ijklm", b"nop"][..],
            &[b"abcdefghijklmnop"],
        ] {
            let kept = ("abcde\n[… 6 bytes cut …]\nlmnop".to_owned(), 6);
            assert_eq!(collect(10, pieces), kept);
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        assert_eq!(collect(10, &[b"a\xff\0\x1b\tb"]).0, "a???\tb");
    }

    #[test]
    fn a_file_that_cannot_be_written_costs_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::new(folder.path(), 10).unwrap();
        std::fs::write(folder.path().join("tail"), "in the way").unwrap();
        output.push(b"abcdefghijklmnop");
        assert!(output.into_text().0.ends_with("lmnop"));
    }
}
