//! Processes that begin as a copy of this one (fork(2)).

use super::cerr;
use super::process::Pid;
use std::io;

/// Which of the two processes this is after [`fork`].
pub(crate) enum Fork {
    /// The original, with the id of its new child.
    Parent(Pid),
    /// The copy.
    Child,
}

/// Copies this process.
///
/// # Errors
/// EAGAIN or ENOMEM when the system has no room for another process.
pub(crate) fn fork() -> io::Result<Fork> {
    // SAFETY: this program has one thread, so the copy finds every lock
    // (allocator, standard streams) free and may go on running Rust code.
    match cerr(unsafe { libc::fork() })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(Pid::new(pid))),
    }
}

/// Ends this process at once: no destructors, no flushing of buffers that the
/// parent will flush too.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: _exit(2) never returns and touches no memory.
    unsafe { libc::_exit(code) }
}
