//! The parts of root's power (capabilities(7)).

use super::cerr;
use std::io;

/// Searching folders and reading files of any owner.
pub(crate) const READ_ANY_FILE: u64 = 1 << 2;

/// The layout with 64 capabilities, _LINUX_CAPABILITY_VERSION_3.
const VERSION: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: libc::c_int,
}

/// One half of each set.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Half {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Gives up every capability of this process but those of the set `keep`, for
/// good.
///
/// # Errors
/// EPERM where a filter denies it.
pub(crate) fn keep_only(keep: u64) -> io::Result<()> {
    let mut header = Header {
        version: VERSION,
        pid: 0,
    };
    let mut halves = [Half::default(); 2];
    // SAFETY: `header` says that the kernel may fill two halves.
    let got = unsafe { libc::syscall(libc::SYS_capget, &raw mut header, halves.as_mut_ptr()) };
    cerr(libc::c_int::try_from(got).unwrap_or(-1))?;
    for (half, keep) in halves.iter_mut().zip([keep as u32, (keep >> 32) as u32]) {
        half.permitted &= keep;
        half.effective &= keep;
        half.inheritable = 0;
    }
    // SAFETY: as before, and the kernel only reads them.
    let set = unsafe { libc::syscall(libc::SYS_capset, &raw mut header, halves.as_ptr()) };
    cerr(libc::c_int::try_from(set).unwrap_or(-1)).map(drop)
}
