//! Bad networks and broken servers.
//!
//! Each host is in a network namespace of its own, with a cable to the control
//! service on which packets are lost; all of them are at work at the same time.
//! What must hold for every one: the agent goes on by itself, each job runs once,
//! each result is recorded once, memory stays bounded, and the log says of each
//! change what it was, once.

mod partition;
mod site;
mod weather;

use lab::Lab;
use lab::namespace::{Namespace, remove_abandoned};
use release::failure::{Result, failed};
use rustix::process::geteuid;
use site::{Outcome, Site};
use std::process::Command;
use std::thread;
use std::time::Duration;

/// How bad it gets.
#[derive(Clone, Copy)]
struct Scale {
    /// How long a partition lasts, and how long servers are broken.
    outage: Duration,
    /// Jobs on a line that loses or delays.
    jobs: usize,
    /// Every how many-th kind of broken server is met.
    every: usize,
    /// How long may pass until a host has gone on.
    patience: Duration,
}

const SHORT: Scale = Scale {
    outage: Duration::from_secs(6),
    jobs: 2,
    every: 4,
    patience: Duration::from_secs(120),
};

const LONG: Scale = Scale {
    outage: Duration::from_secs(180),
    jobs: 10,
    every: 1,
    patience: Duration::from_secs(900),
};

type Story = fn(&mut Site<'_>, Scale);

/// What hosts go through. The servers are dealt out to three of them.
const STORIES: [(&str, Story); 12] = [
    (
        "partition before the first token",
        partition::before_the_token,
    ),
    ("partition after the token", partition::after_the_token),
    ("partition during the offer", partition::during_the_offer),
    (
        "partition before the receipt",
        partition::before_the_receipt,
    ),
    (
        "partition while the job runs",
        partition::while_the_job_runs,
    ),
    (
        "partition before the acknowledgement",
        partition::before_the_acknowledgement,
    ),
    ("30 % loss", weather::loss),
    ("2 s of delay", weather::delay),
    ("no answer to names", weather::no_names),
    ("broken servers, one", |site, scale| {
        weather::broken_servers(site, scale, 0)
    }),
    ("broken servers, two", |site, scale| {
        weather::broken_servers(site, scale, 1)
    }),
    ("broken servers, three", |site, scale| {
        weather::broken_servers(site, scale, 2)
    }),
];

/// Runs the campaign and returns its figures.
///
/// # Errors
/// When something does not hold.
pub(super) fn run(short: bool) -> Result<String> {
    if !geteuid().is_root() {
        return failed("this campaign makes network namespaces: run it as root");
    }
    for program in ["ip", "iptables"] {
        if Command::new(program).arg("--version").output().is_err() {
            return failed(format!(
                "there is no {program}: install iproute2 and iptables"
            ));
        }
    }
    remove_abandoned();
    let scale = if short { SHORT } else { LONG };
    let cables: Vec<Namespace> = (0..).take(STORIES.len()).map(Namespace::make).collect();
    let lab = Lab::at(&cables[0].outer());
    let control = &cables[0].outer();
    let outcomes = thread::scope(|scope| {
        let running: Vec<_> = STORIES
            .into_iter()
            .zip(&cables)
            .enumerate()
            .map(|(number, ((name, story), cable))| {
                let site = Site::set_up(&lab, cable, control, (number, name));
                scope.spawn(move || live_through(site, story, scale))
            })
            .collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.collect::<thread::Result<Vec<Outcome>>>()
    })
    .or_else(|_| failed("a host did not come through; see above"))?;
    Ok(figures(&outcomes, scale))
}

fn live_through(mut site: Site<'_>, story: Story, scale: Scale) -> Outcome {
    story(&mut site, scale);
    site.close(scale.patience)
}

fn figures(outcomes: &[Outcome], scale: Scale) -> String {
    let jobs: usize = outcomes.iter().map(|outcome| outcome.jobs).sum();
    let not_pulled: usize = outcomes.iter().map(|outcome| outcome.not_pulled).sum();
    let warnings: usize = outcomes.iter().map(|outcome| outcome.warnings).sum();
    let most = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).max().unwrap_or(0) >> 10;
    format!(
        "network: {} hosts, {jobs} jobs, each run once (but {not_pulled} whose package \
         did not get through) and recorded once; outages of {} s; \
         {warnings} warnings in all; agents took up to {} MiB, their children {} MiB",
        outcomes.len(),
        scale.outage.as_secs(),
        most(|outcome| outcome.agent_kib),
        most(|outcome| outcome.child_kib),
    )
}
