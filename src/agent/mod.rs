//! The agent: one thread, one wait, one deadline.
//!
//! It blocks on nothing but the local disk. What can block or break (the network, parsers,
//! jobs) is a child process; its end, its output, a signal and the deadline are the only
//! events. The `core` decides what follows from an event, the `driver` does it.
#![forbid(unsafe_code)]

mod core;
mod driver;
mod first_boot;
mod health;
mod jobs;
mod standby;

use crate::config::Source;
use crate::failure::Failure;
use crate::identity::IdSource;
use crate::sys::signals;
use standby::Standby;

const SIGNALS: [i32; 5] = [
    signals::SIGCHLD,
    signals::SIGTERM,
    signals::SIGINT,
    signals::SIGHUP,
    signals::SIGUSR1,
];

/// Runs the agent until a signal says stop, as soon as it can work.
///
/// # Errors
/// When something is wrong with the configuration, keys or state, or the kernel
/// refuses the wait itself.
pub(crate) fn run(source: Source, id_source: IdSource) -> Result<(), Failure> {
    match Standby::new(source, id_source)?.wait()? {
        Some(driver) => driver.run(),
        None => Ok(()),
    }
}
