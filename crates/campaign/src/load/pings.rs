//! Many hosts that ping.

use super::connection::{Connection, Fault, Refusal};
use super::control::Target;
use super::exchange::{PATIENCE, send_ping};
use super::host::{Host, Said};
use super::samples::Samples;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep_until;

/// How hosts ping.
#[derive(Clone)]
pub(super) struct Plan {
    /// Whether they keep their connections, or make a new one for each ping, as agents do.
    pub(super) keep_alive: bool,
    /// Whether they send each ping twice, the second time with a number that is used up.
    pub(super) replay: bool,
    /// So many at once; each of them pings in turn for its share of the hosts.
    pub(super) at_once: usize,
    /// So many pings a second of all together, or as many as control answers.
    pub(super) rate: Option<u32>,
    pub(super) until: Instant,
    /// Turns true when they are to stop before that.
    pub(super) is_over: Arc<AtomicBool>,
}

/// When pings are due. A control that answers slowly does not get fewer: a ping that waits for
/// its turn counts as waiting for control.
struct Pace {
    began: Instant,
    next: AtomicU32,
    rate: u32,
}

impl Pace {
    fn due(&self) -> Instant {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.began + Duration::from_secs(1) * turn / self.rate
    }
}

/// Has all hosts ping. Returns them and what they saw.
pub(super) async fn ping(
    target: &Arc<Target>,
    hosts: Vec<Host>,
    plan: &Plan,
) -> (Vec<Host>, Samples) {
    let pace = plan.rate.map(|rate| {
        Arc::new(Pace {
            began: Instant::now(),
            next: AtomicU32::new(0),
            rate,
        })
    });
    let tasks: Vec<_> = shares(hosts, plan.at_once)
        .into_iter()
        .map(|share| {
            let (target, pace, plan) = (Arc::clone(target), pace.clone(), plan.clone());
            tokio::spawn(async move { take_turns(&target, share, &plan, pace.as_deref()).await })
        })
        .collect();
    let (mut hosts, mut samples) = (Vec::new(), Samples::default());
    for task in tasks {
        // A task that panicked has said so, and its hosts are gone with it.
        let Ok((share, seen)) = task.await else {
            continue;
        };
        hosts.extend(share);
        samples.merge(seen);
    }
    (hosts, samples)
}

/// Divides hosts among so many.
pub(super) fn shares(hosts: Vec<Host>, parts: usize) -> Vec<Vec<Host>> {
    let mut shares: Vec<Vec<Host>> = Vec::new();
    shares.resize_with(parts.clamp(1, hosts.len().max(1)), Vec::new);
    let count = shares.len();
    for (at, host) in hosts.into_iter().enumerate() {
        shares[at % count].push(host);
    }
    shares
}

async fn take_turns(
    target: &Target,
    mut hosts: Vec<Host>,
    plan: &Plan,
    pace: Option<&Pace>,
) -> (Vec<Host>, Samples) {
    let mut samples = Samples::default();
    let mut connection = None;
    'all: while !hosts.is_empty() {
        for host in &mut hosts {
            let due = pace.map_or_else(Instant::now, Pace::due);
            if due >= plan.until {
                break 'all;
            }
            sleep_until(due.into()).await;
            if plan.is_over.load(Ordering::Relaxed) {
                break 'all;
            }
            ping_once(target, host, plan, &mut connection, due, &mut samples).await;
        }
    }
    (hosts, samples)
}

/// One ping, or two under the same number.
async fn ping_once(
    target: &Target,
    host: &mut Host,
    plan: &Plan,
    kept: &mut Option<Connection>,
    due: Instant,
    samples: &mut Samples,
) {
    let said = Said::default();
    let sent = host.post("/ping", &target.authority, said);
    let again = plan
        .replay
        .then(|| host.post_as(sent.n, "/ping", &target.authority, said));
    for (sent, due) in [Some((sent, due)), again.map(|sent| (sent, Instant::now()))]
        .into_iter()
        .flatten()
    {
        let outcome = send_ping(target, host, sent, PATIENCE, kept).await;
        if !plan.keep_alive {
            *kept = None;
        }
        match outcome {
            Ok(_) => samples.good(due.elapsed()),
            Err(fault) => samples.bad(fault),
        }
    }
}

/// What is counted when a number was sent twice.
pub(super) const REPLAYED: Fault = Fault::Refused(Refusal::Sequence);
