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

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
