//! Jobs that try to outlive their limit, to exhaust the host, or to leave something behind.
//!
//! Each host runs one job of every kind, and confines jobs in a different way: in a cgroup,
//! without one, as another Unix user. For every job, none of its processes may live longer
//! than limit and grace, nor beyond its report; its folders and cgroups have to be removed;
//! the memory of agent and shim must not grow; and the agent has to go on.
#![allow(
    clippy::unwrap_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

mod census;
mod confinement;
mod fixture;
mod kind;

use confinement::Confinement;
use fixture::{HostileFixture, Outcome};
use kind::KINDS;
use lab::Lab;
use release::failure::{Result, failed};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

/// The limits and numbers of a run.
#[derive(Clone, Copy)]
struct Scale {
    /// How long a function may run.
    limit: Duration,
    /// The time between SIGTERM and SIGKILL.
    grace: Duration,
    /// How many processes, files or descriptors a job makes that makes many.
    most: u32,
    /// How many processes a job may have, where they are counted.
    processes: usize,
    /// How often each kind is run.
    rounds: usize,
}

const SHORT: Scale = Scale {
    limit: Duration::from_secs(3),
    grace: Duration::from_secs(1),
    most: 400,
    processes: 100,
    rounds: 1,
};

const LONG: Scale = Scale {
    limit: Duration::from_secs(10),
    grace: Duration::from_secs(10),
    most: 4_000,
    processes: 1_000,
    rounds: 5,
};

/// The package of all jobs.
const PACKAGE: &str = "campaign/hostile:latest";

/// Runs the campaign and returns its figures.
///
/// # Errors
/// When an assertion fails.
pub(super) fn run(short: bool) -> Result<String> {
    if Command::new("perl").arg("-v").output().is_err() {
        return failed("the jobs are written in Perl, which is missing: install it");
    }
    let scale = if short { SHORT } else { LONG };
    let lab = Lab::without_package();
    lab.publish(&source(), PACKAGE);
    let outcomes = thread::scope(|scope| {
        let fixtures = Confinement::possible().into_iter().map(|confinement| {
            let fixture = HostileFixture::set_up(&lab, confinement, scale);
            scope.spawn(move || fixture.live_through(scale))
        });
        let running: Vec<_> = fixtures.collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.collect::<thread::Result<Vec<Outcome>>>()
    })
    .or_else(|_| failed("an assertion failed; see above"))?;
    Ok(figures(&outcomes, scale))
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/hostile/package")
}

fn figures(outcomes: &[Outcome], scale: Scale) -> String {
    let jobs: usize = outcomes.iter().map(|outcome| outcome.jobs).sum();
    let longest = outcomes.iter().map(|outcome| outcome.longest).max();
    let most = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).max().unwrap_or(0) >> 10;
    let processes = outcomes.iter().map(|outcome| outcome.processes).max();
    format!(
        "hostile: {} hosts, {jobs} jobs of {} kinds; with a limit of {} s and {} s of grace \
         none lived longer than {:.1} s; up to {} processes of a job; \
         agents took up to {} MiB, their children {} MiB; nothing is left",
        outcomes.len(),
        KINDS.len(),
        scale.limit.as_secs(),
        scale.grace.as_secs(),
        longest.unwrap_or_default().as_secs_f64(),
        processes.unwrap_or(0),
        most(|outcome| outcome.agent_kib),
        most(|outcome| outcome.child_kib),
    )
}
