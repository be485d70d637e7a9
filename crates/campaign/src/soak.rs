//! Many pings and jobs: nothing grows, and the logs have no warnings.

mod fleet;
mod usage;

use fleet::Fleet;
use release::failure::Result;
use std::time::{Duration, Instant};
use usage::{Growth, Usage};

/// How much of it.
struct Extent {
    /// How many agents; each pings at most ten times a second.
    hosts: usize,
    pings: u64,
    jobs: usize,
    /// How many pings before the first measurement.
    warm_up: u64,
}

const SHORT: Extent = Extent {
    hosts: 5,
    pings: 1_000,
    jobs: 100,
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
    look(&fleet, began, "fresh")?;
    let half_the_jobs = || fleet.run_jobs(extent.jobs / 2);
    twice(
        &fleet,
        began,
        "half the jobs",
        &usage::OF_JOBS,
        half_the_jobs,
    )?;
    let pings_began = Instant::now();
    let mut pings = 0;
    let half_the_pings = || pings += fleet.ping(extent.pings / 2);
    twice(
        &fleet,
        began,
        "half the pings",
        &usage::OF_PINGS,
        half_the_pings,
    )?;
    let rate = per_second(pings, pings_began.elapsed());

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

/// Does the work twice. Caches and heaps grow the first time; growth in the second time is a
/// leak.
fn twice(
    fleet: &Fleet,
    began: Instant,
    what: &str,
    most: &Growth,
    mut work: impl FnMut(),
) -> Result<()> {
    work();
    let before = look(fleet, began, what)?;
    work();
    let after = look(fleet, began, &format!("{what} again"))?;
    after.compare(&before, most);
    Ok(())
}

/// Measures what is used now, and prints it.
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
