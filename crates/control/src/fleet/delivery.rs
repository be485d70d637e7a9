//! Pings: recording what a host reports, and answering with what it is to do.

use super::bus::{Bus, Notification};
use super::live_output::LiveOutput;
use super::notices::Notices;
use super::ping_interval::PingInterval;
use super::precedence::Precedence;
use super::presence::{Held, Presence};
use super::sessions::Sessions;
use super::visit::Visit;
use super::{Turn, to_its_end};
use crate::clock::unix_now;
use crate::domain::job::status;
use crate::domain::keys::JobKey;
use crate::domain::own_names::OwnNames;
use crate::domain::pace::LONGEST_HOLD;
use crate::domain::root::Root;
use crate::domain::session::Caller;
use crate::domain::{Error, excerpt};
use crate::metrics::Metrics;
use crate::store::{PingEffects, Recorded, Store};
use api::JobNumber;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until};
use wire::HostId;
use wire::ping::{JobResult, Ping, Status};

/// How many jobs are offered at a time: so many share a commit, and their answers are in memory.
pub(crate) const OFFERS_AT_ONCE: usize = 256;

/// Answers pings.
pub(crate) struct Delivery {
    /// Hosts and jobs.
    pub(crate) store: Store,
    /// What is remembered of hosts.
    pub(crate) sessions: Arc<Sessions>,
    /// Held pings, and how to wake them.
    pub(crate) presence: Arc<Presence>,
    /// Tells every process of what held pings wait for.
    pub(crate) bus: Arc<dyn Bus>,
    /// The recent output of running jobs.
    pub(crate) live: Arc<LiveOutput>,
    /// The key that signs job requests.
    pub(crate) key: Arc<JobKey>,
    /// The root key and its key list, if there is a root key.
    pub(crate) root: Option<Arc<Root>>,
    /// Hosts that were sent a newer key list.
    pub(crate) key_list_notices: Notices,
    /// Hosts that were asked to replace their key.
    pub(crate) rotation_notices: Notices,
    /// Figures for monitors.
    pub(crate) metrics: Metrics,
    /// The time between pings.
    pub(crate) interval: Arc<PingInterval>,
    /// How many jobs may be offered at a time: the first hosts of a batch get their job before it
    /// is looked for what the last ones get.
    pub(crate) offers: Semaphore,
    /// How many answers may be signed at a time: one on each processor.
    pub(crate) signatures: Semaphore,
    /// Has what comes new give way to hosts that were woken.
    pub(crate) precedence: Arc<Precedence>,
    /// The names of control's own registry.
    pub(crate) names: watch::Receiver<OwnNames>,
    /// Becomes true when the service stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Delivery {
    /// Whether a ping that is not to be held is answered with nothing: control has nothing to
    /// write down, and nothing for the host. If so, it is done with.
    pub(crate) fn passes(&self, caller: &Caller, ping: &Ping, wait: Duration) -> bool {
        let Caller { host, session, .. } = caller;
        let passes = wait.is_zero()
            && session.is_idle(ping, unix_now())
            && !self.has_due_notice(*host, session);
        if passes {
            self.presence.note(*host);
        }
        passes
    }

    /// Records a ping and returns the body of its answer, if the host has something to do. A
    /// ping without a result is held for up to `wait` until it has; it has given its turns back by
    /// then.
    ///
    /// # Errors
    /// When the store or the key fails.
    pub(crate) async fn ping(
        self: &Arc<Self>,
        caller: &Caller,
        ping: Box<Ping>,
        wait: Duration,
        turns: Vec<Turn>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let held = self.presence.hold(caller.host, caller.n);
        let wait = match ping.result {
            Some(_) => Duration::ZERO,
            None => wait.min(LONGEST_HOLD),
        };
        let mut visit = Visit {
            host: caller.host,
            session: Arc::clone(&caller.session),
            wakes: caller.wakes,
            is_busy: !ping.received.is_empty() || ping.declines.is_some(),
            received: ping.received.clone(),
            effects: PingEffects::default(),
            deadline: Instant::now() + wait,
            again: None,
            is_gone: false,
            is_woken: false,
            look: caller.session.has_jobs,
        };
        if !caller.session.is_idle(&ping, unix_now()) {
            visit.effects = Box::pin(self.record_to_its_end(caller.host, ping, turns)).await?;
            visit.look = true;
        } else {
            drop((ping, turns));
        }
        while self.wait(&held, &mut visit).await {
            if let Some(body) = Box::pin(self.offer(caller, &mut visit)).await? {
                return Ok(Some(body));
            }
        }
        Ok(None)
    }

