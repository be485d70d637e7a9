//! Runs many cases: selects and orders them, and prints the progress.

use crate::parallel;
use release::failure::{Result, failed};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long the short form starts new cases.
pub(super) const SHORT: Duration = Duration::from_secs(45);

/// What cases on hosts show when none of them fails.
pub(super) const OF_HOSTS: &str = "no job ran twice, none was lost, none got stuck";

/// How often the progress is printed.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// A named fault in a scenario.
pub(super) trait Case: Display + Send {
    /// What it happens to. It serves one case after another.
    type Fixture;

    fn fixture() -> Self::Fixture;

    /// Whether the fixture serves no other case after this one.
    fn uses_up(&self) -> bool;
}

/// A case that was run, and its outcome, unless it failed.
pub(super) struct Tried<C, O> {
    pub(super) case: C,
    pub(super) outcome: Option<O>,
}

/// Lists the cases of the scenarios, each scenario on a fixture of its own.
pub(super) fn cases<S: Send, C: Case>(
    scenarios: Vec<S>,
    list: impl Fn(&mut C::Fixture, S) -> Vec<C> + Sync,
) -> Vec<C> {
    let listed = parallel::map(scenarios, C::fixture, list);
    listed.into_iter().flatten().collect()
}

/// The cases whose names contain `only`.
pub(super) fn named<C: Case>(mut cases: Vec<C>, only: &str) -> Vec<C> {
    cases.retain(|case| case.to_string().contains(only));
    cases
}

/// The failure when no case has this text in its name.
///
/// # Errors
/// Always.
pub(super) fn no_case<T>(only: &str) -> Result<T> {
    failed(format!("no case has {only:?} in its name"))
}

/// Tries all cases, or as many as can be started in this time. Returns those that were tried.
pub(super) fn go_through<C: Case, O: Send>(
    mut cases: Vec<C>,
    time: Option<Duration>,
    play: impl Fn(&mut C::Fixture, &C) -> O + Sync,
) -> Vec<Tried<C, O>> {
    let all = cases.len();
    let seed = parallel::seed();
    parallel::shuffle(&mut cases, seed);
    println!("{all} cases, in the order of CAMPAIGN_SEED={seed}");
    let count = Mutex::new(Count::new(all));
    let began = Instant::now();
    let tried = parallel::map(
        cases,
        || None,
        |fixture, case| {
            if time.is_some_and(|time| began.elapsed() > time) {
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
    tried
}

/// Runs a case. A fixture is not used again after a failure.
fn try_case<C: Case, O>(
    fixture: &mut Option<C::Fixture>,
    case: &C,
    play: impl Fn(&mut C::Fixture, &C) -> O,
) -> Option<O> {
    let mut at = fixture.take().unwrap_or_else(C::fixture);
    let outcome = catch_unwind(AssertUnwindSafe(|| play(&mut at, case)));
    if outcome.is_err() {
        eprintln!("FAILED: {case}");
        return None;
    }
    *fixture = Some(at).filter(|_| !case.uses_up());
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

/// The figures of a campaign and what they show or, if cases failed, its failure.
///
/// # Errors
/// When cases failed.
pub(super) fn verdict(figures: &str, failures: usize, shown: &str) -> Result<String> {
    match failures {
        0 => Ok(format!("{figures}; {shown}")),
        _ => failed(format!("{failures} cases failed; {figures}")),
    }
}
