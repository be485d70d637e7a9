//! Whoever starts `art exe --supervised`: the agent, at the other end of a socket that is
//! the standard input.
//!
//! Through it comes a file with variables that the environment must not hold, because they
//! would steer `art` too, or are secrets. It is laid out as `/proc/PID/environ` is.

use crate::failure::Failure;
use crate::files;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, recvmsg};
use rustix::stdio::dup2_stdin;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

/// More than the inputs of any job.
const MAX_VARIABLES: u64 = 16 << 20;

/// What was handed over.
#[derive(Default)]
pub(crate) struct Supervisor {
    variables: BTreeMap<OsString, OsString>,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").finish_non_exhaustive()
    }
}

impl Supervisor {
    /// Takes what is handed over. Afterwards the standard input is empty, as a function
    /// finds it.
    ///
    /// # Errors
    /// When the standard input is no such socket.
    pub(crate) fn connect() -> Result<Self, Failure> {
        take(io::stdin().as_fd().try_clone_to_owned())
            .and_then(|file| files::read_up_to(file, MAX_VARIABLES))
            .map(|bytes| Self {
                variables: variables(&bytes),
            })
            .map_err(|error| {
                Failure::own(format!(
                    "--supervised is for the agent, which hands over what is meant for this run \
                     alone through the standard input: {error}"
                ))
            })
    }

    /// A setting of `art`'s own.
    pub(crate) fn setting(&self, name: &str) -> Option<OsString> {
        self.variables.get(OsStr::new(name)).cloned()
    }

    /// All that was handed over.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.variables.iter()
    }
}

/// Receives the file, and puts nothing in the place of the standard input.
fn take(socket: io::Result<OwnedFd>) -> io::Result<File> {
    let socket = socket?;
    dup2_stdin(File::open("/dev/null")?)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut data = [IoSliceMut::new(&mut byte)];
    let message = recvmsg(&socket, &mut data, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let nothing = || io::Error::other("nothing was handed over");
    if message.flags.contains(ReturnFlags::CTRUNC) {
        return Err(nothing());
    }
    let files = control.drain().filter_map(|received| match received {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    files.flatten().next().map(File::from).ok_or_else(nothing)
}

fn variables(bytes: &[u8]) -> BTreeMap<OsString, OsString> {
    let pairs = bytes.split(|byte| *byte == 0).filter_map(|pair| {
        let middle = pair.iter().position(|byte| *byte == b'=')?;
        let text = |part: &[u8]| OsString::from_vec(part.to_vec());
        Some((text(&pair[..middle]), text(&pair[middle + 1..])))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_laid_out_as_the_kernel_does() {
        let found = variables(b"A=1\0LINES=a\nb=c\0EMPTY=\0");
        let pairs = [("A", "1"), ("EMPTY", ""), ("LINES", "a\nb=c")];
        assert!(
            found
                .into_iter()
                .eq(pairs.map(|(name, value)| (name.into(), value.into())))
        );
    }

    #[test]
    fn values_do_not_show() {
        let supervisor = Supervisor {
            variables: variables(b"TOKEN=hunter2\0"),
        };
        assert!(!format!("{supervisor:?}").contains("hunter2"));
    }
}
