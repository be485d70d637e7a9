//! Kills agent and shim at every call that changes a file, and makes each of those calls
//! fail.
//!
//! This covers the state of the agent, as `pilot enrol`, `pilot key rotate`, the agent and the
//! shim write it, and the runner's cache.

mod case;

use crate::durability::fixture::FaultFixture;
use crate::durability::matrix::{self, Tried};
use crate::durability::scenario::{Marks, Scenario};
use crate::durability::strace::{self, Fault, Point};
use case::Outcome;
use release::failure::Result;
use std::collections::BTreeMap;
use std::fmt;

const FAULTS: [Fault; 5] = [
    Fault::Kill,
    Fault::Once("EIO"),
    Fault::Once("ENOSPC"),
    Fault::From("EIO"),
    Fault::From("ENOSPC"),
];

/// A fault at a point of a scenario.
struct Case {
    scenario: Scenario,
    fault: Fault,
    point: Point,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?} at {}", self.scenario, self.fault, self.point)
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

/// Runs the cases whose names contain `only`, and returns the figures; nothing if there are no
/// such cases.
///
/// # Errors
/// When a case fails.
pub(super) fn run(short: bool, only: &str) -> Result<Option<String>> {
    let marks = find_marks();
    let cases = matrix::cases(Scenario::ALL.to_vec(), |fixture, scenario| {
        list(fixture, scenario, &marks)
    });
    let cases = matrix::named(cases, only);
    if cases.is_empty() {
        return Ok(None);
    }
    let all = cases.len();
    let sample = short.then_some(matrix::SHORT);
    let tried = matrix::go_through(cases, sample, |fixture, case| {
        fixture.play(case.scenario, Some(&marks), Some((case.fault, &case.point)))
    });
    figures(&tried, all).map(Some)
}

/// The calls of a scenario that change the host's state, with all faults that can hit them.
fn list(fixture: &mut FaultFixture, scenario: Scenario, marks: &Marks) -> Vec<Case> {
    let outcome = fixture.play(scenario, Some(marks), None);
    let points = strace::calls(&outcome.trace, &fixture.ground())
        .into_iter()
        .filter(Point::is_change);
    let cases: Vec<Case> = points
        .flat_map(|point| {
            FAULTS.map(|fault| Case {
                scenario,
                fault,
                point: point.clone(),
            })
        })
        .filter(|case| case.fault.can_hit(&case.point.call))
        .collect();
    println!("{scenario:?}: {} cases", cases.len());
    cases
}

fn find_marks() -> Marks {
    let mut fixture = FaultFixture::new();
    let outcome = fixture.play(Scenario::Deliver, None, None);
    Marks::of(&strace::calls(&outcome.trace, &fixture.ground()))
}

fn figures(tried: &[Tried<Case, Outcome>], all: usize) -> Result<String> {
    let mut points = BTreeMap::<Fault, usize>::new();
    let mut ends = BTreeMap::<&str, usize>::new();
    let (mut missed, mut failures) = (0, 0);
    for Tried { case, outcome } in tried {
        match outcome {
            Some(outcome) if outcome.hit => {
                *points.entry(case.fault).or_default() += 1;
                *ends.entry(&outcome.status).or_default() += 1;
            }
            Some(_) => missed += 1,
            None => failures += 1,
        }
    }
    let kills = points.get(&Fault::Kill).copied().unwrap_or(0);
    let figures = format!(
        "crash: {kills} crash points and {} failures of the disk in {} of {all} cases ({points:?}, {missed} did not happen); jobs ended {ends:?}",
        points.values().sum::<usize>() - kills,
        tried.len(),
    );
    matrix::verdict(&figures, failures, matrix::OF_HOSTS)
}
