//! What a process gives up for good (setrlimit(2), prctl(2)).

use super::cerr;
use std::io;

/// A resource that can be limited.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    /// Bytes of address space.
    Memory,
    /// Bytes of a file that is written.
    FileSize,
    /// Bytes of a core dump.
    Core,
    /// Number of open descriptors.
    Descriptors,
}

/// Lowers a limit, soft and hard, to `most`.
///
/// # Errors
/// EPERM when the hard limit is lower already and this process is not root.
pub(crate) fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let which = match resource {
        Resource::Memory => libc::RLIMIT_AS,
        Resource::FileSize => libc::RLIMIT_FSIZE,
        Resource::Core => libc::RLIMIT_CORE,
        Resource::Descriptors => libc::RLIMIT_NOFILE,
    };
    let most = libc::rlim_t::try_from(most).unwrap_or(libc::RLIM_INFINITY);
    let limit = libc::rlimit {
        rlim_cur: most,
        rlim_max: most,
    };
    // SAFETY: `limit` is a valid rlimit for the kernel to read.
    cerr(unsafe { libc::setrlimit(which, &raw const limit) }).map(drop)
}

/// Sees to it that no program executed from here gains privileges
/// (PR_SET_NO_NEW_PRIVS).
///
/// # Errors
/// EINVAL before Linux 3.5.
pub(crate) fn no_new_privileges() -> io::Result<()> {
    // SAFETY: this option takes integers only.
    cerr(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }).map(drop)
}

/// Keeps this process's memory from core dumps and from debuggers of the same
/// user (PR_SET_DUMPABLE).
///
/// # Errors
/// None in practice: the arguments are valid on every kernel.
pub(crate) fn not_dumpable() -> io::Result<()> {
    // SAFETY: this option takes integers only.
    cerr(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) }).map(drop)
}
