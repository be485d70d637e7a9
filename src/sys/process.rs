//! Processes: their ids, ends and relations.

use super::cerr;
use std::ffi::{CString, OsStr};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::{fmt, io, ptr};

/// The id of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pid(libc::pid_t);

impl Pid {
    /// Takes an id that the kernel gave; never 0 or negative, which kill(2)
    /// reads as "a group" or "everybody".
    pub(crate) fn new(pid: libc::pid_t) -> Self {
        assert!(pid > 0, "a process id is positive");
        Self(pid)
    }

    /// The number as such.
    pub(crate) fn number(self) -> u32 {
        self.0.unsigned_abs()
    }

    /// This process.
    pub(crate) fn own() -> Self {
        // SAFETY: getpid(2) has no preconditions and cannot fail.
        Self(unsafe { libc::getpid() })
    }

    /// The parent of this process; `None` when it is outside of this PID
    /// namespace.
    pub(crate) fn parent() -> Option<Self> {
        // SAFETY: getppid(2) has no preconditions and cannot fail.
        let pid = unsafe { libc::getppid() };
        (pid > 0).then_some(Self(pid))
    }

    /// Sends a signal to the process (kill(2)).
    ///
    /// # Errors
    /// ESRCH when it is gone, EPERM when it belongs to another user.
    pub(crate) fn signal(self, signal: libc::c_int) -> io::Result<()> {
        // SAFETY: kill(2) takes two integers and touches no memory.
        cerr(unsafe { libc::kill(self.0, signal) }).map(drop)
    }

    /// Sends a signal to the process group that the process leads.
    ///
    /// # Errors
    /// As [`Pid::signal`].
    pub(crate) fn signal_group(self, signal: libc::c_int) -> io::Result<()> {
        // SAFETY: as in `signal`; a negative id names the group.
        cerr(unsafe { libc::kill(-self.0, signal) }).map(drop)
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself, with an exit code.
    Exited(i32),
    /// By a signal.
    Killed(i32),
}

/// What waiting for a child found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The child has ended and is reaped.
    Ended(Ended),
    /// The child is still running.
    Running,
}

/// Reaps a child if it has ended, without blocking (waitpid(2)).
///
/// # Errors
/// ECHILD when it is not, or no longer, a child of this process.
pub(crate) fn try_wait(child: Pid) -> io::Result<Wait> {
    reap(child.0).map(|found| found.map_or(Wait::Running, |(_, ended)| Wait::Ended(ended)))
}

/// Reaps any one child that has ended, without blocking; `None` when children
/// are left but none has ended.
///
/// # Errors
/// ECHILD when no child is left.
pub(crate) fn try_wait_any() -> io::Result<Option<(Pid, Ended)>> {
    reap(-1)
}

/// A child that has ended and is not reaped yet; it stays so (waitid(2), WNOWAIT).
pub(crate) fn ended_child() -> Option<Pid> {
    let mut found = MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: `found` is ours to be filled.
    cerr(unsafe { libc::waitid(libc::P_ALL, 0, found.as_mut_ptr(), options) }).ok()?;
    // SAFETY: zeroes are a valid siginfo_t, and the kernel fills in that of a child.
    let pid = unsafe { found.assume_init().si_pid() };
    (pid > 0).then_some(Pid(pid))
}

fn reap(which: libc::pid_t) -> io::Result<Option<(Pid, Ended)>> {
    let mut status = 0;
    // SAFETY: `status` is a valid integer for the kernel to fill.
    let pid = cerr(unsafe { libc::waitpid(which, &raw mut status, libc::WNOHANG) })?;
    if pid == 0 {
        return Ok(None);
    }
    let ended = if libc::WIFSIGNALED(status) {
        Ended::Killed(libc::WTERMSIG(status))
    } else {
        Ended::Exited(libc::WEXITSTATUS(status))
    };
    Ok(Some((Pid(pid), ended)))
}

/// Begins a session of its own, without a terminal (setsid(2)).
///
/// # Errors
/// EPERM when this process already leads a group.
pub(crate) fn new_session() -> io::Result<()> {
    // SAFETY: setsid(2) takes nothing and touches no memory.
    cerr(unsafe { libc::setsid() }).map(drop)
}

/// Makes orphaned descendants children of this process
/// (PR_SET_CHILD_SUBREAPER, prctl(2)).
///
/// # Errors
/// EINVAL before Linux 3.4.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    // SAFETY: this option takes integers only.
    cerr(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(drop)
}

