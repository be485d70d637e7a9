//! Bad networks and broken servers.
//!
//! Each host has a network namespace of its own, and a cable to the control service on which
//! packets are lost. All hosts run at the same time. Every agent has to recover by itself, run
//! each job once, have each result recorded once, use bounded memory, and log each change once.

mod degraded;
mod fixture;
mod partition;

use fixture::{NetworkFixture, Outcome};
use lab::Lab;
use lab::namespace::{Namespace, remove_abandoned};
use release::failure::{Result, failed};
use rustix::process::geteuid;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// The lengths and numbers of a run.
#[derive(Clone, Copy)]
struct Scale {
    /// How long a partition lasts, and how long servers are broken.
    outage: Duration,
    /// Jobs on a line that loses or delays.
    jobs: usize,
    /// Only every n-th kind of broken server is used.
    every: usize,
    /// The longest time for a host to recover.
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

type Story = fn(&mut NetworkFixture<'_>, Scale);

/// The stories of the hosts. Three of them share the broken servers.
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
    ("30 % loss", degraded::loss),
    ("2 s of delay", degraded::delay),
    ("no answer to names", degraded::no_names),
    ("broken servers, one", |fixture, scale| {
        degraded::broken_servers(fixture, scale, 0)
    }),
    ("broken servers, two", |fixture, scale| {
        degraded::broken_servers(fixture, scale, 1)
    }),
    ("broken servers, three", |fixture, scale| {
        degraded::broken_servers(fixture, scale, 2)
    }),
];

/// Runs the campaign and returns its figures.
///
/// # Errors
/// When an assertion fails.
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
                let fixture = NetworkFixture::set_up(&lab, cable, control, (number, name));
                scope.spawn(move || live_through(fixture, story, scale))
            })
            .collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.collect::<thread::Result<Vec<Outcome>>>()
    })
    .or_else(|_| failed("an assertion failed; see above"))?;
    Ok(figures(&outcomes, scale))
}

fn live_through(mut fixture: NetworkFixture<'_>, story: Story, scale: Scale) -> Outcome {
    story(&mut fixture, scale);
    fixture.close(scale.patience)
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
