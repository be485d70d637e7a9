//! `pilotctl`: Pilot Control, and its command line.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod cli;
mod clock;
mod domain;
mod files;
mod fleet;
mod http;
mod metrics;
mod new_folder;
mod percent;
mod random;
mod service;
mod store;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
