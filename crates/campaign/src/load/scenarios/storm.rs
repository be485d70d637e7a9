//! Hosts that return all at once: control was away, or the network.

use super::Fixture;
use crate::load::connection::Fault;
use crate::load::control::Target;
use crate::load::exchange::{PATIENCE, send_ping};
use crate::load::figures::Round;
use crate::load::host::{Host, Said};
use crate::load::operator::Operator;
use crate::load::samples::Samples;
use crate::load::sizes::Sizes;
use crate::load::usage::{Look, forget_peak, peak, rest};
use release::failure::Result;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// An agent waits up to twice as long after each failure, and never less than control asks
/// for, which it draws out by up to a quarter (`src/agent/core/backoff.rs`).
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Where it reached no server (`src/agent/core/streak.rs`).
const LONGEST_UNREACHED: Duration = Duration::from_secs(60);
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// How long hosts try; what one sent by then may still be answered.
const LIMIT: Duration = Duration::from_secs(180);

/// How often an operator asks for something meanwhile.
const ASKING: Duration = Duration::from_millis(100);

pub(super) fn title(sizes: &Sizes) -> String {
    format!(
        "{} hosts return at once after a restart, fsync {} ms slower",
        sizes.returning,
        sizes.fsync_delay.as_millis()
    )
}

pub(super) async fn round(fixture: &mut Fixture, sizes: &Sizes) -> Result<Round> {
    fixture.control.restart()?;
    rest(&fixture.control).await?;
    forget_peak(&fixture.control)?;
    fixture.control.syncs.delay(sizes.fsync_delay)?;
    let before = Look::at(&fixture.control)?;
    let asking = Asking::begin(fixture.control.operator());
    let (hosts, good, faults) = all_return(
        &fixture.control.target(),
        std::mem::take(&mut fixture.hosts),
    )
    .await;
    let asked = asking.end().await;
    let used = before.used(&fixture.control)?;
    fixture.control.syncs.delay(Duration::ZERO)?;

    let mut round = Round::default();
    for (share, label) in [(0.01, "1 %"), (0.5, "half"), (0.9, "90 %"), (1.0, "all")] {
        // Those that have none by the limit are among all hosts.
        let after = good.percentile_of(share, hosts.len());
        let after = after.map_or(f64::NAN, |after| after.as_secs_f64());
        round.add(format!("{label} had a good answer after, s"), after);
    }
    round.add_costs("host", hosts.len(), &used);
    round.add("peak memory of control, MiB", peak(&fixture.control)?);
    round.add_times("`GET /host?limit=10` meanwhile", &asked);
    round.add_faults(&faults);
    fixture.hosts = hosts;
    Ok(round)
}

/// Returns the hosts, after what time each had a good answer, and what came before that.
async fn all_return(target: &Arc<Target>, hosts: Vec<Host>) -> (Vec<Host>, Samples, Samples) {
    let (go, gone) = watch::channel(None);
    let tasks: Vec<_> = hosts
        .into_iter()
        .map(|host| tokio::spawn(one_returns(Arc::clone(target), host, gone.clone())))
        .collect();
    go.send_replace(Some(Instant::now()));
    let (mut hosts, mut good, mut faults) = (Vec::new(), Samples::default(), Samples::default());
    for task in tasks {
        // One that panicked has said so.
        if let Ok((host, after, seen)) = task.await {
            hosts.push(host);
            after.into_iter().for_each(|after| good.good(after));
            faults.merge(seen);
        }
    }
    (hosts, good, faults)
}

async fn one_returns(
    target: Arc<Target>,
    mut host: Host,
    mut gone: watch::Receiver<Option<Instant>>,
) -> (Host, Option<Duration>, Samples) {
    let mut samples = Samples::default();
    let began = gone.wait_for(Option::is_some).await.ok().and_then(|at| *at);
    let began = began.unwrap_or_else(Instant::now);
    let mut most = FIRST_PAUSE;
    while began.elapsed() < LIMIT {
        let sent = host.post("/ping", &target.authority, Said::default());
        match send_ping(&target, &mut host, sent, PATIENCE, &mut None).await {
            Ok(_) => return (host, Some(began.elapsed()), samples),
            Err(fault) => {
                samples.bad(fault);
                if fault == Fault::Unconnected {
                    most = most.min(LONGEST_UNREACHED);
                }
            }
        }
        let part = host.random_part();
        let asked = host.asked_to_wait.take().unwrap_or_default();
        let pause = most.mul_f64(part).max(SHORTEST_PAUSE);
        let pause = pause.max(asked.mul_f64(1.0 + part / 4.0));
        sleep(pause.min(LIMIT.saturating_sub(began.elapsed()))).await;
        most = (most * 2).min(LONGEST_PAUSE);
    }
    (host, None, samples)
}

/// An operator who asks for hosts again and again.
struct Asking {
    stop: watch::Sender<bool>,
    task: JoinHandle<Samples>,
}

impl Asking {
    fn begin(mut operator: Operator) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut samples = Samples::default();
            while !*stopped.borrow() {
                match operator.time("/host?limit=10").await {
                    Ok(listed) => samples.good(listed.took),
                    Err(fault) => samples.bad(fault),
                }
                sleep(ASKING).await;
            }
            samples
        });
        Self { stop, task }
    }

    async fn end(self) -> Samples {
        self.stop.send_replace(true);
        self.task.await.unwrap_or_default()
    }
}
