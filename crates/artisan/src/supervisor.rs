//! The supervisor that starts `art exe --supervised`: the agent's shim, at the other end of a
//! socket that is the standard input.
//!
//! The supervisor sends a file with variables that the environment must not hold, because they
//! would affect `art` too, or are secrets. It is laid out as `/proc/PID/environ` is. A
//! supervisor of another user sends a second file, for the package. Then `art` writes one line
//! with what it has verified (`DIGEST VALUE`, the value in the seal's map), and reads `ok`,
//! `seen SERIAL DIGEST` or a reason.

use crate::failure::{Failure, Kind};
use crate::files;
use crate::store::{Seen, Serial};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::stdio::dup2_stdin;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use wire::PackageName;

/// More than the inputs of any job.
const MAX_VARIABLES: u64 = 16 << 20;

/// The longest answer: a serial and a digest, or a sentence.
const MAX_ANSWER: u64 = 4 << 10;

/// What was handed over.
pub(crate) struct Supervisor {
    variables: BTreeMap<OsString, OsString>,
    /// The supervisor's records, which a function must not be able to change.
    pub(crate) keeper: Option<Keeper>,
}

/// A supervisor that decides which package may run.
pub(crate) struct Keeper {
    socket: UnixStream,
    /// The file for the package. Its content is verified like a registry's.
    pub(crate) package: File,
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").finish_non_exhaustive()
    }
}

impl Supervisor {
    /// Receives the files. Afterwards the standard input is empty, as a function finds it.
    ///
    /// # Errors
    /// When the standard input is no such socket.
    pub(crate) fn connect() -> Result<Self, Failure> {
        Self::try_connect().map_err(|error| {
            Failure::own(format!(
                "--supervised is for the agent, which passes inputs through a socket on standard \
                 input: {error}"
            ))
        })
    }

    fn try_connect() -> io::Result<Self> {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        dup2_stdin(File::open("/dev/null")?)?;
        let mut files = receive(&socket)?.into_iter();
        let handed = files
            .next()
            .ok_or_else(|| io::Error::other("nothing was handed over"))?;
        Ok(Self {
            variables: variables(&files::read_up_to(handed, MAX_VARIABLES)?),
            keeper: files.next().map(|package| Keeper {
                socket: socket.into(),
                package,
            }),
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

impl Keeper {
    /// Reports what was verified, and waits until the supervisor has recorded it. Returns its
    /// earlier record if that is newer.
    ///
    /// # Errors
    /// When the supervisor has gone, or does not accept the package.
    pub(crate) fn ask(
        &self,
        name: &PackageName,
        serial: &Serial,
        endorsement: &str,
    ) -> Result<Seen, Failure> {
        let refused = |why: &dyn fmt::Display| {
            Failure::new(
                Kind::Refused,
                format!("{name} is refused by the agent: {why}"),
            )
        };
        let answer = self
            .exchange(&format!("{} {endorsement}\n", serial.digest))
            .map_err(|error| refused(&error))?;
        match *answer.split_whitespace().collect::<Vec<_>>() {
            ["ok"] => Ok(Seen(None)),
            ["seen", number, digest] => {
                let serial = number.parse().map_err(|error| refused(&error))?;
                let digest = digest.to_owned();
                Ok(Seen(Some(Serial { serial, digest })))
            }
            [] => Err(refused(&"it gave no answer")),
            _ => Err(refused(&answer.trim_end())),
        }
    }

    fn exchange(&self, line: &str) -> io::Result<String> {
        let mut socket = &self.socket;
        socket.write_all(line.as_bytes())?;
        let mut answer = String::new();
        socket.take(MAX_ANSWER).read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// The files that come with the first byte: one, or two.
fn receive(socket: &OwnedFd) -> io::Result<Vec<File>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut data = [IoSliceMut::new(&mut byte)];
    recvmsg(socket, &mut data, &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let files = control.drain().filter_map(|received| match received {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    Ok(files.flatten().map(File::from).collect())
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
            keeper: None,
        };
        assert!(!format!("{supervisor:?}").contains("hunter2"));
    }
}
