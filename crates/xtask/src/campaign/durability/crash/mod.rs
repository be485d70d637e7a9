//! Kills agent and shim at every call that changes a file, and lets each of
//! those calls fail.
//!
//! In scope is what the agent's program does to its state: as `pilot enrol`, as
//! the agent, as the shim; and what the runner does to its cache.
mod case;

use super::scenario::{Marks, Scenario};
use super::site::Site;
use super::strace::{self, Fault, Point};
use crate::campaign::parallel;
use crate::failure::{Result, failed};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const FAULTS: [Fault; 5] = [
    Fault::Kill,
    Fault::Once("EIO"),
    Fault::Once("ENOSPC"),
    Fault::From("EIO"),
    Fault::From("ENOSPC"),
];

/// How long the short form takes cases from the list.
const SHORT: Duration = Duration::from_secs(45);

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

/// Runs the campaign and returns its figures. `CAMPAIGN_ONLY` names a case, or
/// some by a part of their names.
///
/// # Errors
/// When something does not hold.
pub(in crate::campaign) fn run(short: bool) -> Result<String> {
    let only = std::env::var("CAMPAIGN_ONLY").ok();
    let marks = find_marks();
    let mut cases: Vec<Case> =
        parallel::map(Scenario::ALL.to_vec(), Site::new, |site, scenario| {
            list(site, scenario, &marks)
        })
        .into_iter()
        .flatten()
        .filter(|case| {
            only.as_ref()
                .is_none_or(|only| case.to_string().contains(only))
        })
        .collect();
    let all = cases.len();
    let seed = parallel::seed();
    parallel::shuffle(&mut cases, seed);
    println!("{all} cases, in the order of CAMPAIGN_SEED={seed}");
    let deadline = short.then(|| Instant::now() + SHORT);
    let outcomes = parallel::map(
        cases,
        || None,
        |site, case| {
            let is_late = deadline.is_some_and(|deadline| Instant::now() > deadline);
            (!is_late).then(|| try_case(site, &case, &marks))
        },
    );
    figures(&outcomes.into_iter().flatten().collect::<Vec<_>>(), all)
}

/// What came of a case.
struct Verdict {
    fault: Fault,
    hit: bool,
    status: String,
    failed: bool,
}

/// A site that has seen something fail is not used again.
fn try_case(site: &mut Option<Site>, case: &Case, marks: &Marks) -> Verdict {
    let mut at = site.take().unwrap_or_else(Site::new);
    let fault = Some((case.fault, &case.point));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        at.play(case.scenario, Some(marks), fault)
    }));
    let Ok(outcome) = outcome else {
        eprintln!("FAILED: {case}");
        return Verdict {
            fault: case.fault,
            hit: true,
            status: String::new(),
            failed: true,
        };
    };
    if case.scenario != Scenario::Enrol {
        *site = Some(at);
    }
    Verdict {
        fault: case.fault,
        hit: outcome.hit,
        status: outcome.status,
        failed: false,
    }
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

fn figures(verdicts: &[Verdict], all: usize) -> Result<String> {
    let mut points = BTreeMap::<Fault, usize>::new();
    let mut ends = BTreeMap::<&str, usize>::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.hit) {
        *points.entry(verdict.fault).or_default() += 1;
        *ends.entry(&verdict.status).or_default() += 1;
    }
    let missed = verdicts.iter().filter(|verdict| !verdict.hit).count();
    let failures = verdicts.iter().filter(|verdict| verdict.failed).count();
    let figures = format!(
        "crash: {} crash points and {} failures of the disk in {} of {all} cases ({points:?}, {missed} did not come to be); jobs ended {ends:?}",
        points.get(&Fault::Kill).unwrap_or(&0),
        points.values().sum::<usize>() - points.get(&Fault::Kill).unwrap_or(&0),
        verdicts.len(),
    );
    match failures {
        0 => Ok(format!(
            "{figures}; none ran twice, none was lost, none stuck"
        )),
        _ => failed(format!("{failures} cases failed; {figures}")),
    }
}
