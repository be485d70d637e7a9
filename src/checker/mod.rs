//! The checker: a child process without network and without files that
//! verifies and reads what came from the network.
//!
//! A panic or a hang in a parser ends that child and costs one ping.
#![forbid(unsafe_code)]

mod verdict;
mod verify;

pub(crate) use verdict::{Answered, Enrolment, ListedKeys, Verdict};
pub(crate) use verify::Expectation;

use crate::child::sandbox::Sandbox;
use crate::child::{Allowance, Child};
use crate::keys::Anchor;
use std::io;
use std::time::Duration;
use trust::Keyring;

/// Verifying and reading take milliseconds, a few seconds on the slowest host.
const PATIENCE: Duration = Duration::from_secs(20);

const MEMORY: u64 = 256 << 20;

/// What to check.
pub(crate) enum Task {
    /// The body of an answer to a ping.
    Ping {
        /// The body, as it came.
        body: Vec<u8>,
        /// The keys that may sign job requests.
        keys: Keyring,
        /// What a newer list of keys is measured by.
        anchor: Option<Anchor>,
        /// What the envelope has to say of itself.
        expected: Expectation,
    },
    /// The body of an answer to a registration.
    Registration(Vec<u8>),
    /// The body of a 401 with a good MAC.
    Rejection(Vec<u8>),
    /// The body of an answer to an enrolment.
    Enrolment {
        /// The body, as it came.
        body: Vec<u8>,
        /// The fingerprint of the root key that the code named.
        root: Option<String>,
        /// Unix seconds.
        now: u64,
    },
}

/// Starts a checker. `wipe` runs in it first, and overwrites the secrets in its copy of this
/// process's memory.
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn start(task: &Task, wipe: impl FnOnce()) -> io::Result<Child> {
    let allowance = Allowance {
        time: PATIENCE,
        memory: MEMORY,
        descriptors: 0,
        file_size: 0,
        output: 8 << 20,
        sandbox: Sandbox::Sealed,
    };
    Child::start(&allowance, |confined| {
        wipe();
        let verdict = match confined {
            Ok(()) => verdict_of(task),
            Err(error) => Verdict::Refused(format!("its check cannot be confined: {error}")),
        };
        verdict.encode()
    })
}

fn verdict_of(task: &Task) -> Verdict {
    match task {
        Task::Ping {
            body,
            keys,
            anchor,
            expected,
        } => verify::ping(body, keys, anchor.as_ref(), expected),
        Task::Registration(body) => verify::registration(body),
        Task::Rejection(body) => verify::rejection(body),
        Task::Enrolment { body, root, now } => verify::enrolment(body, root.as_deref(), *now),
    }
}
