//! Processes by a descriptor, which never comes to mean another one
//! (pidfd_open(2), pidfd_send_signal(2)).

use super::cerr;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

/// A process, even when its id is given to another one.
pub(crate) struct PidFd(OwnedFd);

impl PidFd {
    /// The process that has this id now.
    ///
    /// # Errors
    /// ESRCH when there is none, ENOSYS before Linux 5.3.
    pub(crate) fn open(pid: libc::pid_t) -> io::Result<Self> {
        // SAFETY: takes two integers and returns a new descriptor, which is
        // closed across an exec.
        let fd = cerr(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as libc::c_int)?;
        // SAFETY: the call succeeded, so the descriptor is open and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Sends a signal to the process.
    ///
    /// # Errors
    /// ESRCH when it is gone, EPERM when it belongs to somebody else.
    pub(crate) fn signal(&self, signal: libc::c_int) -> io::Result<()> {
        let none = ptr::null::<libc::siginfo_t>();
        // SAFETY: the descriptor is open; without a siginfo the kernel fills in
        // what kill(2) would.
        let result = unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.0.as_raw_fd(),
                signal,
                none,
                0,
            )
        };
        cerr(result as libc::c_int).map(drop)
    }
}
