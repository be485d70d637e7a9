//! Watches a folder for changes (inotify(7)).

use super::cerr;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Watches one folder.
pub(crate) struct FolderWatch(File);

/// The changes to watch for.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    /// A file was renamed into the folder.
    Arrived,
    /// The same, or a file that was open for writing was closed.
    ArrivedOrClosed,
}

impl FolderWatch {
    /// Begins to watch.
    ///
    /// # Errors
    /// ENOENT when there is no such folder, ENOSPC when the user's number of
    /// watches is used up.
    pub(crate) fn new(folder: &Path, change: Change) -> io::Result<Self> {
        let path = CString::new(folder.as_os_str().as_bytes())?;
        // SAFETY: takes an integer and returns a new descriptor.
        let fd = cerr(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) })?;
        // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
        let watch = Self(unsafe { OwnedFd::from_raw_fd(fd) }.into());
        let mask = match change {
            Change::Arrived => libc::IN_MOVED_TO,
            Change::ArrivedOrClosed => libc::IN_MOVED_TO | libc::IN_CLOSE_WRITE,
        };
        // SAFETY: `path` ends with NUL and lives until the call returns.
        cerr(unsafe { libc::inotify_add_watch(watch.0.as_raw_fd(), path.as_ptr(), mask) })?;
        Ok(watch)
    }

    /// Reads all changes so far, and returns whether there was something. What happened is
    /// looked up in the folder itself.
    pub(crate) fn drain(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let mut changed = false;
        while matches!(self.0.read(&mut buffer), Ok(1..)) {
            changed = true;
        }
        changed
    }
}

impl AsFd for FolderWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
