//! Pings: recording what a host reports, and answering with what it is to do.

use super::job::status;
use super::keys::JobKey;
use super::live_output::LiveOutput;
use super::notices::Notices;
use super::ping_interval::PingInterval;
use super::presence::{Held, Presence};
use super::root::{Listed, Root};
use super::{Error, excerpt};
use crate::clock::unix_now;
use crate::metrics::Metrics;
use crate::store::{DueWork, Offer, PingEffects, Recorded, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
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

/// Answers pings.
pub(crate) struct Delivery {
    /// Hosts and jobs.
    pub(crate) store: Store,
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
    /// Becomes true when the service stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Delivery {
    /// Records a ping and returns the body of its answer, if the host has something to do. A
    /// ping without a result is held for up to `wait` until it has.
    ///
    /// # Errors
    /// When the store or the key fails.
    pub(crate) async fn ping(
        self: &Arc<Self>,
        host: HostId,
        n: u64,
        mut ping: Ping,
        wait: Duration,
    ) -> Result<Option<Vec<u8>>, Error> {
        let held = self.presence.hold(host, n);
        if let Some(result) = &mut ping.result {
            excerpt::shorten(result);
        }
        let ping = Arc::new(ping);
        let effects = self.record_to_its_end(host, &ping).await?;
        let wait = match ping.result {
            Some(_) => Duration::ZERO,
            None => wait.min(LONGEST_HOLD),
        };
        while let Some(offer) = self.wait(&held, host, &ping, &effects, wait).await? {
            let keys = self.newer_key_list(host).await?;
            let body = self.sign(host, n, &offer, keys.as_deref()).await?;
            if let Some(command) = offer.command.as_ref().filter(|_| body.len() > MOST_ANSWER) {
                self.give_up(host, command.job_id, &too_large(body.len()))
                    .await?;
                continue;
            }
            log_offer(host, &offer);
            if let Some(command) = offer.command.as_ref().filter(|_| offer.is_first) {
                let created = job_id::unix_seconds(command.job_id);
                let delay = unix_now().saturating_sub(created);
                self.metrics.note_first_offer(Duration::from_secs(delay));
            }
            if let Some(keys) = keys {
                self.note_key_list_sent(host, keys.list.number);
            }
            return Ok(Some(body));
        }
        Ok(None)
    }

    /// Ends a job that cannot be delivered: it would block the jobs behind it for ever.
    async fn give_up(&self, host: HostId, job: i64, why: &str) -> Result<(), Error> {
        self.store.refuse(host, job, why, unix_now()).await?;
        tracing::error!(job, %host, why, "a job cannot be delivered");
        Ok(())
    }

    /// Notes that a client follows the output of a running job. The host learns it from the
    /// answer to its next ping; a held ping is answered now.
    pub(crate) fn follow(&self, host: HostId, job: i64) {
        if self.live.follow(host, job, Instant::now().into_std()) {
            self.presence.wake(host);
        }
    }

    /// Does [`Delivery::record`] to its end even if the host hangs up: what is stored is also
    /// logged, and passed to clients that follow the job.
    async fn record_to_its_end(
        self: &Arc<Self>,
        host: HostId,
        ping: &Arc<Ping>,
    ) -> Result<PingEffects, Error> {
        let (delivery, ping) = (Arc::clone(self), Arc::clone(ping));
        tokio::spawn(async move { delivery.record(host, &ping).await })
            .await
            .map_err(|error| Error::internal("recording a ping", error))?
    }

    async fn record(&self, host: HostId, ping: &Ping) -> Result<PingEffects, Error> {
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
            if recorded == Recorded::Yes {
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

    async fn wait(
        &self,
        held: &Held,
        host: HostId,
        ping: &Ping,
        effects: &PingEffects,
        wait: Duration,
    ) -> Result<Option<Offer>, Error> {
        let deadline = Instant::now() + wait;
        let is_busy = !ping.received.is_empty() || ping.declines.is_some();
        let mut stopping = self.stopping.clone();
        loop {
            let mut wake_up = std::pin::pin!(held.notify().notified());
            wake_up.as_mut().enable();
            if held.is_over() {
                return Ok(None);
            }
            let (offer, due) = self.due_offer(host, is_busy).await?;
            let offer = self.complete(offer, host, &ping.received, effects);
            if offer.is_some() {
                return Ok(offer);
            }
            let until = due.map_or(deadline, |wait| deadline.min(Instant::now() + wait));
            tokio::select! {
                () = wake_up => {}
                () = sleep_until(until) => if until == deadline { return Ok(None) },
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(None),
            }
        }
    }

    /// What is due for the host; if nothing is, how long until something may be. A job whose
    /// command cannot be read is ended, and the next one is due.
    async fn due_offer(
        &self,
        host: HostId,
        is_busy: bool,
    ) -> Result<(Option<Offer>, Option<Duration>), Error> {
        loop {
            let work = self
                .store
                .due_work(host, is_busy, self.interval.nanoseconds(), unix_now());
            let due = match work.await? {
                DueWork::Offer(offer) => return Ok((Some(*offer), None)),
                DueWork::Nothing(due) => due,
                DueWork::Unreadable(job, error) => {
                    let why = format!("control can no longer read its command: {error}");
                    self.give_up(host, job, &why).await?;
                    continue;
                }
            };
            let has_notice =
                self.key_list_is_due(host).await? || self.rotation_is_due(host).await?;
            return Ok(match has_notice {
                true => (Some(Offer::default()), None),
                false => (None, due),
            });
        }
    }

    /// Adds what the ping itself gives a reason for, and the jobs that clients follow.
    fn complete(
        &self,
        offer: Option<Offer>,
        host: HostId,
        held: &[i64],
        effects: &PingEffects,
    ) -> Option<Offer> {
        let mut follow = self.live.followed(host, Instant::now().into_std());
        follow.retain(|job| held.contains(job));
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

    async fn sign(
        &self,
        host: HostId,
        n: u64,
        offer: &Offer,
        keys: Option<&Listed>,
    ) -> Result<Vec<u8>, Error> {
        let now = unix_now();
        let envelope = Envelope {
            value: offer.command.clone().unwrap_or_default(),
            interval: self.interval.nanoseconds(),
            host: Some(host),
            n: Some(n),
            issued: Some(now),
            expires: Some(now + VALID),
            cancel: offer.cancel.clone(),
            query: offer.query.clone(),
            follow: offer.follow.clone(),
            rotate: self.note_rotation_sent(host).await?,
        };
        let keys = keys.map(|keys| keys.signed.clone());
        self.key.sign(envelope, keys, now).await
    }
}

/// Rotation of host keys.
impl Delivery {
    async fn rotation_is_due(&self, host: HostId) -> Result<bool, Error> {
        let asked = self.store.rotation_asked(host).await?;
        Ok(asked.is_some_and(|since| self.rotation_notices.is_due(host, since)))
    }

    /// Whether the answer has to ask the host to replace its key; notes that it does.
    async fn note_rotation_sent(&self, host: HostId) -> Result<bool, Error> {
        let asked = self.store.rotation_asked(host).await?;
        match asked {
            Some(since) => self.rotation_notices.sent(host, since),
            None => self.rotation_notices.forget(host),
        }
        Ok(asked.is_some())
    }
}

/// The key list that answers carry.
impl Delivery {
    async fn note_key_list_of(&self, host: HostId, number: u64) -> Result<(), Error> {
        self.store.note_key_list(host, number).await?;
        tracing::info!(%host, "the host trusts key list {number}");
        let Some(root) = &self.root else {
            return Ok(());
        };
        let newest = root.listed().list.number;
        if number == newest {
            self.key_list_notices.forget(host);
        } else if number > newest {
            tracing::warn!(
                %host, number, newest,
                "the host trusts a newer key list than this service: import the newest one (`pilotctl key list-import`)"
            );
        }
        Ok(())
    }

    /// The list in force, if the host trusts an older one.
    async fn newer_key_list(&self, host: HostId) -> Result<Option<Arc<Listed>>, Error> {
        let Some(root) = &self.root else {
            return Ok(None);
        };
        let listed = root.listed();
        let number = self.store.key_list_of(host).await?;
        Ok(number
            .is_some_and(|number| number < listed.list.number)
            .then_some(listed))
    }

    async fn key_list_is_due(&self, host: HostId) -> Result<bool, Error> {
        let keys = self.newer_key_list(host).await?;
        Ok(keys.is_some_and(|keys| self.key_list_notices.is_due(host, keys.list.number)))
    }

    fn note_key_list_sent(&self, host: HostId, number: u64) {
        if self.key_list_notices.is_due(host, number) {
            tracing::info!(%host, number, "sent a newer key list to the host");
        }
        self.key_list_notices.sent(host, number);
    }
}

fn too_large(size: usize) -> String {
    format!(
        "control cannot deliver it: the signed request takes {size} bytes, and agents read up to {MOST_ANSWER}"
    )
}

fn log_result(host: HostId, result: &JobResult, recorded: Recorded) {
    let job = result.job_id;
    match recorded {
        Recorded::Yes => tracing::info!(
            job, %host, status = status(result), milliseconds = result.milliseconds,
            "recorded a result"
        ),
        Recorded::No(reason) => tracing::info!(job, %host, reason, "ignored a result"),
    }
}

/// Logs what an answer asks of a host. Every answer offers a job until the host has it, so
/// only the first offer is logged at the default level.
fn log_offer(host: HostId, offer: &Offer) {
    if let Some(Command {
        job_id: job,
        package,
        function,
        ..
    }) = &offer.command
    {
        if offer.is_first {
            tracing::info!(job, %host, package, function, "offered a job, signed");
        } else {
            tracing::debug!(job, %host, package, function, "offered a job again, signed");
        }
    }
    if !offer.cancel.is_empty() {
        tracing::info!(jobs = ?offer.cancel, %host, "asked the host to end jobs, signed");
    }
    if !offer.query.is_empty() {
        tracing::warn!(jobs = ?offer.query, %host, "the host no longer names jobs that it held: asked for their results");
    }
}
