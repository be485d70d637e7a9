//! Enrolling with nobody present, in a child process: it blocks on the network.

use crate::config::Config;
use crate::enrol::{Enroller, Invitation};
use crate::identity::IdSource;
use crate::link::child::{Allowance, Child};
use crate::log;
use crate::sandbox::Sandbox;
use std::io;
use std::time::Duration;

/// Three exchanges, each with its own deadline, and what is written after them.
const PATIENCE: Duration = Duration::from_secs(240);

const ALLOWANCE: Allowance = Allowance {
    time: PATIENCE,
    memory: 256 << 20,
    descriptors: 64,
    file_size: 4 << 20,
    output: 16 << 10,
    sandbox: Sandbox::Open,
};

/// What the child says when it worked; otherwise it says why it did not.
const DONE: &[u8] = b"\0enrolled";

/// Starts a child that follows the invitation.
///
/// # Errors
/// When there is no room for a process.
pub(super) fn start(invitation: Invitation, config: Config, source: IdSource) -> io::Result<Child> {
    let enroller = Enroller {
        config,
        uri: invitation.uri,
        code: invitation.code,
        source,
        tell: |message| log::info!("{message}"),
    };
    Child::start(&ALLOWANCE, |confined| {
        let done = match confined {
            Ok(()) => enroller.enrol().map_err(|failure| failure.to_string()),
            Err(error) => Err(format!("the process for it cannot be confined: {error}")),
        };
        done.map_or_else(String::into_bytes, |_| DONE.to_vec())
    })
}

/// Reads what the child said.
///
/// # Errors
/// Why the host is not enrolled.
pub(super) fn read(said: &[u8]) -> Result<(), String> {
    match said {
        DONE => Ok(()),
        [] => Err("the process for it ended without a word".to_owned()),
        why => Err(String::from_utf8_lossy(why).into_owned()),
    }
}
