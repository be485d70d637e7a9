//! Kills agent and shim at every call that changes a file, and lets each of
//! those calls fail.
//!
//! In scope is what the agent's program does to its state: as `pilot enrol`, as
//! `pilot key rotate`, as the agent, as the shim; and what the runner does to its cache.

mod case;

use super::matrix::{self, Tried};
use super::require_root;
use super::scenario::{Marks, Scenario};
use super::site::Site;
use super::strace::{self, Fault, Point};
use crate::parallel;
use case::Outcome;
use release::failure::{Result, failed};
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
    let listed = parallel::map(Scenario::ALL.to_vec(), Site::new, |site, scenario| {
        list(site, scenario, &marks)
    });
    let cases = listed.into_iter().flatten().collect();
    let (tried, all) = matrix::go_through(cases, short, only, |site, case| {
        site.play(case.scenario, Some(&marks), Some((case.fault, &case.point)))
    })?;
    figures(&tried, all)
}

/// The points at which a scenario changes the host's state, with all that can go
/// wrong there.
fn list(site: &mut Site, scenario: Scenario, marks: &Marks) -> Vec<Case> {
    let outcome = site.play(scenario, Some(marks), None);
    let points = strace::calls(&outcome.trace, &site.ground())
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
    let mut site = Site::new();
    let outcome = site.play(Scenario::Deliver, None, None);
    Marks::of(&strace::calls(&outcome.trace, &site.ground()))
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
        "crash: {kills} crash points and {} failures of the disk in {} of {all} cases ({points:?}, {missed} did not come to be); jobs ended {ends:?}",
        points.values().sum::<usize>() - kills,
        tried.len(),
    );
    match failures {
        0 => Ok(format!(
            "{figures}; none ran twice, none was lost, none stuck"
        )),
        _ => failed(format!("{failures} cases failed; {figures}")),
    }
}
