//! Enrolling with nobody present, in a child process: it blocks on the network.

use crate::child::sandbox::Sandbox;
use crate::child::{Allowance, Child};
use crate::config::Config;
use crate::enrol::{Enroller, Invitation};
use crate::failure::{Failure, Kind};
use crate::identity::IdSource;
use crate::log;
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

/// What it says before why, when no server was reached.
const UNREACHED: &[u8] = b"\0unreached ";

/// Why the host is not enrolled.
pub(super) struct Setback {
    /// One sentence for people.
    pub(super) why: String,
    /// Whether the next attempt spares nobody by waiting for long.
    pub(super) soon: bool,
}

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
            Ok(()) => enroller.enrol().map_err(|failure| say(&failure)),
            Err(error) => Err(format!("the process for it cannot be confined: {error}").into()),
        };
        done.map_or_else(|said| said, |_| DONE.to_vec())
    })
}

fn say(failure: &Failure) -> Vec<u8> {
    let mark = match failure.kind {
        Kind::Unreached => UNREACHED,
        _ => b"",
    };
    [mark, failure.to_string().as_bytes()].concat()
}

/// Reads what the child said.
///
/// # Errors
/// Why the host is not enrolled.
pub(super) fn read(said: &[u8]) -> Result<(), Setback> {
    let unreached = said.strip_prefix(UNREACHED);
    let why = match unreached.unwrap_or(said) {
        DONE => return Ok(()),
        [] => "the process for it ended without a word".to_owned(),
        why => String::from_utf8_lossy(why).into_owned(),
    };
    let soon = unreached.is_some();
    Err(Setback { why, soon })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_says_whether_a_server_was_reached() {
        for (kind, soon) in [(Kind::Unreached, true), (Kind::Unreachable, false)] {
            let said = say(&Failure::new(kind, "c.example: away"));
            let setback = read(&said).unwrap_err();
            assert_eq!((&*setback.why, setback.soon), ("c.example: away", soon));
        }
        assert!(read(DONE).is_ok());
    }
}
