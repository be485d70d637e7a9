//! Pings: taking in what a host says and telling it what to do.

use super::job::status;
use super::key_news::KeyNews;
use super::keys::JobKey;
use super::live::Live;
use super::ping_interval::PingInterval;
use super::presence::{Held, Presence};
use super::root::{Listed, Root};
use super::{Error, excerpt};
use crate::clock::unix_now;
use crate::store::{News, Offer, Recorded, Store, TakenIn};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use wire::HostId;
use wire::command::Command;
use wire::envelope::Envelope;
use wire::limits::MOST_ANSWER;
use wire::ping::{JobResult, Ping};

/// For how long an envelope may be acted on, in seconds.
const VALID: u64 = 300;

/// After what time a host that has not ended a cancelled job is told again, and
/// one that has not said what became of a job is asked again.
pub(crate) const TELL_AGAIN: Duration = Duration::from_secs(30);

/// The longest that a ping is held, whatever the host asks for.
pub(crate) const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// Answers pings.
pub(crate) struct Delivery {
    /// Where everything is.
    pub(crate) store: Store,
    /// Who is there, and how to wake them.
    pub(crate) presence: Arc<Presence>,
    /// What running jobs have printed lately.
    pub(crate) live: Arc<Live>,
    /// What signs.
    pub(crate) key: JobKey,
    /// What vouches for that key and others, if there is a root key.
    pub(crate) root: Option<Arc<Root>>,
    /// Which hosts were told of a newer list.
    pub(crate) told_keys: KeyNews,
    /// Which hosts were told to replace their keys.
    pub(crate) told_rotation: KeyNews,
    /// The time between pings.
    pub(crate) interval: Arc<PingInterval>,
    /// Turns true when the service stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Delivery {
    /// Takes a ping in and returns the body to answer it with, if there is
    /// something to do. A ping without a result is held for up to `wait` until
    /// there is.
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
        let taken = self.take_in_whole(host, &ping).await?;
        let wait = match ping.result {
            Some(_) => Duration::ZERO,
            None => wait.min(LONGEST_HOLD),
        };
        while let Some(offer) = self.wait(&held, host, &ping, &taken, wait).await? {
            let keys = self.newer_keys(host).await?;
            let body = self.sign(host, n, &offer, keys.as_deref()).await?;
            if let Some(command) = offer.command.as_ref().filter(|_| body.len() > MOST_ANSWER) {
                self.give_up(host, command.job_id, &too_large(body.len()))
                    .await?;
                continue;
            }
            note(host, &offer);
            if let Some(keys) = keys {
                self.note_keys_told(host, keys.list.number);
            }
            return Ok(Some(body));
        }
        Ok(None)
    }

    /// Ends a job that cannot be delivered: whatever waits behind it would wait for
    /// ever.
    async fn give_up(&self, host: HostId, job: i64, why: &str) -> Result<(), Error> {
        self.store.refuse(host, job, why, unix_now()).await?;
        tracing::error!(job, %host, why, "a job cannot be delivered");
        Ok(())
    }

    /// Notes that somebody waits for the output of a job that has not ended. Its
    /// host is told with the answer to a ping; one that is held is answered now.
    pub(crate) fn follow(&self, host: HostId, job: i64) {
        if self.live.follow(host, job, Instant::now().into_std()) {
            self.presence.wake(host);
        }
    }

    /// As [`Delivery::take_in`], to its end even if the host hangs up meanwhile:
    /// what is stored is logged too, and counts for whoever follows the job.
    async fn take_in_whole(
        self: &Arc<Self>,
        host: HostId,
        ping: &Arc<Ping>,
    ) -> Result<TakenIn, Error> {
        let (delivery, ping) = (Arc::clone(self), Arc::clone(ping));
        tokio::spawn(async move { delivery.take_in(host, &ping).await })
            .await
            .map_err(|error| Error::internal("taking in a ping", error))?
    }

    async fn take_in(&self, host: HostId, ping: &Ping) -> Result<TakenIn, Error> {
        let now = unix_now();
        if let Some(number) = ping.keys {
            self.note_keys_of(host, number).await?;
        }
        let taken = self.store.take_in(host, ping, now).await?;
        if let Some((old, new)) = &taken.condition {
            old.log_change(host, new);
        }
        if let (Some(result), Some(recorded)) = (&ping.result, taken.recorded) {
            self.live.end(host, result.job_id);
            log_result(host, result, recorded);
        }
        if let Some(progress) = &ping.progress
            && self.store.is_open(host, progress.job_id).await?
        {
            self.live
                .take_in(host, progress, Instant::now().into_std(), now);
        }
        Ok(taken)
    }

    /// Watches, until the service stops, for hosts that have not pinged for two
    /// intervals.
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
                presence.note_gone(unix_now().saturating_sub(silence.as_secs()));
            }
        }
    }

    async fn wait(
        &self,
        held: &Held,
        host: HostId,
        ping: &Ping,
        taken: &TakenIn,
        wait: Duration,
    ) -> Result<Option<Offer>, Error> {
        let deadline = Instant::now() + wait;
        let is_busy = !ping.received.is_empty() || ping.declines.is_some();
        let mut stopping = self.stopping.clone();
        loop {
            let mut ring = std::pin::pin!(held.bell().notified());
            ring.as_mut().enable();
            if held.is_over() {
                return Ok(None);
            }
            let news = self
                .store
                .news(host, is_busy, self.interval.nanoseconds(), unix_now());
            let (offer, due) = match news.await? {
                News::Offer(offer) => (Some(*offer), None),
                News::Unreadable(job, error) => {
                    let why = format!("control cannot read its command any more: {error}");
                    self.give_up(host, job, &why).await?;
                    continue;
                }
                News::Nothing(_)
                    if self.keys_are_due(host).await? || self.rotation_is_due(host).await? =>
                {
                    (Some(Offer::default()), None)
                }
                News::Nothing(due) => (None, due),
            };
            let offer = self.complete(offer, host, &ping.received, taken);
            if offer.is_some() {
                return Ok(offer);
            }
            let until = due.map_or(deadline, |wait| deadline.min(Instant::now() + wait));
            tokio::select! {
                () = ring => {}
                () = sleep_until(until) => if until == deadline { return Ok(None) },
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(None),
            }
        }
    }

    /// Adds what the ping itself is a reason to say, and who waits for output.
    fn complete(
        &self,
        offer: Option<Offer>,
        host: HostId,
        held: &[i64],
        taken: &TakenIn,
    ) -> Option<Offer> {
        let mut follow = self.live.followed(host, Instant::now().into_std());
        follow.retain(|job| held.contains(job));
        let has_reason = !(taken.over.is_empty() && taken.lost.is_empty() && follow.is_empty());
        if offer.is_none() && !has_reason {
            return None;
        }
        let mut offer = offer.unwrap_or_default();
        offer.cancel.extend(&taken.over);
        offer.query.clone_from(&taken.lost);
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
            rotate: self.note_rotation_told(host).await?,
        };
        let keys = keys.map(|keys| keys.signed.clone());
        self.key.sign(envelope, keys, now).await
    }
}

