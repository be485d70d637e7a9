//! `art`: builds, signs, pushes, pulls, verifies and runs Artisan packages.
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
mod verify;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use std::process::ExitCode;

fn main() -> ExitCode {
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