    /// Notes that a client follows the output of a running job. The host learns it from the
    /// answer to its next ping; a held ping is answered now.
    pub(crate) fn follow(&self, host: HostId, job: JobNumber) {
        self.bus.publish(Notification::Followed(host, job));
    }

    /// Does [`Delivery::record`] to its end: what is stored is also logged, and passed to clients
    /// that follow the job. Until then it takes its turns, also if the host hangs up.
    async fn record_to_its_end(
        self: &Arc<Self>,
        host: HostId,
        mut ping: Box<Ping>,
        turns: Vec<Turn>,
    ) -> Result<PingEffects, Error> {
        if let Some(result) = &mut ping.result {
            excerpt::shorten(result);
        }
        let (delivery, ping) = (Arc::clone(self), Arc::new(*ping));
        to_its_end(async move {
            let _turns = turns;
            delivery.record(host, &ping).await
        })
        .await
    }

    async fn record(&self, host: HostId, ping: &Arc<Ping>) -> Result<PingEffects, Error> {
        let now = unix_now();
        if let Some(number) = ping.keys {
            self.note_key_list_of(host, number).await?;
        }
        let effects = self.store.record_ping(host, ping, now).await?;
        if let Some((old, new)) = &effects.condition {
            old.log_change(host, new);
        }
        if let (Some(result), Some(recorded)) = (&ping.result, effects.recorded) {
            self.live.end(host, result.job_id);
            log_result(host, result, recorded);
            if matches!(recorded, Recorded::Yes(_)) {
                self.metrics.count_results(status(result), 1);
            }
        }
        let cancelled = Status::Cancelled.name();
        self.metrics.count_results(cancelled, effects.cancelled);
        if let Some(progress) = &ping.progress
            && self.store.is_open(host, progress.job_id).await?
        {
            self.live
                .add(host, progress, Instant::now().into_std(), now);
        }
        Ok(effects)
    }

    /// Logs hosts that have not pinged for two intervals, until the service stops.
    pub(crate) fn watch(&self) -> impl Future<Output = ()> + use<> {
        let presence = Arc::clone(&self.presence);
        let interval = Arc::clone(&self.interval);
        let mut stopping = self.stopping.clone();
        async move {
            loop {
                let silence = interval.silence();
                tokio::select! {
                    () = tokio::time::sleep(silence / 2) => {}
                    _ = stopping.wait_for(|stopping| *stopping) => return,
                }
                presence.log_gone(unix_now().saturating_sub(silence.as_secs()));
            }
        }
    }

    /// Waits until the host may have something to do; `false` if its ping is to be answered
    /// with nothing.
    async fn wait(&self, held: &Held, visit: &mut Visit) -> bool {
        let mut stopping = self.stopping.clone();
        loop {
            let mut wake_up = std::pin::pin!(held.notify().notified());
            wake_up.as_mut().enable();
            if held.is_over() || visit.is_gone {
                return false;
            }
            let wakes = self.presence.wakes(visit.host);
            let was_woken = wakes != visit.wakes;
            // The first look of a host that was not connected belongs to no wave.
            visit.is_woken = was_woken && visit.wakes.is_some();
            visit.wakes = wakes;
            if was_woken || visit.look || self.has_due_notice(visit.host, &visit.session) {
                return true;
            }
            let until = visit
                .again
                .map_or(visit.deadline, |again| again.min(visit.deadline));
            tokio::select! {
                () = wake_up => {}
                () = sleep_until(until) => match until == visit.deadline {
                    true => return false,
                    false => visit.look = true,
                },
                _ = stopping.wait_for(|stopping| *stopping) => return false,
            }
        }
    }
}

fn log_result(host: HostId, result: &JobResult, recorded: Recorded) {
    let number = result.job_id;
    match recorded {
        Recorded::Yes(job) => tracing::info!(
            %job, number, %host, status = status(result), milliseconds = result.milliseconds,
            "recorded a result"
        ),
        Recorded::No(reason) => tracing::info!(number, %host, reason, "ignored a result"),
    }
}
