//! What the runner is given without its environment: a variable there would steer it as
//! well (its proxy, its memory, its C library), and could be read in `/proc`.
//!
//! The runner finds a socket at its standard input, through which comes a file without a
//! name that holds variables as `/proc/PID/environ` does. A socket cannot be opened through
//! `/proc`, and the runner takes the file only when no other process may look into it.

use crate::spool::spec::Spec;
use crate::sys::socket;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// The variables of a job, each where it belongs.
pub(super) struct Handover {
    /// The runner's environment.
    pub(super) environment: Vec<(String, String)>,
    /// Its standard input, if it gets inputs that are not in the environment.
    pub(super) socket: Option<UnixStream>,
    /// The other end, where the runner has to ask before it goes on.
    pub(super) asked: Option<UnixStream>,
}

impl Handover {
    /// Takes the job's inputs and the registry's credentials out of an environment. A job that
    /// has neither is run as by any runner, also one that knows nothing of this.
    ///
    /// With `kept`, the file that holds the package since an earlier job, the runner has to
    /// ask before it goes on, and uses nothing else that other jobs could have changed.
    ///
    /// # Errors
    /// When there are no descriptors or there is no memory left.
    pub(super) fn of(
        spec: &Spec,
        environment: Vec<(String, String)>,
        kept: Option<File>,
    ) -> io::Result<Self> {
        if !spec.needs_handover() {
            return Ok(Self {
                environment,
                socket: None,
                asked: None,
            });
        }
        let (private, environment) = environment
            .into_iter()
            .partition(|(name, _)| spec.is_private(name));
        let (ours, socket) = UnixStream::pair()?;
        let private = written(private)?;
        match &kept {
            Some(kept) => socket::send_descriptors(&ours, [private.as_fd(), kept.as_fd()])?,
            None => socket::send_descriptors(&ours, [private.as_fd()])?,
        }
        Ok(Self {
            environment,
            socket: Some(socket),
            asked: kept.map(|_| ours),
        })
    }
}

fn written(variables: Vec<(String, String)>) -> io::Result<File> {
    let mut file = socket::anonymous_file()?;
    for (name, value) in variables {
        file.write_all(format!("{name}={value}\0").as_bytes())?;
    }
    file.rewind()?;
    Ok(file)
}
