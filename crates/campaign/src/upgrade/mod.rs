//! Replaces and restarts the agent while it has a job, from an older version to this one and
//! back.
//!
//! The new program is renamed over the old one, as a package manager does; then the agent is
//! ended by SIGTERM, or by SIGKILL as after a timeout, and another one is started.
//!
//! Each job has to run once and be recorded once. Only a kill may prevent a job from running,
//! between the note that it begins and its beginning: it is then reported as interrupted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

mod fixture;
mod manager;
mod moment;
mod previous;

use super::parallel;
use fixture::{JobState, UpgradeFixture};
use moment::Moment;
use previous::Versions;
use release::failure::Result;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How long the short form takes cases of the sweep; it runs all other cases.
const SHORT: Duration = Duration::from_secs(25);

/// How many parts the duration of a job is divided into. At the end of each part the agent is
/// ended once with either signal.
const PARTS: u32 = 120;

/// The signal that ends an agent.
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

/// Upgrade or downgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// One replacement.
#[derive(Clone, Copy, Debug)]
struct Case {
    moment: Moment,
    signal: Signal,
    direction: Direction,
}

/// The outcome of a case.
#[derive(Default)]
struct Outcome {
    /// The state of the job whenever an agent was ended.
    job_states: Vec<JobState>,
    /// How long agents took to end after SIGTERM.
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
        || UpgradeFixture::new(&versions),
        |fixture, case| {
            let is_late = deadline.is_some_and(|deadline| Instant::now() > deadline);
            let is_left_out = is_late && matches!(case.moment, Moment::After(_));
            (!is_left_out).then(|| live_through(fixture, case))
        },
    );
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    Ok(figures(&outcomes, all))
}

fn live_through(fixture: &mut UpgradeFixture, case: Case) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| fixture.play(case)))
        .unwrap_or_else(|_| panic!("FAILED: {case:?}"))
}

/// First the named moments, then the sweep in a random order.
fn cases(seed: u64) -> Vec<Case> {
    let ways = [Direction::Up, Direction::Down].into_iter().cycle();
    let known = [Signal::Term, Signal::Kill]
        .into_iter()
        .flat_map(|signal| Moment::KNOWN.map(|moment| (moment, signal)));
    let mut sweep: Vec<_> = (0..PARTS)
        .flat_map(|part| [Signal::Term, Signal::Kill].map(|signal| (swept(part), signal)))
        .collect();
    parallel::shuffle(&mut sweep, seed);
    let all = known.chain(sweep).zip(ways);
    all.map(|((moment, signal), direction)| Case {
        moment,
        signal,
        direction,
    })
    .collect()
}

/// The second time differs from the first: 37 and the number of parts have no common divisor.
/// It is short, because the job goes on meanwhile.
fn swept(part: u32) -> Moment {
    Moment::After([part, part * 37 % PARTS / 3])
}

fn figures(outcomes: &[Outcome], all: usize) -> String {
    let mut job_states = BTreeMap::<JobState, usize>::new();
    for state in outcomes.iter().flat_map(|outcome| &outcome.job_states) {
        *job_states.entry(*state).or_default() += 1;
    }
    let jobs: usize = outcomes.iter().map(|outcome| outcome.jobs).sum();
    let interrupted: usize = outcomes.iter().map(|outcome| outcome.interrupted).sum();
    let slowest = outcomes.iter().flat_map(|outcome| &outcome.ends).max();
    format!(
        "upgrade: {} restarts in {} of {all} cases, where the job was {job_states:?}; \
         {jobs} jobs, each recorded once and run once (but {interrupted} that a kill kept from \
         beginning, which were reported as that); TERM took {} ms at most",
        job_states.values().sum::<usize>(),
        outcomes.len(),
        slowest.map_or(0, Duration::as_millis),
    )
}
