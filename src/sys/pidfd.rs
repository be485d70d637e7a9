//! Processes by a descriptor, which never comes to mean another one
//! (pidfd_open(2), pidfd_send_signal(2)).

use super::cerr;
use super::process::Pid;
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
        // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Sends a signal to the process.
    ///
    /// # Errors
    /// ESRCH when it is gone, EPERM when it belongs to another user.
    fn signal(&self, signal: libc::c_int) -> io::Result<()> {
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

/// Sends a signal to the process that has this id, if that is the one that is meant:
/// it may have ended since it was found, and another one have its id. Before Linux
/// 5.3, which has no descriptors, this may happen still, for a moment.
///
/// What cannot be signalled is left alone.
pub(crate) fn signal(pid: libc::pid_t, signal: libc::c_int, is_meant: impl Fn() -> bool) {
    signal_by(PidFd::open(pid), pid, signal, is_meant);
}

fn signal_by(
    opened: io::Result<PidFd>,
    pid: libc::pid_t,
    signal: libc::c_int,
    is_meant: impl Fn() -> bool,
) {
    let _ = match opened {
        Ok(process) if is_meant() => process.signal(signal),
        Err(error) if error.kind() == io::ErrorKind::Unsupported && is_meant() => {
            Pid::new(pid).signal(signal)
        }
        _ => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command};

    fn process() -> (Child, libc::pid_t) {
        let child = Command::new("sleep").arg("3000").spawn().unwrap();
        let pid = child.id().cast_signed();
        (child, pid)
    }

    fn no_descriptors() -> io::Result<PidFd> {
        Err(io::Error::from_raw_os_error(libc::ENOSYS))
    }

    #[test]
    fn a_process_is_ended_with_and_without_descriptors() {
        for open in [PidFd::open, |_| no_descriptors()] {
            let (mut child, pid) = process();
            signal_by(open(pid), pid, libc::SIGKILL, || true);
            assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
        }
    }

    #[test]
    fn another_process_of_the_same_id_is_left_alone() {
        let (mut child, pid) = process();
        for opened in [PidFd::open(pid), no_descriptors()] {
            signal_by(opened, pid, libc::SIGKILL, || false);
        }
        // What was sent first would have ended it.
        Pid::new(pid).signal(libc::SIGTERM).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGTERM));
    }
}
