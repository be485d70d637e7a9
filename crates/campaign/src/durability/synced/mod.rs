//! Cuts the power of a host at every moment at which its state changes, with every loss that a
//! disk may suffer, and goes on with what is left.
//!
//! The host's programs run on a real disk, under strace. Their changes are replayed on a
//! simulated disk, which knows what was synced ([`disk`]). The state after the cut replaces
//! the real one, and the agent is started again.

mod case;
mod deed;
mod disk;
mod recording;

use super::fixture::FaultFixture;
use super::matrix::{self, Tried};
use super::require_root;
use super::scenario::{Marks, Scenario};
use super::strace::Point;
use case::Outcome;
use disk::Loss;
use release::failure::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A power cut in a scenario.
struct Case {
    scenario: Scenario,
    /// Before this call.
    call: String,
    nth: u32,
    /// The file or folder of the call.
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
    type Fixture = FaultFixture;

    fn fixture() -> FaultFixture {
        FaultFixture::new()
    }

    fn uses_up(&self) -> bool {
        self.scenario.replaces_host()
    }
}

/// Runs the cases whose names contain `only`, and returns the figures.
///
/// # Errors
/// When a case fails.
pub(crate) fn run(short: bool, only: &str) -> Result<String> {
    require_root()?;
    let marks = find_marks();
    // The runner has no state to lose.
    let mut scenarios = Scenario::ALL.to_vec();
    scenarios.retain(|scenario| *scenario != Scenario::Runner);
    let cases = matrix::cases(scenarios, |fixture, scenario| {
        list(fixture, scenario, &marks)
    });
    let cases = matrix::named(cases, only);
    if cases.is_empty() {
        return matrix::no_case(only);
    }
    let all = cases.len();
    let sample = short.then_some(matrix::SHORT);
    let tried = matrix::go_through(cases, sample, |fixture, case: &Case| {
        let point = Point::nth(&case.call, case.nth);
        fixture.cut_power(case.scenario, &marks, &point, case.loss)
    });
    figures(&tried, all)
}

fn find_marks() -> Marks {
    let mut fixture = FaultFixture::new();
    let mut start = fixture.prepare(Scenario::Deliver, None);
    let delivered = fixture.watch(Scenario::Deliver, &mut start, None);
    Marks::of(&super::strace::calls(&delivered.trace(), &fixture.ground()))
}

/// The moments at which a scenario changes the state, with every possible loss.
fn list(fixture: &mut FaultFixture, scenario: Scenario, marks: &Marks) -> Vec<Case> {
    let moments = fixture.moments(scenario, marks);
    let mut cases = Vec::new();
    let mut known = BTreeSet::new();
    for (number, moment) in (0_u64..).zip(&moments) {
        let chances = [2 * number, 2 * number + 1].map(Loss::Chance);
        let losses = [Loss::All, Loss::Emptied, Loss::Zeroed, Loss::Torn];
        // Skip losses with a result that is tested already.
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
    matrix::verdict(&figures, tried.len() - seen.len(), matrix::OF_HOSTS)
}
