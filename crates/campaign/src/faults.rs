//! Running campaigns of faults: many more faults than a test has time for.
//!
//! A campaign prints its figures on the last line. It fails if an assertion fails: the
//! laboratory panics with the reason.

use lab::programs::take_pilot;
use release::failure::{Context, Result, failed};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// The extent of a campaign, and the agent under test.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The short form, as CI runs it: a sample that takes a minute or two
    #[arg(long)]
    short: bool,
    /// The agent's program (default: a debug build of this checkout)
    #[arg(long, value_name = "FILE")]
    pilot: Option<PathBuf>,
}

/// The options of a campaign whose cases can be repeated one by one.
#[derive(clap::Args)]
pub(crate) struct CaseOptions {
    #[command(flatten)]
    options: Options,
    /// Only the cases whose names contain this text: to repeat a failed case, use the name
    /// that was printed
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

/// Runs a campaign, in its short form or not.
///
/// # Errors
/// When an assertion fails.
pub(crate) fn run(options: &Options, campaign: impl FnOnce(bool) -> Result<String>) -> Result<()> {
    if let Some(pilot) = &options.pilot {
        take_pilot(&pilot.canonicalize().context(pilot.display())?);
    }
    match catch_unwind(AssertUnwindSafe(|| campaign(options.short))) {
        Ok(figures) => {
            println!("{}", figures?);
            Ok(())
        }
        // The panic has printed the reason.
        Err(_) => failed("an assertion of the campaign failed"),
    }
}

/// As [`run`], for a campaign with selected cases.
///
/// # Errors
/// When an assertion fails.
pub(crate) fn run_cases(
    options: &CaseOptions,
    campaign: impl FnOnce(bool, &str) -> Result<String>,
) -> Result<()> {
    run(&options.options, |short| campaign(short, &options.only))
}
