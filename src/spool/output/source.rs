//! A file that may not exist yet, and that stays small.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// No more of it is looked at than this: no job may have more of its output
/// kept.
const MOST_BYTES: u64 = 1 << 20;

/// The file, for reading.
pub(super) struct Source {
    file: Option<File>,
    /// How many bytes it has; 0 when it is not there.
    pub(super) length: u64,
}

impl Source {
    /// Opens the file.
    ///
    /// # Errors
    /// What open(2) reports, unless the file is not there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            file => Some(file?),
        };
        let length = file
            .as_ref()
            .map_or(Ok(0), |file| file.metadata().map(|metadata| metadata.len()))?;
        Ok(Self {
            file,
            length: length.min(MOST_BYTES),
        })
    }

    /// `count` bytes from `at` on, which are there.
    ///
    /// # Errors
    /// What read(2) reports.
    pub(super) fn read(&self, at: u64, count: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(count.min(MOST_BYTES)).unwrap_or_default()];
        if let Some(file) = &self.file {
            file.read_exact_at(&mut bytes, at)?;
        }
        Ok(bytes)
    }
}
