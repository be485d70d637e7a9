//! `cargo campaign NAME`: tests that take longer than others, or a host of their own: faults
//! by the hundred, packages on whole machines, other processors and kernels, measurements.
#![forbid(unsafe_code)]

mod api;
mod bench;
mod durability;
mod faults;
mod foreign_test;
mod hostile;
mod install_test;
mod load;
mod measure;
mod network;
mod old_kernel;
mod parallel;
mod revision;
mod soak;
mod system_tests;
mod tally_job;
mod upgrade;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Tests the real programs at length: with faults, on other hosts, under measurement.
#[derive(Parser)]
#[command(name = "cargo campaign", bin_name = "cargo campaign")]
struct Arguments {
    #[command(subcommand)]
    campaign: Campaign,
}

#[derive(Subcommand)]
enum Campaign {
    /// Kills agent, shim and control at every system call that changes a file, and makes
    /// those calls of agent and shim fail; needs root, strace and sqlite3.
    Crash(durability::crash::CrashOptions),
    /// Runs the spool on a disk that loses everything that was not synced; needs
    /// root and strace.
    Synced(faults::CaseOptions),
    /// Runs jobs that try to outlive their limits.
    Hostile(faults::Options),
    /// Loses and delays packets, partitions networks, breaks servers; needs root.
    Network(faults::Options),
    /// Replaces the agent while a job runs.
    Upgrade(faults::Options),
    /// Runs many pings and jobs, and checks that nothing grows; needs root.
    Soak(faults::Options),
    /// Measures the agent: size, start-up, memory, bytes; needs root.
    Bench(bench::Options),
    /// Tries everything that the API's document allows, and much that it does not; needs Python
    /// and PyPI.
    Api(api::Options),
    /// Measures what control bears: pings, jobs, lists, pulls; one revision beside another.
    Load(load::Options),
    /// Installs, uses, upgrades and removes the packages on hosts of their own;
    /// needs root.
    InstallTest(install_test::Options),
    /// Runs whole-system tests with programs for other architectures, under emulators.
    ForeignTest(foreign_test::Options),
    /// Runs whole-system tests without the system calls that came after Linux 4.9.
    OldKernel(old_kernel::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().campaign {
        Campaign::Crash(options) => durability::crash::run(&options),
        Campaign::Synced(options) => faults::run_cases(&options, durability::synced::run),
        Campaign::Hostile(options) => faults::run(&options, hostile::run),
        Campaign::Network(options) => faults::run(&options, network::run),
        Campaign::Upgrade(options) => faults::run(&options, upgrade::run),
        Campaign::Soak(options) => faults::run(&options, soak::run),
        Campaign::Bench(options) => bench::run(&options),
        Campaign::Api(options) => api::run(&options),
        Campaign::Load(options) => load::run(&options),
        Campaign::InstallTest(options) => install_test::run(&options),
        Campaign::ForeignTest(options) => foreign_test::run(&options),
        Campaign::OldKernel(options) => old_kernel::run(&options),
    };
    release::failure::exit_code(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn ci_runs_every_campaign_that_it_names() {
        Arguments::command().debug_assert();
        let script = release::cargo::repository().join(".ci/run");
        let script = std::fs::read_to_string(script).unwrap();
        let calls = script.lines().filter_map(|line| {
            let (_, arguments) = line.split_once(" cargo campaign ")?;
            Some(arguments.trim_end_matches('\\'))
        });
        let calls: Vec<&str> = calls.collect();
        for call in &calls {
            let words = ["campaign"].into_iter().chain(call.split_whitespace());
            Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("{call}: {error}"));
        }
        let names = Arguments::command();
        for campaign in names.get_subcommands() {
            let name = campaign.get_name();
            let is_run = calls.iter().any(|call| call.starts_with(name));
            assert!(is_run, "CI does not run {name}");
        }
    }

    #[test]
    fn only_campaigns_with_cases_have_the_option_only() {
        let takes = |name| Arguments::try_parse_from(["campaign", name, "--only", "x"]).is_ok();
        assert!(takes("crash") && takes("synced"));
        assert!(!takes("hostile") && !takes("soak"));
    }
}
