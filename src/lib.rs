//! `pilot`, the host agent, as a library: a program cannot be reached by the
//! fuzz targets, which try its parsers.
#![deny(unsafe_code)]

mod agent;
mod checker;
mod child;
mod cli;
mod config;
mod containment;
mod courier;
mod enrol;
mod exposure;
mod failure;
mod home;
mod host;
mod identity;
mod keys;
mod log;
mod notify;
mod shim;
mod spool;
mod status;
mod storage;
mod sys;

#[cfg(fuzzing)]
pub mod fuzzing;

/// The program: reads the command line and does what it says.
pub fn main() -> std::process::ExitCode {
    cli::main()
}
