//! On whose behalf this process acts (credentials(7)), and what it may do.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The number of the superuser.
pub(crate) const ROOT: u32 = 0;

/// The effective user id: the owner of the files that this process makes.
pub(crate) fn effective_id() -> u32 {
    // SAFETY: geteuid(2) has no preconditions and cannot fail.
    unsafe { libc::geteuid() }
}

/// What may be done with a file or a folder.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// Starting a program.
    Execute,
    /// Looking up names in a folder.
    Enter,
    /// Changing a file, or the names in a folder.
    Write,
}

/// Whether this process may do that (access(2)); a file system that is mounted
/// for reading alone counts too.
pub(crate) fn may(path: &Path, access: Access) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    let mode = match access {
        Access::Execute | Access::Enter => libc::X_OK,
        Access::Write => libc::W_OK,
    };
    // SAFETY: `path` ends with NUL and lives until the call returns, which
    // changes nothing.
    unsafe { libc::access(path.as_ptr(), mode) == 0 }
}
