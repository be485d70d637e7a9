//! What a process gives up for good (setrlimit(2), prctl(2)).

use super::cerr;
use std::{io, mem};

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
    /// Number of processes and threads of the user; does not bind root.
    Processes,
    /// Seconds of processor time.
    ProcessorTime,
}

/// Lowers a limit, soft and hard, to `most`. A hard limit that is lower already stays as it is:
/// only root could raise it, and has no reason to.
///
/// # Errors
/// None in practice: the arguments are valid, and lowering is always allowed.
pub(crate) fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let which = match resource {
        Resource::Memory => libc::RLIMIT_AS,
        Resource::FileSize => libc::RLIMIT_FSIZE,
        Resource::Core => libc::RLIMIT_CORE,
        Resource::Descriptors => libc::RLIMIT_NOFILE,
        Resource::Processes => libc::RLIMIT_NPROC,
        Resource::ProcessorTime => libc::RLIMIT_CPU,
    };
    let mut present = mem::MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: the kernel fills `present`.
    cerr(unsafe { libc::getrlimit(which, present.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it is initialised.
    let hard = unsafe { present.assume_init() }.rlim_max;
    // RLIM_INFINITY is the largest number there is.
    let most = libc::rlim_t::try_from(most)
        .unwrap_or(libc::RLIM_INFINITY)
        .min(hard);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_lower_already_is_not_raised() {
        limit(Resource::Core, 4096).unwrap();
        limit(Resource::Core, 8192).unwrap();
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let numbers: Vec<u64> = core
            .unwrap()
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        assert_eq!(numbers.len(), 2, "soft and hard");
        assert!(numbers.iter().all(|&number| number <= 4096), "{numbers:?}");
    }
}
