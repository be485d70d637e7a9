//! The agent: one thread that waits in one place, with one deadline.
//!
//! It blocks on nothing but the local disk. Everything else that can block or break (the
//! network, parsers, jobs) runs in a child process. The only events are a signal, a change in
//! the running job's folder, output or end of a child, and the deadline. The `core` decides what
//! follows from an event; the `driver` carries it out.
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

/// Waits until the agent can work, then runs it until a signal stops it.
///
/// # Errors
/// When configuration, keys or state are invalid, or the kernel refuses to wait for events.
pub(crate) fn run(source: Source, id_source: IdSource) -> Result<(), Failure> {
    match Standby::new(source, id_source)?.wait()? {
        Some(driver) => driver.run(),
        None => Ok(()),
    }
}
