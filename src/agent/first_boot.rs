//! Enrols without a person present, in a child process, because enrolment blocks on the network.

use crate::child::sandbox::Sandbox;
use crate::child::{Allowance, Child};
use crate::config::Config;
use crate::enrol::{Enroller, Invitation};
use crate::failure::{Failure, Kind};
use crate::identity::IdSource;
use crate::log;
use std::io;
use std::time::Duration;

/// Three exchanges, each with its own deadline, and the writes after them.
const PATIENCE: Duration = Duration::from_secs(240);

const ALLOWANCE: Allowance = Allowance {
    time: PATIENCE,
    memory: 256 << 20,
    descriptors: 64,
    file_size: 4 << 20,
    output: 16 << 10,
    sandbox: Sandbox::Open,
};

/// The child's output if the host is enrolled; otherwise the output is the reason.
const DONE: &[u8] = b"\0enrolled";

/// The prefix of the reason if no server was reached.
const UNREACHED: &[u8] = b"\0unreached ";

/// Why the host is not enrolled.
pub(super) struct Setback {
    /// One sentence for the log.
    pub(super) why: String,
    /// Whether no server was reached, so that the next attempt follows after a short pause.
    pub(super) is_unreached: bool,
}

/// Starts a child that enrols with the invitation.
///
/// # Errors
/// When no process can be created.
pub(super) fn start(invitation: Invitation, config: Config, source: IdSource) -> io::Result<Child> {
    let enroller = Enroller {
        config,
        uri: invitation.uri,
        code: invitation.code,
        source,
        notice: |text| log::info!("{text}"),
    };
    Child::start(&ALLOWANCE, |confined| {
        let done = match confined {
            Ok(()) => enroller.enrol().map_err(|failure| encode(&failure)),
            Err(error) => Err(format!("the process for it cannot be confined: {error}").into()),
        };
        done.map_or_else(|reason| reason, |_| DONE.to_vec())
    })
}

fn encode(failure: &Failure) -> Vec<u8> {
    let mark = match failure.kind {
        Kind::Unreached => UNREACHED,
        _ => b"",
    };
    [mark, failure.to_string().as_bytes()].concat()
}

/// Decodes the child's output.
///
/// # Errors
/// Why the host is not enrolled.
pub(super) fn decode(output: &[u8]) -> Result<(), Setback> {
    let unreached = output.strip_prefix(UNREACHED);
    let why = match unreached.unwrap_or(output) {
        DONE => return Ok(()),
        [] => "the process for it ended without output".to_owned(),
        why => String::from_utf8_lossy(why).into_owned(),
    };
    let is_unreached = unreached.is_some();
    Err(Setback { why, is_unreached })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_reports_whether_a_server_was_reached() {
        for (kind, is_unreached) in [(Kind::Unreached, true), (Kind::Unreachable, false)] {
            let output = encode(&Failure::new(kind, "c.example: away"));
            let setback = decode(&output).unwrap_err();
            assert_eq!(setback.why, "c.example: away");
            assert_eq!(setback.is_unreached, is_unreached);
        }
        assert!(decode(DONE).is_ok());
    }
}
