//! Development tasks: `cargo xtask …`, and `cargo demo`.
#![forbid(unsafe_code)]

mod bench;
mod campaign;
mod cargo;
mod demo;
mod dist;
mod failure;
mod foreign_test;
mod fuzz;
mod install_test;
mod lint;
mod measure;
mod old_kernel;
mod package;
mod system_tests;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

/// Development tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows the ten steps on the real programs, in a temporary folder.
    Demo(demo::Options),
    /// Injects faults into the real programs, at length.
    Campaign(campaign::Options),
    /// Builds static programs for every kind of host, and verifies them.
    Dist(dist::Selection),
    /// Makes .deb, .rpm and tarballs of what `dist` built.
    Package(package::Options),
    /// Installs, uses, upgrades and removes the packages on hosts of their own, as
    /// root.
    InstallTest(install_test::Options),
    /// Runs whole-system tests with programs for other architectures, under emulators.
    ForeignTest(foreign_test::Options),
    /// Runs whole-system tests without the system calls that came after Linux 4.9.
    OldKernel(old_kernel::Options),
    /// Tries the parsers with whatever a fuzzer comes up with.
    Fuzz(fuzz::Options),
    /// Measures what the agent costs a host: size, start-up, memory, bytes.
    Bench(bench::Options),
    /// Calls zig, as `dist` has cargo-zigbuild do it.
    #[command(hide = true)]
    Zig(dist::link::Call),
    /// Checks what the layout promises: the agent's direct dependencies, and
    /// where unsafe code may be.
    Lint,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Demo(options) => demo::run(options),
        Task::Campaign(options) => campaign::run(&options),
        Task::Dist(selection) => dist::run(&selection),
        Task::Package(options) => package::run(&options),
        Task::InstallTest(options) => install_test::run(&options),
        Task::ForeignTest(options) => foreign_test::run(&options),
        Task::OldKernel(options) => old_kernel::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Zig(call) => dist::link::run(&call),
        Task::Lint => lint::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure @ Failure::Interrupted) => {
            eprintln!("{failure}");
            // What a shell reports for a program that SIGINT ended.
            ExitCode::from(130)
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