/// Whether orphans become children of this process: it asked for them, or is the first
/// one of its PID namespace, as in a container.
pub(crate) fn adopts_orphans() -> bool {
    let mut asked: libc::c_int = 0;
    // SAFETY: this option fills the integer that it is given.
    let result = unsafe { libc::prctl(libc::PR_GET_CHILD_SUBREAPER, &raw mut asked) };
    Pid::own().0 == 1 || (result == 0 && asked != 0)
}

/// Has the kernel kill this process when its parent dies (PR_SET_PDEATHSIG);
/// `parent` is who that was before the fork, in case it is gone already.
///
/// # Errors
/// ESRCH when the parent is gone.
pub(crate) fn die_with(parent: Pid) -> io::Result<()> {
    // SAFETY: this option takes integers only.
    cerr(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) })?;
    if Pid::parent() == Some(parent) {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(libc::ESRCH))
    }
}

/// Makes `source` the descriptor of number `target`, open across an exec
/// (dup2(2)).
///
/// # Errors
/// EBADF when `target` is above the limit.
pub(crate) fn duplicate_onto(source: BorrowedFd<'_>, target: libc::c_int) -> io::Result<()> {
    if source.as_raw_fd() == target {
        // dup2 would leave the flag of close-on-exec as it is.
        // SAFETY: F_SETFD takes an integer; the descriptor is borrowed, so open.
        return cerr(unsafe { libc::fcntl(target, libc::F_SETFD, 0) }).map(drop);
    }
    // SAFETY: dup2(2) takes two integers. What `target` named before is closed:
    // callers do this between fork and exec, where nothing else owns it.
    cerr(unsafe { libc::dup2(source.as_raw_fd(), target) }).map(drop)
}

/// Closes every descriptor but the standard streams and `keep`, for a child that
/// goes on without an exec: a lock that it inherited would otherwise be held
/// until it ends.
pub(crate) fn close_all_but(keep: BorrowedFd<'_>) {
    for fd in open_descriptors(3) {
        if fd != keep.as_raw_fd() {
            // SAFETY: this process is a fresh copy that ends without running
            // destructors and uses nothing of what it inherited but `keep`.
            unsafe { libc::close(fd) };
        }
    }
}

fn open_descriptors(first: libc::c_int) -> Vec<libc::c_int> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers.filter(|&fd| fd >= first).collect()
}

/// Marks every descriptor from `first` on as closed across an exec, so that
/// nothing inherited reaches the program that is about to be executed.
pub(crate) fn close_on_exec_from(first: libc::c_int) {
    for fd in open_descriptors(first) {
        // SAFETY: F_SETFD takes an integer and changes a flag only; a number
        // that is closed by now gives EBADF, which does no harm.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// Replaces this process by another program (execve(2)). Returns only when
/// that failed.
///
/// # Errors
/// ENOENT, EACCES, ENOEXEC, … as in the man page; EINVAL for an argument with
/// a NUL byte.
pub(crate) fn execute(
    program: &Path,
    arguments: &[&OsStr],
    environment: &[(String, String)],
) -> io::Error {
    let text = |bytes: &[u8]| CString::new(bytes).map_err(io::Error::from);
    let prepare = || -> io::Result<_> {
        let program = text(program.as_os_str().as_bytes())?;
        let arguments = arguments
            .iter()
            .map(|a| text(a.as_bytes()))
            .collect::<io::Result<Vec<_>>>()?;
        let pairs = environment
            .iter()
            .map(|(name, value)| text(format!("{name}={value}").as_bytes()));
        Ok((program, arguments, pairs.collect::<io::Result<Vec<_>>>()?))
    };
    let (program, arguments, environment) = match prepare() {
        Ok(prepared) => prepared,
        Err(error) => return error,
    };
    let pointers = |texts: &[CString]| -> Vec<*const libc::c_char> {
        texts
            .iter()
            .map(|text| text.as_ptr())
            .chain([ptr::null()])
            .collect()
    };
    let (argv, envp) = (pointers(&arguments), pointers(&environment));
    // SAFETY: all strings end with NUL and both lists with a null pointer, and
    // they live until the call returns, which it does only on failure.
    unsafe { libc::execve(program.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    io::Error::last_os_error()
}

/// Sets the mask for the permissions of new files (umask(2)).
pub(crate) fn umask(mask: libc::mode_t) {
    // SAFETY: umask(2) takes an integer and cannot fail.
    unsafe { libc::umask(mask) };
}
