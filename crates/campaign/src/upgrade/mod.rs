//! The agent replaced while it has a job, and restarted.
//!
//! As a package manager does it: the new program is renamed over the old one, then the
//! agent is ended, by TERM or, where a manager lost its patience, by KILL, and another
//! one is started. From an older version to this one, and back.
//!
//! What must hold: each job runs once and is recorded once, whichever agent had it at
//! which moment. The one thing that a kill may cost is a job that was noted as begun and
//! did not begin yet: it is reported as interrupted, and did not run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

mod manager;
mod moment;
mod previous;
mod site;

use super::parallel;
use moment::Moment;
use previous::Versions;
use release::failure::Result;
use site::{Site, Stage};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How long the short form takes cases of the sweep; the other ones are all in it.
const SHORT: Duration = Duration::from_secs(25);

/// Into so many parts the time is divided that a job takes. At the end of each the agent
/// is ended once, in either way.
const PARTS: u32 = 120;

/// How an agent is told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Term,
    Kill,
}

impl Signal {
    /// As an option of kill(1).
    fn flag(self) -> &'static str {
        match self {
            Self::Term => "-TERM",
            Self::Kill => "-KILL",
        }
    }
}

/// Which way a host goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// One replacement.
#[derive(Clone, Copy, Debug)]
struct Case {
    moment: Moment,
    signal: Signal,
    way: Way,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    /// Where the job was whenever an agent was told to end.
    stages: Vec<Stage>,
    /// How long it took, where it was asked.
    ends: Vec<Duration>,
    jobs: usize,
    /// Jobs that were noted as begun and never began.
    interrupted: usize,
}

/// Runs the campaign and returns its figures.
///
/// # Errors
/// When the other version cannot be built.
pub(super) fn run(short: bool) -> Result<String> {
    let versions = Versions::build()?;
    println!("{} and {}", versions.old.number, versions.new.number);
    let seed = parallel::seed();
    println!("the moments are in the order of CAMPAIGN_SEED={seed}");
    let cases = cases(seed);
    let all = cases.len();
    let deadline = short.then(|| Instant::now() + SHORT);
    let outcomes = parallel::map(
        cases,
        || Site::new(&versions),
        |site, case| {
            let is_late = deadline.is_some_and(|deadline| Instant::now() > deadline);
            let is_left_out = is_late && matches!(case.moment, Moment::After(_));
            (!is_left_out).then(|| live_through(site, case))
        },
    );
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    Ok(figures(&outcomes, all))
}

fn live_through(site: &mut Site, case: Case) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| site.play(case)))
        .unwrap_or_else(|_| panic!("FAILED: {case:?}"))
}

/// First each moment that can be waited for, then the sweep in a random order.
fn cases(seed: u64) -> Vec<Case> {
    let ways = [Way::Up, Way::Down].into_iter().cycle();
    let known = [Signal::Term, Signal::Kill]
        .into_iter()
        .flat_map(|signal| Moment::KNOWN.map(|moment| (moment, signal)));
    let mut sweep: Vec<_> = (0..PARTS)
        .flat_map(|part| [Signal::Term, Signal::Kill].map(|signal| (swept(part), signal)))
        .collect();
    parallel::shuffle(&mut sweep, seed);
    let all = known.chain(sweep).zip(ways);
    all.map(|((moment, signal), way)| Case {
        moment,
        signal,
        way,
    })
    .collect()
}

/// The second time lies elsewhere than the first: 37 and the number of parts have no
/// divisor in common. It is a short one, for the job goes on meanwhile.
fn swept(part: u32) -> Moment {
    Moment::After([part, part * 37 % PARTS / 3])
}

fn figures(outcomes: &[Outcome], all: usize) -> String {
    let mut stages = BTreeMap::<Stage, usize>::new();
    for stage in outcomes.iter().flat_map(|outcome| &outcome.stages) {
        *stages.entry(*stage).or_default() += 1;
    }
    let jobs: usize = outcomes.iter().map(|outcome| outcome.jobs).sum();
    let interrupted: usize = outcomes.iter().map(|outcome| outcome.interrupted).sum();
    let slowest = outcomes.iter().flat_map(|outcome| &outcome.ends).max();
    format!(
        "upgrade: {} restarts in {} of {all} cases, where the job was {stages:?}; \
         {jobs} jobs, each recorded once and run once (but {interrupted} that a kill kept from \
         beginning, which were reported as that); TERM took {} ms at most",
        stages.values().sum::<usize>(),
        outcomes.len(),
        slowest.map_or(0, Duration::as_millis),
    )
}
