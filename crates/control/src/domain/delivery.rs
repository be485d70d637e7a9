//! Pings: recording what a host reports, and answering with what it is to do.

use super::job::status;
use super::keys::JobKey;
use super::live_output::LiveOutput;
use super::notices::Notices;
use super::own_names::OwnNames;
use super::ping_interval::PingInterval;
use super::presence::{Held, Presence};
use super::root::{Listed, Root};
use super::session::Caller;
use super::visit::Visit;
use super::{Error, excerpt};
use crate::clock::unix_now;
use crate::fleet::sessions::Sessions;
use crate::metrics::Metrics;
use crate::store::{DueWork, NextJob, Offer, PingEffects, Recorded, Store};
use api::{JobId, JobNumber};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until};
use wire::HostId;
use wire::command::Command;
use wire::envelope::Envelope;
use wire::job_id;
use wire::limits::MOST_ANSWER;
use wire::ping::{JobResult, Ping};

/// How long an envelope is valid, in seconds.
const VALID: u64 = 300;

/// How long control waits before it repeats a cancel that had no effect yet, or a query
/// that was not answered.
pub(crate) const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// The longest that a ping is held, even if the host asks for more.
pub(crate) const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// How many pings are looked after at a time.
pub(crate) const OFFERS_AT_ONCE: usize = 64;

