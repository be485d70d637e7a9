//! Cuts the power of a host at every moment at which its state changes, with
//! whatever a disk may have lost by then, and goes on with what is left.
//!
//! The host's programs do their work on a real disk, under strace. What it wrote
//! down is done once more on a disk in memory, which knows what was synced
//! ([`disk`]). The state as that disk may have it after the cut takes the place of
//! the real one, and the agent is started.

mod case;
mod deed;
mod disk;
mod recording;

use super::scenario::{Marks, Scenario};
use super::site::Site;
use super::strace::Point;
use crate::campaign::parallel;
use crate::failure::{Result, failed};
use case::Outcome;
use disk::Loss;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How long the short form takes cases from the list.
const SHORT: Duration = Duration::from_secs(45);

/// A power cut in a scenario.
struct Case {
    scenario: Scenario,
    /// Before this call.
    call: String,
    nth: u32,
    /// What the call is about.
    place: String,
    loss: Loss,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scenario,
            call,
            nth,
            place,
            loss,
        } = self;
        write!(f, "{scenario:?}, {loss:?} at {call} {place} ({nth})")
    }
}

/// What came of a case; `None` when it failed.
type Verdict = Option<Outcome>;

/// Runs the campaign and returns its figures. `CAMPAIGN_ONLY` names a case, or
/// some by a part of their names.
///
/// # Errors
/// When something does not hold.
pub(in crate::campaign) fn run(short: bool) -> Result<String> {
    let only = std::env::var("CAMPAIGN_ONLY").unwrap_or_default();
    let marks = find_marks();
    // The runner has nothing that it could lose.
    let mut scenarios = Scenario::ALL.to_vec();
    scenarios.retain(|scenario| *scenario != Scenario::Runner);
    let listed = parallel::map(scenarios, Site::new, |site, scenario| {
        list(site, scenario, &marks)
    });
    let mut cases: Vec<Case> = listed.into_iter().flatten().collect();
    cases.retain(|case| case.to_string().contains(&only));
    let all = cases.len();
    let seed = parallel::seed();
    parallel::shuffle(&mut cases, seed);
    println!("{all} cases, in the order of CAMPAIGN_SEED={seed}");
    let deadline = short.then(|| Instant::now() + SHORT);
    let verdicts = parallel::map(
        cases,
        || None,
        |site, case| {
            let is_late = deadline.is_some_and(|deadline| Instant::now() > deadline);
            (!is_late).then(|| try_case(site, &case, &marks))
        },
    );
    figures(&verdicts.into_iter().flatten().collect::<Vec<_>>(), all)
}

fn find_marks() -> Marks {
    let mut site = Site::new();
    let mut stage = site.prepare(Scenario::Deliver, None);
    let delivered = site.watch(Scenario::Deliver, &mut stage, None);
    Marks::of(&super::strace::calls(&delivered.trace(), &site.ground()))
}

/// The moments at which a scenario changes the state, with all that a disk may
/// have lost by then.
fn list(site: &mut Site, scenario: Scenario, marks: &Marks) -> Vec<Case> {
    let moments = site.moments(scenario, marks);
    let mut cases = Vec::new();
    let mut known = BTreeSet::new();
    for (number, moment) in (0_u64..).zip(&moments) {
        let chances = [2 * number, 2 * number + 1].map(Loss::Chance);
        let losses = [Loss::All, Loss::Emptied, Loss::Zeroed, Loss::Torn];
        // The same once more shows nothing new.
        let mut states = BTreeSet::new();
        for loss in losses.into_iter().chain(chances) {
            let state = moment.disk_after(loss);
            if states.insert(state.clone()) && !known.contains(&state) {
                cases.push(Case {
                    scenario,
                    call: moment.call.clone(),
                    nth: moment.nth,
                    place: moment.place.clone(),
                    loss,
                });
            }
        }
        known = states;
    }
    println!(
        "{scenario:?}: {} cases at {} points",
        cases.len(),
        moments.len()
    );
    cases
}

/// A site that has seen something fail is not used again.
fn try_case(site: &mut Option<Site>, case: &Case, marks: &Marks) -> Verdict {
    let mut at = site.take().unwrap_or_else(Site::new);
    let point = Point::nth(&case.call, case.nth);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        at.cut_power(case.scenario, marks, &point, case.loss)
    }));
    match outcome {
        Ok(outcome) => {
            *site = Some(at).filter(|_| case.scenario != Scenario::Enrol);
            Some(outcome)
        }
        Err(_) => {
            eprintln!("FAILED: {case}");
            None
        }
    }
}

fn figures(verdicts: &[Verdict], all: usize) -> Result<String> {
    let seen: Vec<&Outcome> = verdicts.iter().flatten().collect();
    let mut ends = BTreeMap::<&str, usize>::new();
    for outcome in &seen {
        *ends.entry(&outcome.status).or_default() += 1;
    }
    let cut = seen.iter().filter(|outcome| outcome.was_cut).count();
    let lost = seen.iter().filter(|outcome| outcome.lost_something).count();
    let figures = format!(
        "synced: {cut} power cuts, {lost} of them with a loss, in {} of {all} cases; jobs ended {ends:?}",
        verdicts.len()
    );
    match verdicts.len() - seen.len() {
        0 => Ok(format!(
            "{figures}; none ran twice, none was lost, none stuck"
        )),
        failures => failed(format!("{failures} cases failed; {figures}")),
    }
}
