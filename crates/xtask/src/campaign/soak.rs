//! Many pings and many jobs: nothing grows, and nobody has to say anything.

mod fleet;
mod usage;

use crate::failure::Result;
use fleet::Fleet;
use std::time::{Duration, Instant};

/// How much of it.
struct Extent {
    /// Each pings ten times a second at most.
    hosts: usize,
    pings: u64,
    jobs: usize,
    /// Pings before the first look, in which caches fill.
    warm_up: u64,
}

const SHORT: Extent = Extent {
    hosts: 5,
    pings: 1_000,
    jobs: 20,
    warm_up: 100,
};

const FULL: Extent = Extent {
    hosts: 10,
    pings: 100_000,
    jobs: 1_000,
    warm_up: 2_000,
};

/// Runs the campaign and returns its figures.
///
/// # Errors
/// When something does not hold.
pub(super) fn run(short: bool) -> Result<String> {
    let extent = if short { SHORT } else { FULL };
    let fleet = Fleet::start(extent.hosts);
    let began = Instant::now();
    fleet.run_jobs(fleet.len());
    fleet.ping(extent.warm_up);
    let fresh = fleet.usage()?;

    fleet.run_jobs(extent.jobs);
    let after_jobs = fleet.usage()?;
    let pings_began = Instant::now();
    let pings = fleet.ping(extent.pings);
    let rate = per_second(pings, pings_began.elapsed());
    let after_pings = fleet.usage()?;

    after_jobs.compare(&fresh, &usage::AFTER_JOBS);
    after_pings.compare(&after_jobs, &usage::AFTER_PINGS);
    fleet.assert_quiet(fleet.len() + extent.jobs);
    fleet.assert_nothing_left();
    Ok(format!(
        "soak: {pings} pings ({rate:.0} per second) and {} jobs of {} agents in {} s\n\
         fresh:       {fresh}\nafter jobs:  {after_jobs}\nafter pings: {after_pings}",
        extent.jobs,
        fleet.len(),
        began.elapsed().as_secs()
    ))
}

fn per_second(number: u64, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let number = number as f64;
    number / time.as_secs_f64()
}
