//! `art` builds, signs, pushes, pulls, verifies and runs Artisan packages. It is
//! a library because a program cannot be reached by the fuzz targets, which try
//! its parsers.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod build_file;
mod cli;
mod failure;
mod files;
mod function;
mod keys;
mod output;
mod package;
mod registry;
mod settings;
mod store;
mod supervisor;
mod verify;

#[cfg(fuzzing)]
pub mod fuzzing;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use std::process::ExitCode;

/// The program: reads the command line and does what it says.
pub fn main() -> ExitCode {
    hide_from_functions();
    cli::main()
}

/// A function runs as the same user, and so could read the registry's password
/// from this process's environment or memory (proc(5), PR_SET_DUMPABLE(2const)).
/// Root still can. It also keeps the password out of core dumps.
fn hide_from_functions() {
    // Where the system refuses, art is no worse than any other program.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
