//! Many pings and many jobs: nothing grows, and nobody has to say anything.

mod fleet;
mod usage;

use crate::failure::Result;
use fleet::Fleet;
use std::time::{Duration, Instant};
use usage::Usage;

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
    let fresh = look(&fleet, began, "fresh")?;
    fleet.run_jobs(extent.jobs);
    let after_jobs = look(&fleet, began, "after jobs")?;
    let pings_began = Instant::now();
    let first_half = fleet.ping(extent.pings / 2);
    let at_half_time = look(&fleet, began, "at half-time of the pings")?;
    let pings = first_half + fleet.ping(extent.pings / 2);
    let rate = per_second(pings, pings_began.elapsed());
    let after_pings = look(&fleet, began, "after pings")?;

    after_jobs.compare(&fresh, &usage::AFTER_JOBS);
    at_half_time.compare(&after_jobs, &usage::AT_HALF_TIME);
    after_pings.compare(&at_half_time, &usage::AFTER_PINGS);
    fleet.assert_quiet(fleet.len() + extent.jobs);
    fleet.assert_nothing_left();
    Ok(format!(
        "soak: {pings} pings ({rate:.0} per second) and {} jobs of {} agents in {} s; \
         nothing grew; nothing is left; the logs are quiet",
        extent.jobs,
        fleet.len(),
        began.elapsed().as_secs()
    ))
}

/// What is used now. It is said at once: a long run should not be silent.
fn look(fleet: &Fleet, began: Instant, when: &str) -> Result<Usage> {
    let usage = fleet.usage()?;
    println!("{when} ({} s): {usage}", began.elapsed().as_secs());
    Ok(usage)
}

fn per_second(number: u64, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let number = number as f64;
    number / time.as_secs_f64()
}
