//! A filter before the system calls of this process, for good (seccomp(2)).

use super::cerr;
use std::io;

pub(crate) use libc::{sock_filter as Instruction, sock_fprog as Program};

/// Puts the filter into force. It lasts until the process ends.
///
/// # Errors
/// EINVAL where the kernel has no filters (an emulator has none either), EACCES
/// where new privileges were not given up before.
pub(crate) fn enforce(filter: &mut [Instruction]) -> io::Result<()> {
    let program = Program {
        len: libc::c_ushort::try_from(filter.len()).map_err(io::Error::other)?,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: `program` names as many instructions as there are; the kernel
    // verifies and copies them before the call returns.
    cerr(unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::c_ulong::from(libc::SECCOMP_MODE_FILTER),
            &raw const program,
        )
    })
    .map(drop)
}
