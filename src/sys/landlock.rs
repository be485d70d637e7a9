//! Rules by which a process restricts itself, for good (landlock(7)).

use super::cerr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Reading a file.
pub(crate) const READ_FILE: u64 = 1 << 2;
/// Listing a folder.
pub(crate) const READ_FOLDER: u64 = 1 << 3;
/// Connecting to a TCP port.
const CONNECT: u64 = 1 << 1;

/// The accesses that are denied unless a rule allows them: all that the version of the kernel's
/// interface knows of.
#[repr(C)]
struct Handled {
    files: u64,
    network: u64,
    scopes: u64,
}

impl Handled {
    /// Each version of the interface handles what the ones before it do
    /// (linux/landlock.h).
    fn by(version: u32) -> Self {
        Self {
            files: match version {
                ..=1 => 0x1fff,
                2 => 0x3fff,
                3..=4 => 0x7fff,
                5.. => 0xffff,
            },
            network: if version >= 4 { 0b11 } else { 0 },
            scopes: if version >= 6 { 0b11 } else { 0 },
        }
    }
}

/// A rule for a file, or for all below a folder.
#[repr(C, packed)]
struct BeneathRule {
    allowed: u64,
    file: libc::c_int,
}

/// A rule for a TCP port.
#[repr(C)]
struct PortRule {
    allowed: u64,
    port: u64,
}

const BENEATH: libc::c_int = 1;
const PORT: libc::c_int = 2;
const ASK_VERSION: libc::c_uint = 1;

/// The version of the kernel's interface.
///
/// # Errors
/// ENOSYS where the kernel lacks it, EOPNOTSUPP where it was switched off at
/// boot, EPERM where a filter denies it.
pub(crate) fn version() -> io::Result<u32> {
    let nothing = std::ptr::null::<Handled>();
    // SAFETY: asked for its version, the call takes no structure.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            nothing,
            0_usize,
            ASK_VERSION,
        )
    };
    u32::try_from(version).map_err(|_| io::Error::last_os_error())
}

/// Rules that are being gathered.
pub(crate) struct Ruleset {
    fd: OwnedFd,
    handled: Handled,
}

impl Ruleset {
    /// Rules that allow nothing of what the interface of this version handles.
    ///
    /// # Errors
    /// EMFILE when there are no descriptors left.
    pub(crate) fn new(version: u32) -> io::Result<Self> {
        let handled = Handled::by(version);
        // SAFETY: `handled` is of the size that is stated; what an older kernel
        // does not know at its end is zero.
        let fd = unsafe {
            libc::syscall(
                libc::SYS_landlock_create_ruleset,
                &raw const handled,
                size_of::<Handled>(),
                0,
            )
        };
        let fd = libc::c_int::try_from(fd).map_err(io::Error::other)?;
        // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
        let fd = unsafe { OwnedFd::from_raw_fd(cerr(fd)?) };
        Ok(Self { fd, handled })
    }

    /// Allows access to a file, or to all below a folder.
    ///
    /// # Errors
    /// EINVAL for a file with a right that only folders have.
    pub(crate) fn allow_beneath(&self, file: &File, access: u64) -> io::Result<()> {
        let rule = BeneathRule {
            allowed: access,
            file: file.as_raw_fd(),
        };
        self.add(BENEATH, (&raw const rule).cast())
    }

    /// Allows to connect to a TCP port; nothing where the kernel does not handle
    /// that.
    ///
    /// # Errors
    /// None in practice: the rule is valid.
    pub(crate) fn allow_connect(&self, port: u16) -> io::Result<()> {
        let rule = PortRule {
            allowed: self.handled.network & CONNECT,
            port: port.into(),
        };
        match rule.allowed {
            0 => Ok(()),
            _ => self.add(PORT, (&raw const rule).cast()),
        }
    }

    fn add(&self, kind: libc::c_int, rule: *const libc::c_void) -> io::Result<()> {
        // SAFETY: `rule` points to the structure of its kind, and lives until
        // the call returns.
        let result = unsafe {
            libc::syscall(
                libc::SYS_landlock_add_rule,
                self.fd.as_raw_fd(),
                kind,
                rule,
                0,
            )
        };
        cerr(libc::c_int::try_from(result).unwrap_or(-1)).map(drop)
    }

    /// Puts the rules into force for this process.
    ///
    /// # Errors
    /// EPERM where new privileges were not given up before, E2BIG where too many
    /// rules are in force already.
    pub(crate) fn enforce(self) -> io::Result<()> {
        // SAFETY: the call takes integers only.
        let result =
            unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.fd.as_raw_fd(), 0) };
        cerr(libc::c_int::try_from(result).unwrap_or(-1)).map(drop)
    }
}
