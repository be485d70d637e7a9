//! Waiting for the first of several descriptors (poll(2)).

use super::cerr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Blocks until at least one descriptor can be read or was hung up, and says
/// which, in the order given.
///
/// There is no time-out: poll's own stops while the host is suspended, so
/// deadlines are a timer among the descriptors.
///
/// # Errors
/// ENOMEM; an interruption by a signal is not an error and returns nothing
/// readable.
pub(crate) fn wait_readable<const N: usize>(
    fds: [Option<BorrowedFd<'_>>; N],
) -> io::Result<[bool; N]> {
    let mut set = fds.map(|fd| libc::pollfd {
        // poll(2) passes over negative descriptors.
        fd: fd.map_or(-1, |fd| fd.as_raw_fd()),
        events: libc::POLLIN,
        revents: 0,
    });
    // A handful of descriptors, and nfds_t has at least 32 bits.
    let count = N as libc::nfds_t;
    // SAFETY: `set` holds `count` valid entries, and its descriptors are
    // borrowed, so they stay open during the call.
    match cerr(unsafe { libc::poll(set.as_mut_ptr(), count, -1) }) {
        Ok(_) => Ok(set.map(|entry| entry.revents != 0)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
    }
}
