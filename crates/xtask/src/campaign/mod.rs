//! `cargo xtask campaign NAME`: faults injected into the real programs, many
//! more than a test has time for. `--short` is the form that CI runs.
//!
//! A campaign says on its last line what it did, in figures, and fails when
//! something does not hold that has to hold for every one of them. The
//! laboratory panics with what it saw; that ends the campaign as a failure.

mod durability;
mod hostile;
mod network;
mod parallel;
mod soak;
mod upgrade;
mod wait;

use crate::failure::{Context, Result, failed};
use lab::programs::take_pilot;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// Which campaign, and how much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(value_enum)]
    campaign: Campaign,
    /// The short form: a sample that takes a minute or two.
    #[arg(long)]
    short: bool,
    /// The agent's program (default: a debug build of this checkout).
    #[arg(long, value_name = "FILE")]
    pilot: Option<PathBuf>,
    /// Of crash and synced, only the cases whose names contain this, as they are
    /// printed when they fail: to repeat one.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Campaign {
    /// Kills agent and shim at every system call that changes a file, and lets
    /// those calls fail.
    Crash,
    /// Runs the spool on a disk that loses whatever was not synced.
    Synced,
    /// Runs jobs that do all they can to outlive their limit.
    Hostile,
    /// Loses packets, delays, partitions, and answers like a broken server.
    Network,
    /// Replaces the agent while a job runs.
    Upgrade,
    /// Many pings and many jobs: nothing grows.
    Soak,
}

/// Runs a campaign.
///
/// # Errors
/// When something does not hold.
pub(crate) fn run(options: &Options) -> Result<()> {
    let Options {
        campaign,
        short,
        pilot,
        only,
    } = options;
    if let Some(pilot) = pilot {
        take_pilot(&pilot.canonicalize().context(pilot.display())?);
    }
    if !only.is_empty() && !matches!(campaign, Campaign::Crash | Campaign::Synced) {
        return failed("--only is for the campaigns crash and synced");
    }
    let campaign = || match campaign {
        Campaign::Crash => durability::crash::run(*short, only),
        Campaign::Synced => durability::synced::run(*short, only),
        Campaign::Hostile => hostile::run(*short),
        Campaign::Network => network::run(*short),
        Campaign::Upgrade => upgrade::run(*short),
        Campaign::Soak => soak::run(*short),
    };
    match catch_unwind(AssertUnwindSafe(campaign)) {
        Ok(figures) => {
            println!("{}", figures?);
            Ok(())
        }
        // The panic has said what it was.
        Err(_) => failed("the campaign saw something that must not be"),
    }
}
