//! Kills `pilotctl serve` at the calls that change its files, while hosts and users work with it,
//! and checks that control, started again, has everything that it acknowledged.
//!
//! Control has many threads, and strace counts the calls of each by itself: a case kills control
//! when any thread makes its call of this number. Which thread makes which calls differs from run
//! to run, so a first run without faults only shows how far to count.

mod checks;
mod clients;
mod fixture;
mod tracing;

use crate::durability::matrix::{self, Tried};
use fixture::{ControlFixture, Outcome};
use release::failure::Result;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tracing::Kill;

/// How long the short form starts new cases.
const SHORT: Duration = Duration::from_secs(20);

const SHOWN: &str = "no acknowledged result, job or package was lost, no number was accepted \
                     twice, every database was whole";

/// What control does when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// It starts on the data of a control that was killed.
    Start,
    /// Hosts ping and carry out jobs, an operator creates jobs.
    Jobs,
    /// Packages are pushed. (Their files are synced by threads that make few calls: while others
    /// write, control would be killed at the call of this number in another thread.)
    Push,
    /// All of that at the same time.
    All,
}

impl Scenario {
    const EACH: [Self; 4] = [Self::Start, Self::Jobs, Self::Push, Self::All];
}

/// A kill in a scenario.
struct Case {
    scenario: Scenario,
    kill: Kill,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Control {:?}, Kill at {}", self.scenario, self.kill)
    }
}

impl matrix::Case for Case {
    type Fixture = ControlFixture;

    fn fixture() -> ControlFixture {
        ControlFixture::new()
    }

    fn uses_up(&self) -> bool {
        false
    }
}

/// Runs the cases whose names contain `only`, and returns the figures; nothing if there are no
/// such cases.
///
/// # Errors
/// When a case fails.
pub(super) fn run(short: bool, only: &str) -> Result<Option<String>> {
    let cases = matrix::cases(Scenario::EACH.to_vec(), list);
    let cases = matrix::named(cases, only);
    if cases.is_empty() {
        return Ok(None);
    }
    let all = cases.len();
    let tried = matrix::go_through(cases, short.then_some(SHORT), |fixture, case: &Case| {
        fixture.play(case.scenario, Some(&case.kill))
    });
    figures(&tried, all).map(Some)
}

/// A kill at each call of a scenario, as far as a thread makes calls that change files.
fn list(fixture: &mut ControlFixture, scenario: Scenario) -> Vec<Case> {
    let outcome = fixture.play(scenario, None);
    let last = tracing::last_changes(&outcome.trace, &fixture.data());
    let kills = last.iter().flat_map(|(call, last)| {
        (1..=*last).map(|nth| Kill {
            call: call.clone(),
            nth,
        })
    });
    let cases: Vec<Case> = kills.map(|kill| Case { scenario, kill }).collect();
    println!("Control {scenario:?}: {} cases ({last:?})", cases.len());
    cases
}

fn figures(tried: &[Tried<Case, Outcome>], all: usize) -> Result<String> {
    let mut kills = BTreeMap::<&str, usize>::new();
    let (mut missed, mut failures) = (0, 0);
    for Tried { case, outcome } in tried {
        match outcome {
            Some(outcome) if outcome.was_killed => {
                *kills.entry(&case.kill.call).or_default() += 1;
            }
            Some(_) => missed += 1,
            None => failures += 1,
        }
    }
    let figures = format!(
        "crash of control: {} kills in {} of {all} cases ({kills:?}, {missed} did not happen)",
        kills.values().sum::<usize>(),
        tried.len(),
    );
    matrix::verdict(&figures, failures, SHOWN)
}