/// Keys of hosts that operators want replaced.
impl Delivery {
    async fn rotation_is_due(&self, host: HostId) -> Result<bool, Error> {
        let asked = self.store.rotation_asked(host).await?;
        Ok(asked.is_some_and(|since| self.told_rotation.is_due(host, since)))
    }

    /// Whether the answer that is being made tells a host to replace its key.
    async fn note_rotation_told(&self, host: HostId) -> Result<bool, Error> {
        let asked = self.store.rotation_asked(host).await?;
        match asked {
            Some(since) => self.told_rotation.note(host, since),
            None => self.told_rotation.forget(host),
        }
        Ok(asked.is_some())
    }
}

/// The list of keys that travels with answers.
impl Delivery {
    async fn note_keys_of(&self, host: HostId, number: u64) -> Result<(), Error> {
        self.store.note_key_list(host, number).await?;
        tracing::info!(%host, "a host goes by key list {number}");
        let Some(root) = &self.root else {
            return Ok(());
        };
        let newest = root.listed().list.number;
        if number == newest {
            self.told_keys.forget(host);
        } else if number > newest {
            tracing::warn!(
                %host, number, newest,
                "a host goes by a newer key list than this service: import the newest one (`pilotctl key list-import`)"
            );
        }
        Ok(())
    }

    /// The list in force, if the host goes by an older one.
    async fn newer_keys(&self, host: HostId) -> Result<Option<Arc<Listed>>, Error> {
        let Some(root) = &self.root else {
            return Ok(None);
        };
        let listed = root.listed();
        let number = self.store.key_list_of(host).await?;
        Ok(number
            .is_some_and(|number| number < listed.list.number)
            .then_some(listed))
    }

    async fn keys_are_due(&self, host: HostId) -> Result<bool, Error> {
        let keys = self.newer_keys(host).await?;
        Ok(keys.is_some_and(|keys| self.told_keys.is_due(host, keys.list.number)))
    }

    fn note_keys_told(&self, host: HostId, number: u64) {
        if self.told_keys.is_due(host, number) {
            tracing::info!(%host, number, "told a host of a newer key list");
        }
        self.told_keys.note(host, number);
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

/// Says in the log what a host was told. A job is offered in every answer
/// until the host has it; once is news.
fn note(host: HostId, offer: &Offer) {
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
        tracing::info!(jobs = ?offer.cancel, %host, "told a host to end jobs, signed");
    }
    if !offer.query.is_empty() {
        tracing::warn!(jobs = ?offer.query, %host, "asked a host what became of jobs that it no longer names");
    }
}
