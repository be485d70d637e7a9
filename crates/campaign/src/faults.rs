//! How a campaign of faults is run: many more of them than a test has time for.
//!
//! It says on its last line what it did, in figures, and fails when something does not
//! hold that has to hold for every one of them. The laboratory panics with what it saw;
//! that ends the campaign as a failure.

use lab::programs::take_pilot;
use release::failure::{Context, Result, failed};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// How much of a campaign, and with which agent.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The short form, as CI runs it: a sample that takes a minute or two
    #[arg(long)]
    short: bool,
    /// The agent's program (default: a debug build of this checkout)
    #[arg(long, value_name = "FILE")]
    pilot: Option<PathBuf>,
}

/// As [`Options`], of a campaign whose cases can be repeated one by one.
#[derive(clap::Args)]
pub(crate) struct CaseOptions {
    #[command(flatten)]
    options: Options,
    /// Only the cases whose names contain this, as they are printed when they fail: to
    /// repeat one
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

/// Runs a campaign, which gets to know whether it is to be short.
///
/// # Errors
/// When something does not hold.
pub(crate) fn run(options: &Options, campaign: impl FnOnce(bool) -> Result<String>) -> Result<()> {
    if let Some(pilot) = &options.pilot {
        take_pilot(&pilot.canonicalize().context(pilot.display())?);
    }
    match catch_unwind(AssertUnwindSafe(|| campaign(options.short))) {
        Ok(figures) => {
            println!("{}", figures?);
            Ok(())
        }
        // The panic has said what it was.
        Err(_) => failed("the campaign saw something that must not be"),
    }
}

/// As [`run`], for a campaign that also gets to know which cases are wanted.
///
/// # Errors
/// When something does not hold.
pub(crate) fn run_cases(
    options: &CaseOptions,
    campaign: impl FnOnce(bool, &str) -> Result<String>,
) -> Result<()> {
    run(&options.options, |short| campaign(short, &options.only))
}