/// Answers pings.
pub(crate) struct Delivery {
    /// Hosts and jobs.
    pub(crate) store: Store,
    /// What is remembered of hosts.
    pub(crate) sessions: Arc<Sessions>,
    /// Held pings, and how to wake them.
    pub(crate) presence: Arc<Presence>,
    /// The recent output of running jobs.
    pub(crate) live: Arc<LiveOutput>,
    /// The key that signs job requests.
    pub(crate) key: JobKey,
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
    /// How many pings may be looked after at a time: the first hosts of a batch get their job
    /// before it is looked for what the last ones get.
    pub(crate) offers: Semaphore,
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
        let passes =
            wait.is_zero() && session.is_idle(ping, unix_now()) && !self.has_news(*host, session);
        if passes {
            self.presence.note(*host);
        }
        passes
    }

    /// Records a ping and returns the body of its answer, if the host has something to do. A
    /// ping without a result is held for up to `wait` until it has.
    ///
    /// # Errors
    /// When the store or the key fails.
    pub(crate) async fn ping(
        self: &Arc<Self>,
        caller: &Caller,
        ping: Ping,
        wait: Duration,
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
            look: caller.session.has_jobs,
        };
        if !caller.session.is_idle(&ping, unix_now()) {
            visit.effects = Box::pin(self.record_to_its_end(caller.host, ping)).await?;
            visit.look = true;
        }
        while self.wait(&held, &mut visit).await {
            let _turn = self.offers.acquire().await;
            if let Some(body) = Box::pin(self.offer(caller, &mut visit)).await? {
                return Ok(Some(body));
            }
        }
        Ok(None)
    }

    /// Ends a job that cannot be delivered: it would block the jobs behind it for ever.
    async fn give_up(&self, host: HostId, job: JobId, why: &str) -> Result<(), Error> {
        self.store.refuse(job, why, unix_now()).await?;
        tracing::error!(%job, %host, why, "a job cannot be delivered");
        Ok(())
    }

    /// Notes that a client follows the output of a running job. The host learns it from the
    /// answer to its next ping; a held ping is answered now.
    pub(crate) fn follow(&self, host: HostId, job: JobNumber) {
        if self
            .live
            .follow(host, job.number(), Instant::now().into_std())
        {
            self.presence.wake(host);
        }
    }

    /// Does [`Delivery::record`] to its end even if the host hangs up: what is stored is also
    /// logged, and passed to clients that follow the job.
    async fn record_to_its_end(
        self: &Arc<Self>,
        host: HostId,
        mut ping: Ping,
    ) -> Result<PingEffects, Error> {
        if let Some(result) = &mut ping.result {
            excerpt::shorten(result);
        }
        let (delivery, ping) = (Arc::clone(self), Arc::new(ping));
        tokio::spawn(async move { delivery.record(host, &ping).await })
            .await
            .map_err(|error| Error::internal("recording a ping", error))?
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
                self.metrics.count_result(status(result));
            }
        }
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
            visit.wakes = wakes;
            if was_woken || visit.look || self.has_news(visit.host, &visit.session) {
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

    /// The body of the answer, if something is due for the host.
    async fn offer(&self, caller: &Caller, visit: &mut Visit) -> Result<Option<Vec<u8>>, Error> {
        let host = caller.host;
        visit.look = false;
        let read = self.sessions.read(host).await?;
        // Whoever was removed or disabled meanwhile, or has an old key, gets the answer for
        // strangers: nothing may be noted as sent to them.
        let Some(session) = read.filter(|read| read.has_same_key(&caller.session)) else {
            visit.is_gone = true;
            return Ok(None);
        };
        visit.session = session;
        loop {
            let (offer, again) = self.due_offer(visit).await?;
            visit.again = again.map(|wait| Instant::now() + wait);
            let Some(offer) = self.complete(offer, visit) else {
                return Ok(None);
            };
            let keys = self.newer_key_list(&visit.session);
            let body = self.sign(caller, visit, &offer, keys.as_deref()).await?;
            if let Some(job) = offer.job.as_ref().filter(|_| body.len() > MOST_ANSWER) {
                self.give_up(host, job.id, &too_large(body.len())).await?;
                continue;
            }
            self.note_offer(host, &offer);
            if let Some(keys) = keys {
                self.note_key_list_sent(host, keys.list.number);
            }
            return Ok(Some(body));
        }
    }

    fn note_offer(&self, host: HostId, offer: &Offer) {
        log_offer(host, offer);
        if let Some(job) = offer.job.as_ref().filter(|job| job.is_first) {
            let created = job_id::unix_seconds(job.id.number());
            let delay = unix_now().saturating_sub(created);
            self.metrics.note_first_offer(Duration::from_secs(delay));
        }
    }

    /// What is due for the host; if nothing is, how long until something may be. A job whose
    /// command cannot be read is ended, and the next one is due.
    async fn due_offer(&self, visit: &Visit) -> Result<(Option<Offer>, Option<Duration>), Error> {
        let (host, session) = (visit.host, &visit.session);
        let interval = self.new_interval(session);
        loop {
            let due = match session.has_jobs || interval.is_some() {
                true => {
                    self.store
                        .due_work(host, visit.is_busy, interval, unix_now())
                        .await?
                }
                false => DueWork::Nothing(None),
            };
            let due = match due {
                DueWork::Offer(offer) => return Ok((Some(*offer), None)),
                DueWork::Nothing(due) => due,
                DueWork::Unreadable(job, error) => {
                    let why = format!("control can no longer read its command: {error}");
                    self.give_up(host, job, &why).await?;
                    continue;
                }
            };
            return Ok(match self.has_notice(host, session) {
                true => (Some(Offer::default()), None),
                false => (None, due),
            });
        }
    }

    /// Adds what the ping itself gives a reason for, and the jobs that clients follow.
    fn complete(&self, offer: Option<Offer>, visit: &Visit) -> Option<Offer> {
        let Visit {
            host,
            received,
            effects,
            ..
        } = visit;
        let mut follow = self.live.followed(*host, Instant::now().into_std());
        follow.retain(|job| received.contains(job));
        let has_reason =
            !(effects.ended.is_empty() && effects.unnamed.is_empty() && follow.is_empty());
        if offer.is_none() && !has_reason {
            return None;
        }
        let mut offer = offer.unwrap_or_default();
        offer.cancel.extend(&effects.ended);
        offer.query.clone_from(&effects.unnamed);
        offer.follow = follow;
        Some(offer)
    }

    /// The command of a job, with what its host pulls the package with.
    fn request_of(&self, job: &NextJob, host: HostId) -> Command {
        let mut request = job.command.clone();
        let pull_key = self.store.pull_key();
        pull_key.complete(&mut request, job.id, host, &self.names.borrow());
        request
    }

    async fn sign(
        &self,
        caller: &Caller,
        visit: &Visit,
        offer: &Offer,
        keys: Option<&Listed>,
    ) -> Result<Vec<u8>, Error> {
        let now = unix_now();
        let value = match &offer.job {
            Some(job) => self.request_of(job, caller.host),
            None => Command::default(),
        };
        let envelope = Envelope {
            value,
            interval: self.interval.nanoseconds(),
            host: Some(caller.host),
            n: Some(caller.n),
            issued: Some(now),
            expires: Some(now + VALID),
            cancel: offer.cancel.clone(),
            query: offer.query.clone(),
            follow: offer.follow.clone(),
            rotate: self.note_rotation_sent(caller.host, &visit.session),
        };
        let keys = keys.map(|keys| keys.signed.clone());
        self.key.sign(envelope, keys, now).await
    }
}

fn too_large(size: usize) -> String {
    format!(
        "control cannot deliver it: the signed request takes {size} bytes, and agents read up to {MOST_ANSWER}"
    )
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

/// Logs what an answer asks of a host. Every answer offers a job until the host has it, so
/// only the first offer is logged at the default level.
fn log_offer(host: HostId, offer: &Offer) {
    if let Some(next) = &offer.job {
        log_job(host, next);
    }
    if !offer.cancel.is_empty() {
        tracing::info!(numbers = ?offer.cancel, %host, "asked the host to end jobs, signed");
    }
    if !offer.query.is_empty() {
        tracing::warn!(numbers = ?offer.query, %host, "the host no longer names jobs that it held: asked for their results");
    }
}

fn log_job(host: HostId, next: &NextJob) {
    let job = next.id;
    let Command {
        job_id: number,
        package,
        function,
        ..
    } = &next.command;
    if next.is_first {
        tracing::info!(%job, number, %host, package, function, "offered a job, signed");
    } else {
        tracing::debug!(%job, number, %host, package, function, "offered a job again, signed");
    }
}
