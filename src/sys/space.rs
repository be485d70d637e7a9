//! Room on a disk: how much there is, and taking it before it is needed.

use super::cerr;
use std::ffi::CString;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::{io, mem};

/// Gives an empty file `bytes` bytes of the disk (fallocate(2)).
///
/// # Errors
/// ENOSPC and EDQUOT when there is no room, EOPNOTSUPP where the file system
/// cannot do it.
pub(crate) fn allocate(file: &File, bytes: u32) -> io::Result<()> {
    // Callers take megabytes; the type has at least 32 bits.
    let length = bytes as libc::off_t;
    // SAFETY: takes integers only; the descriptor is borrowed, so open.
    cerr(unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, length) }).map(drop)
}

/// How many bytes this user may still write to the file system of `path`
/// (statvfs(3)).
///
/// # Errors
/// ENOENT when there is no such path, ENOSYS where the file system cannot say.
pub(crate) fn free(path: &Path) -> io::Result<u64> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut found = mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends with NUL and lives until the call returns; the kernel
    // fills `found`.
    cerr(unsafe { libc::statvfs(path.as_ptr(), found.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it is initialised.
    let found = unsafe { found.assume_init() };
    #[allow(
        clippy::useless_conversion,
        reason = "these numbers have 32 bits on small machines"
    )]
    Ok(u64::from(found.f_bavail).saturating_mul(found.f_frsize.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_disk_space_is_reported() {
        assert!(free(&std::env::temp_dir()).unwrap() > 0);
        let missing = free(Path::new("/no/such/folder")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
