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

use super::matrix::{self, Tried};
use super::require_root;
use super::scenario::{Marks, Scenario};
use super::site::Site;
use super::strace::Point;
use crate::parallel;
use case::Outcome;
use disk::Loss;
use release::failure::{Result, failed};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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

impl matrix::Case for Case {
    fn scenario(&self) -> Scenario {
        self.scenario
    }
}

/// Runs the campaign, with the cases whose names contain `only`, and returns its
/// figures.
///
/// # Errors
/// When something does not hold.
pub(crate) fn run(short: bool, only: &str) -> Result<String> {
    require_root()?;
    let marks = find_marks();
    // The runner has nothing that it could lose.
    let mut scenarios = Scenario::ALL.to_vec();
    scenarios.retain(|scenario| *scenario != Scenario::Runner);
    let listed = parallel::map(scenarios, Site::new, |site, scenario| {
        list(site, scenario, &marks)
    });
    let cases = listed.into_iter().flatten().collect();
    let (tried, all) = matrix::go_through(cases, short, only, |site, case: &Case| {
        let point = Point::nth(&case.call, case.nth);
        site.cut_power(case.scenario, &marks, &point, case.loss)
    })?;
    figures(&tried, all)
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

fn figures(tried: &[Tried<Case, Outcome>], all: usize) -> Result<String> {
    let outcomes = tried.iter().map(|tried| tried.outcome.as_ref());
    let seen: Vec<&Outcome> = outcomes.flatten().collect();
    let mut ends = BTreeMap::<&str, usize>::new();
    for outcome in &seen {
        *ends.entry(&outcome.status).or_default() += 1;
    }
    let cut = seen.iter().filter(|outcome| outcome.was_cut).count();
    let lost = seen.iter().filter(|outcome| outcome.lost_something).count();
    let figures = format!(
        "synced: {cut} power cuts, {lost} of them with a loss, in {} of {all} cases; jobs ended {ends:?}",
        tried.len()
    );
    match tried.len() - seen.len() {
        0 => Ok(format!(
            "{figures}; none ran twice, none was lost, none stuck"
        )),
        failures => failed(format!("{failures} cases failed; {figures}")),
    }
}
