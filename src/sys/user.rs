//! On whose behalf this process acts (credentials(7)), and what it may do.

use super::cerr;
use std::ffi::{CStr, CString, OsStr};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::{io, ptr};

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

/// A user of the host, as its database of users has it (passwd(5), group(5)).
pub(crate) struct Account {
    name: CString,
    user: libc::uid_t,
    groups: Vec<libc::gid_t>,
    group: libc::gid_t,
    home: PathBuf,
}

impl Account {
    /// The one of this name; `None` when there is none (getpwnam_r(3)). This may
    /// ask servers in the network, and take as long as they do.
    ///
    /// # Errors
    /// What the database of users reports.
    pub(crate) fn named(name: &str) -> io::Result<Option<Self>> {
        let name = CString::new(name)?;
        let mut record = MaybeUninit::<libc::passwd>::uninit();
        let mut texts = vec![0; 64 << 10];
        let mut found = ptr::null_mut();
        // SAFETY: `name` ends with NUL, `record` and `texts` are ours to be filled,
        // `texts` with the length that is given; all live until the call returns.
        let number = unsafe {
            libc::getpwnam_r(
                name.as_ptr(),
                record.as_mut_ptr(),
                texts.as_mut_ptr(),
                texts.len(),
                &raw mut found,
            )
        };
        match number {
            0 if found.is_null() => return Ok(None),
            0 => {}
            number => return Err(io::Error::from_raw_os_error(number)),
        }
        // SAFETY: it was found, so the record is filled; its texts lie in `texts`.
        let record = unsafe { record.assume_init() };
        // SAFETY: a text of the record ends with NUL and lies in `texts`.
        let home = unsafe { CStr::from_ptr(record.pw_dir) };
        Ok(Some(Self {
            groups: groups_of(&name, record.pw_gid),
            home: OsStr::from_bytes(home.to_bytes()).into(),
            user: record.pw_uid,
            group: record.pw_gid,
            name,
        }))
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// The number of the user.
    pub(crate) fn user(&self) -> u32 {
        self.user
    }

    /// The number of its first group.
    pub(crate) fn group(&self) -> u32 {
        self.group
    }

    /// Its home folder, which need not be there.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Makes this process that user's for good, without a way back (setgroups(2),
    /// setgid(2), setuid(2)).
    ///
    /// # Errors
    /// EPERM unless this process is root's.
    pub(crate) fn assume(&self) -> io::Result<()> {
        // SAFETY: the list is valid for the length that is given.
        cerr(unsafe { libc::setgroups(self.groups.len(), self.groups.as_ptr()) })?;
        // SAFETY: setgid(2) takes an integer.
        cerr(unsafe { libc::setgid(self.group) })?;
        // SAFETY: setuid(2) takes an integer.
        cerr(unsafe { libc::setuid(self.user) }).map(drop)
    }
}

/// All groups of a user (getgrouplist(3)).
fn groups_of(name: &CStr, first: libc::gid_t) -> Vec<libc::gid_t> {
    // NGROUPS_MAX of the kernel.
    let mut groups = vec![0; 65_536];
    let mut length = libc::c_int::try_from(groups.len()).unwrap_or(libc::c_int::MAX);
    // SAFETY: `name` ends with NUL; `groups` is ours to be filled, up to `length`.
    let done =
        unsafe { libc::getgrouplist(name.as_ptr(), first, groups.as_mut_ptr(), &raw mut length) };
    match usize::try_from(length) {
        Ok(length) if done >= 0 => groups.truncate(length),
        _ => groups = vec![first],
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name() {
        let root = Account::named("root").unwrap().unwrap();
        assert_eq!((root.user(), root.group()), (ROOT, 0));
        assert!(root.groups.contains(&0) && root.home() == Path::new("/root"));
        assert!(Account::named("nobody of this name").unwrap().is_none());
        assert!(Account::named("a\0b").is_err());
    }
}
