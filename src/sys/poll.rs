//! Waiting for the first of several descriptors (poll(2)).

use super::cerr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

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

/// Whether a write of up to 4096 bytes (PIPE_BUF, pipe(7)) to `fd` would not
/// block now. Where it would fail instead, that does not block either.
pub(crate) fn is_writable(fd: BorrowedFd<'_>) -> bool {
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: `entry` is one valid entry, and its descriptor is borrowed, so it
    // stays open during the call, which does not wait.
    unsafe { libc::poll(&raw mut entry, 1, 0) != 0 }
}

/// Blocks until at least one descriptor can be written to or has failed, and says which;
/// or until the time is over. The time does not pass while the host is suspended.
///
/// # Errors
/// ENOMEM; an interruption by a signal is not an error and returns nothing writable.
pub(crate) fn wait_writable(fds: &[BorrowedFd<'_>], most: Duration) -> io::Result<Vec<bool>> {
    let entry = |fd: &BorrowedFd<'_>| libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLOUT,
        revents: 0,
    };
    let mut set: Vec<libc::pollfd> = fds.iter().map(entry).collect();
    let most = most.as_micros().div_ceil(1_000);
    let most = libc::c_int::try_from(most).unwrap_or(libc::c_int::MAX);
    // SAFETY: `set` has this many valid entries, and its descriptors are borrowed, so they
    // stay open during the call.
    match cerr(unsafe { libc::poll(set.as_mut_ptr(), set.len() as libc::nfds_t, most) }) {
        Ok(_) => Ok(set.iter().map(|entry| entry.revents != 0).collect()),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(vec![false; fds.len()]),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    #[test]
    fn a_pipe_is_writable_until_it_is_full_and_again_once_it_is_read() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        let line = [b'x'; 4096];
        let mut lines = 0;
        while is_writable(writer.as_fd()) {
            writer.write_all(&line).unwrap();
            lines += 1;
        }
        assert!(lines > 0);
        reader.read_exact(&mut [0; 4096]).unwrap();
        assert!(is_writable(writer.as_fd()));
    }

    #[test]
    fn a_pipe_without_a_reader_does_not_block() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert!(is_writable(writer.as_fd()));
    }
}
