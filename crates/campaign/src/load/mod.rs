//! What Pilot Control bears: hosts by the thousand, with real keys and tokens, against the
//! real program; every answer is checked as an agent does.
//!
//! The hosts run in this process, on the same processors as control: what they cost is
//! measured too. Of two revisions each round measures one after the other, so that what
//! else the machine does meets both.

mod beside;
pub(crate) mod connection;
pub(crate) mod control;
pub(crate) mod exchange;
mod figures;
mod file_server;
pub(crate) mod fill;
mod fleet;
pub(crate) mod host;
pub(crate) mod jobs;
mod machine;
pub(crate) mod operator;
mod options;
pub(crate) mod package;
mod pings;
mod program;
mod report;
mod samples;
mod scenarios;
mod sizes;
mod syncs;
mod usage;

pub(crate) use options::Options;

use lab::programs::programs;
use program::{PROFILE, Program};
use release::cargo::{cargo, repository};
use release::failure::{Context, Result};
use report::Report;
use scenarios::Scenario;
use sizes::Sizes;
use std::os::unix::process::CommandExt;
use std::time::Instant;
use tokio::runtime::Runtime;

/// Measures, and prints one table.
///
/// # Errors
/// When something cannot be built, started or measured, an answer has a wrong MAC or
/// signature, or a request of a short run has no good answer.
pub(crate) fn run(options: &Options) -> Result<()> {
    if cfg!(debug_assertions) && !options.short {
        return Err(run_optimised());
    }
    let programs = programs_of(options)?;
    machine::allow_many_files()?;
    let before = machine::load()?;
    let report = measure(options, &programs)?;
    if options.json {
        println!("{}", report.json().context("the figures")?);
        return Ok(());
    }
    println!("{}", report.markdown());
    println!("{}", machine::described(options.rounds, &before)?);
    Ok(())
}

/// Hosts that are slower than control would measure themselves. Returns only if that fails.
fn run_optimised() -> release::failure::Failure {
    eprintln!("building the load tool (profile {PROFILE})");
    let mut run = cargo();
    run.args(["run", "--quiet", "--package", "campaign", "--profile"])
        .args([PROFILE, "--"])
        .args(std::env::args_os().skip(1))
        .current_dir(repository());
    release::failure::Failure::Failed(format!("cannot run cargo: {}", run.exec()))
}

fn programs_of(options: &Options) -> Result<Vec<Program>> {
    if options.short {
        return Ok(vec![Program {
            name: "this tree, debug".into(),
            path: programs().pilotctl.clone(),
        }]);
    }
    let others = options.against.iter().map(|revision| Program::of(revision));
    std::iter::once(Program::of_this_tree())
        .chain(others)
        .collect()
}

fn measure(options: &Options, programs: &[Program]) -> Result<Report> {
    let runtime = Runtime::new().context("starting up")?;
    let names = programs.iter().map(|program| program.name.clone());
    let mut report = Report::new(names.collect());
    let sizes = options.sizes();
    for scenario in options.scenarios() {
        report.begin(&scenario.name(), scenario.title(&sizes));
        let measured = compare(scenario, programs, &sizes, options, &mut report);
        runtime.block_on(measured)?;
    }
    Ok(report)
}

/// Measures one scenario with each program in turn.
async fn compare(
    scenario: Scenario,
    programs: &[Program],
    sizes: &Sizes,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let (name, rounds, began) = (scenario.name(), options.rounds, Instant::now());
    let mut fixtures = Vec::new();
    for program in programs {
        eprintln!("{name}: filling the database of {}", program.name);
        fixtures.push(scenario.prepare(&program.path, sizes).await?);
    }
    for number in 1..=rounds {
        for (at, fixture) in fixtures.iter_mut().enumerate() {
            let round = scenario.round(fixture, sizes).await?;
            // The smallest sizes are no load: every request has to have a good answer.
            round.check(options.short).context(&name)?;
            report.add(at, round);
        }
        let seconds = began.elapsed().as_secs();
        eprintln!("{name}: round {number} of {rounds} after {seconds} s");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest of everything, against the real control.
    fn round_of(scenario: Scenario) -> figures::Round {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let sizes = Sizes::smallest();
            let mut fixture = scenario
                .prepare(&programs().pilotctl, &sizes)
                .await
                .unwrap();
            scenario.round(&mut fixture, &sizes).await.unwrap()
        })
    }

    fn figure(round: &figures::Round, name: &str) -> f64 {
        let found = round.figures.iter().find(|(figure, _)| figure == name);
        found.map_or_else(|| panic!("no {name:?} in {round:?}"), |(_, value)| *value)
    }

    #[test]
    fn hosts_that_ping_are_answered_and_their_numbers_count_once() {
        let round = round_of(Scenario::Replay);
        assert!(round.faults.is_empty(), "{round:?}");
        assert!(figure(&round, "pings/s") > 0.0);
        assert!(figure(&round, "refused replays/s") > 0.0);
        assert!(figure(&round, "CPU of control a ping, ms") > 0.0);
        assert!(figure(&round, "fsyncs a ping") > 0.0);
    }

    #[test]
    fn a_job_reaches_every_host_and_comes_back() {
        let round = round_of(Scenario::Job);
        assert!(round.faults.is_empty(), "{round:?}");
        let recorded = figure(&round, "all recorded after, s");
        assert!(recorded >= figure(&round, "last offered after, s"));
    }
}
