//! Development tasks: `cargo xtask …`, and `cargo demo`.
#![forbid(unsafe_code)]

mod demo;
mod fuzz;
mod lint;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Development tasks of this repository; `cargo campaign` has those that take long.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows the ten steps on the real programs, in a temporary folder.
    Demo(demo::Options),
    /// Builds static programs for every kind of host, and verifies them.
    Release(release::Selection),
    /// Makes .deb, .rpm and tarballs of what `release` built.
    Package(release::package::Options),
    /// Tries the parsers with bytes that a fuzzer makes.
    Fuzz(fuzz::Options),
    /// Calls zig, as `release` has cargo-zigbuild do it.
    #[command(hide = true)]
    Zig(release::link::Call),
    /// Checks what no compiler does: the agent's direct dependencies, where unsafe code
    /// may be, and that what pages link to, quote and name is there.
    Lint,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo(options) => demo::run(options),
        Task::Release(selection) => release::run(&selection),
        Task::Package(options) => release::package::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Zig(call) => release::link::run(&call),
        Task::Lint => lint::run(),
    };
    release::failure::exit_code(outcome)
}
