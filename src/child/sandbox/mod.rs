//! Restrictions of children that read bytes from outside, even if an attacker takes them over:
//! the kernel denies it. Once entered, there is no way out.
//!
//! Landlock says which files can be read and where TCP connects to, a filter
//! says which system calls there are, and root is no longer root. What a kernel
//! lacks is done without.
#![forbid(unsafe_code)]

mod calls;
mod filter;
mod readable;
#[cfg(test)]
mod tests;

use crate::sys::landlock::{READ_FILE, READ_FOLDER, Ruleset};
use crate::sys::process::Pid;
use crate::sys::{capabilities, landlock, seccomp};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What a child may still do.
pub(crate) enum Sandbox {
    /// Everything: it executes programs, or writes files.
    Open,
    /// One exchange over the network.
    Network(Reach),
    /// The processor, its memory, and its pipe.
    Sealed,
}

/// What an exchange needs.
#[derive(Default)]
pub(crate) struct Reach {
    files: Vec<PathBuf>,
    ports: Vec<u16>,
}

impl Reach {
    /// Names are resolved, by TCP where UDP is too small (RFC 7766), and `port`
    /// is connected to.
    pub(crate) fn to(port: u16) -> Self {
        const DNS: u16 = 53;
        Self {
            files: readable::for_names(),
            ports: vec![port, DNS],
        }
    }

    /// A server's certificate is verified: by the CAs in this file, else by the
    /// system's.
    pub(crate) fn and_cas(mut self, file: Option<&Path>) -> Self {
        match file {
            Some(file) => self.files.push(file.to_path_buf()),
            None => self.files.extend(readable::for_certificates()),
        }
        self
    }
}

/// What the kernel has put into force.
pub(crate) struct InForce {
    /// The version of Landlock's interface.
    pub(crate) landlock: Option<u32>,
    /// The filter of system calls.
    pub(crate) filter: bool,
}

impl Sandbox {
    /// Enters it. No new privileges must have been given up before.
    ///
    /// # Errors
    /// When the kernel has the means and refuses them.
    pub(crate) fn enter(&self) -> io::Result<InForce> {
        let (reach, keep) = match self {
            Self::Open => {
                return Ok(InForce {
                    landlock: None,
                    filter: false,
                });
            }
            // The CA's file may be another user's.
            Self::Network(reach) => (reach, capabilities::READ_ANY_FILE),
            Self::Sealed => (&Reach::default(), 0),
        };
        let landlock = landlock::version().map(Some).or_else(lacking(None))?;
        if let Some(version) = landlock {
            restrict(version, reach)?;
        }
        capabilities::keep_only(keep)?;
        Ok(InForce {
            landlock,
            filter: self.filter_calls()?,
        })
    }

    fn filter_calls(&self) -> io::Result<bool> {
        let own = Pid::own();
        let rules = match self {
            Self::Open => return Ok(false),
            Self::Network(_) => calls::for_network(own),
            Self::Sealed => calls::for_nothing(own),
        };
        match filter::compile(&rules) {
            Some(mut program) => seccomp::enforce(&mut program)
                .map(|()| true)
                .or_else(lacking(false)),
            None => Ok(false),
        }
    }
}

fn restrict(version: u32, reach: &Reach) -> io::Result<()> {
    let rules = Ruleset::new(version)?;
    for path in &reach.files {
        // Few of them exist on any one host.
        if let Ok(file) = reference(path) {
            let is_folder = file.metadata()?.is_dir();
            let folder = if is_folder { READ_FOLDER } else { 0 };
            rules.allow_beneath(&file, READ_FILE | folder)?;
        }
    }
    for port in &reach.ports {
        rules.allow_connect(*port)?;
    }
    rules.enforce()
}

/// A file as such, without the right to read it (O_PATH, open(2)); symbolic
/// links are followed.
fn reference(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_PATH)
        .open(path)
}

/// Turns the errors of a kernel, an emulator or a container's filter that lacks
/// the means into `without`.
fn lacking<T>(without: T) -> impl FnOnce(io::Error) -> io::Result<T> {
    const LACKING: [libc::c_int; 4] = [libc::ENOSYS, libc::EOPNOTSUPP, libc::EINVAL, libc::EPERM];
    |error| match error.raw_os_error() {
        Some(number) if LACKING.contains(&number) => Ok(without),
        _ => Err(error),
    }
}
