//! Going through many cases: which of them, in what order, and how far it is.

use super::scenario::Scenario;
use super::site::Site;
use crate::parallel;
use release::failure::{Result, failed};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long the short form takes cases from the list.
const SHORT: Duration = Duration::from_secs(45);

/// How often is said how far it is.
const WORD: Duration = Duration::from_secs(60);

/// A fault in a scenario, which has a name.
pub(super) trait Case: Display + Send {
    fn scenario(&self) -> Scenario;
}

/// A case that was tried, and what it showed, unless it failed.
pub(super) struct Tried<C, O> {
    pub(super) case: C,
    pub(super) outcome: Option<O>,
}

/// Tries the cases whose names contain `only`: all of them, or in the short form as
/// many as there is time for. Returns these, and how many there are.
///
/// # Errors
/// When there is no such case.
pub(super) fn go_through<C: Case, O: Send>(
    mut cases: Vec<C>,
    short: bool,
    only: &str,
    play: impl Fn(&mut Site, &C) -> O + Sync,
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
        |site, case| {
            if short && began.elapsed() > SHORT {
                return None;
            }
            let outcome = try_case(site, &case, &play);
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

/// A site that has seen something fail is not used again, nor one whose host is
/// another each time.
fn try_case<C: Case, O>(
    site: &mut Option<Site>,
    case: &C,
    play: impl Fn(&mut Site, &C) -> O,
) -> Option<O> {
    let mut at = site.take().unwrap_or_else(Site::new);
    let outcome = catch_unwind(AssertUnwindSafe(|| play(&mut at, case)));
    if outcome.is_err() {
        eprintln!("FAILED: {case}");
        return None;
    }
    *site = Some(at).filter(|_| case.scenario() != Scenario::Enrol);
    outcome.ok()
}

/// How many of all cases were tried and have failed.
struct Count {
    all: usize,
    tried: usize,
    failed: usize,
    began: Instant,
    said: Instant,
}

impl Count {
    fn new(all: usize) -> Self {
        let now = Instant::now();
        Self {
            all,
            tried: 0,
            failed: 0,
            began: now,
            said: now,
        }
    }

    fn add(&mut self, has_failed: bool) {
        self.tried += 1;
        self.failed += usize::from(has_failed);
        if self.said.elapsed() > WORD {
            self.said = Instant::now();
            let (tried, all, failed) = (self.tried, self.all, self.failed);
            let minutes = self.began.elapsed().as_secs() / 60;
            println!("{tried} of {all} cases in {minutes} min, {failed} failed");
        }
    }
}
