//! Pipes (pipe(2)).

use super::cerr;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The two ends of a pipe, both closed across an exec.
pub(crate) struct Pipe {
    /// Where what was written comes out.
    pub(crate) reader: File,
    /// Where it is put in.
    pub(crate) writer: File,
}

/// Makes a pipe whose reader never blocks.
///
/// # Errors
/// EMFILE or ENFILE when there are no descriptors left.
pub(crate) fn pipe() -> io::Result<Pipe> {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for the two descriptors.
    cerr(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: the call succeeded, so both are open and owned by nothing else.
    let [reader, writer] = ends.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
    let pipe = Pipe {
        reader: reader.into(),
        writer: writer.into(),
    };
    // SAFETY: F_SETFL takes an integer; the descriptor is open.
    cerr(unsafe { libc::fcntl(pipe.reader.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) })?;
    Ok(pipe)
}

impl Pipe {
    /// Sets how many unread bytes the pipe can hold.
    ///
    /// # Errors
    /// EPERM when they are more than the kernel allows (1 MiB, unless the host sets another
    /// limit).
    pub(crate) fn hold(&self, bytes: usize) -> io::Result<()> {
        let size = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
        // SAFETY: F_SETPIPE_SZ takes an integer; the descriptor is open.
        cerr(unsafe { libc::fcntl(self.writer.as_raw_fd(), libc::F_SETPIPE_SZ, size) })?;
        Ok(())
    }
}

/// Makes a pipe that has a name (mkfifo(3)) and opens it for reading without blocking, and for
/// writing too: so it has no end when others close it.
///
/// # Errors
/// EEXIST when there is such a file, EPERM where the file system has no pipes.
pub(crate) fn named(path: &Path) -> io::Result<File> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: `name` ends with NUL and lives until the call returns.
    cerr(unsafe { libc::mkfifo(name.as_ptr(), 0o600) })?;
    let mut options = File::options();
    let options = options.read(true).write(true);
    options.custom_flags(libc::O_NONBLOCK).open(path)
}

/// Takes over a descriptor that this program was started with; it will be
/// closed across an exec.
///
/// # Errors
/// EBADF when no such descriptor is open.
pub(crate) fn inherited(fd: libc::c_int) -> io::Result<File> {
    // SAFETY: F_SETFD takes an integer; a closed descriptor gives EBADF.
    cerr(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: it is open, as just shown, and callers name each inherited
    // descriptor once, at the start of the program.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) }.into())
}

/// A descriptor of `fd`'s file that is numbered above the standard streams, so
/// that redirecting those cannot overwrite it.
///
/// # Errors
/// EMFILE when there are no descriptors left.
pub(crate) fn above_standard_streams(fd: BorrowedFd<'_>) -> io::Result<File> {
    // SAFETY: F_DUPFD_CLOEXEC takes an integer and returns a new descriptor.
    let copy = cerr(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 10) })?;
    // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) }.into())
}
