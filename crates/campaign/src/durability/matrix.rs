//! Runs many cases: selects and orders them, and prints the progress.

use super::fixture::FaultFixture;
use super::scenario::Scenario;
use crate::parallel;
use release::failure::{Result, failed};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long the short form starts new cases.
const SHORT: Duration = Duration::from_secs(45);

/// How often the progress is printed.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// A named fault in a scenario.
pub(super) trait Case: Display + Send {
    fn scenario(&self) -> Scenario;
}

/// A case that was run, and its outcome, unless it failed.
pub(super) struct Tried<C, O> {
    pub(super) case: C,
    pub(super) outcome: Option<O>,
}

/// Lists the cases of the scenarios, each scenario on a fixture of its own.
pub(super) fn cases<C: Case>(
    scenarios: Vec<Scenario>,
    list: impl Fn(&mut FaultFixture, Scenario) -> Vec<C> + Sync,
) -> Vec<C> {
    let listed = parallel::map(scenarios, FaultFixture::new, list);
    listed.into_iter().flatten().collect()
}

/// Tries the cases whose names contain `only`: all of them, or in the short form as many as
/// there is time for. Returns the tried cases, and the number of all.
///
/// # Errors
/// When there is no such case.
pub(super) fn go_through<C: Case, O: Send>(
    mut cases: Vec<C>,
    short: bool,
    only: &str,
    play: impl Fn(&mut FaultFixture, &C) -> O + Sync,
) -> Result<(Vec<Tried<C, O>>, usize)> {
    cases.retain(|case| case.to_string().contains(only));
    let all = cases.len();
    if all == 0 {
        return failed(format!("no case has {only:?} in its name"));
    }
    let seed = parallel::seed();
    parallel::shuffle(&mut cases, seed);
    println!("{all} cases, in the order of CAMPAIGN_SEED={seed}");
    let count = Mutex::new(Count::new(all));
    let began = Instant::now();
    let tried = parallel::map(
        cases,
        || None,
        |fixture, case| {
            if short && began.elapsed() > SHORT {
                return None;
            }
            let outcome = try_case(fixture, &case, &play);
            count.lock().unwrap().add(outcome.is_none());
            Some(Tried { case, outcome })
        },
    );
    let tried: Vec<_> = tried.into_iter().flatten().collect();
    for Tried { case, .. } in tried.iter().filter(|tried| tried.outcome.is_none()) {
        println!("FAILED: {case}");
    }
    Ok((tried, all))
}

/// Runs a case. A fixture is not used again after a failure, nor if the scenario replaces its
/// host.
fn try_case<C: Case, O>(
    fixture: &mut Option<FaultFixture>,
    case: &C,
    play: impl Fn(&mut FaultFixture, &C) -> O,
) -> Option<O> {
    let mut at = fixture.take().unwrap_or_else(FaultFixture::new);
    let outcome = catch_unwind(AssertUnwindSafe(|| play(&mut at, case)));
    if outcome.is_err() {
        eprintln!("FAILED: {case}");
        return None;
    }
    *fixture = Some(at).filter(|_| case.scenario() != Scenario::Enrol);
    outcome.ok()
}

/// How many cases were run, and how many failed.
struct Count {
    all: usize,
    tried: usize,
    failed: usize,
    began: Instant,
    printed: Instant,
}

impl Count {
    fn new(all: usize) -> Self {
        let now = Instant::now();
        Self {
            all,
            tried: 0,
            failed: 0,
            began: now,
            printed: now,
        }
    }

    fn add(&mut self, has_failed: bool) {
        self.tried += 1;
        self.failed += usize::from(has_failed);
        if self.printed.elapsed() > REPORT_EVERY {
            self.printed = Instant::now();
            let (tried, all, failed) = (self.tried, self.all, self.failed);
            let minutes = self.began.elapsed().as_secs() / 60;
            println!("{tried} of {all} cases in {minutes} min, {failed} failed");
        }
    }
}

/// The figures of a campaign, as its success or, if cases failed, as its failure.
///
/// # Errors
/// When cases failed.
pub(super) fn verdict(figures: &str, failures: usize) -> Result<String> {
    match failures {
        0 => Ok(format!(
            "{figures}; no job ran twice, none was lost, none got stuck"
        )),
        _ => failed(format!("{failures} cases failed; {figures}")),
    }
}
