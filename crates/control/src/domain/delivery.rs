//! Pings: taking in what a host says and telling it what to do.

use super::Error;
use super::keys::JobKey;
use super::presence::Presence;
use crate::clock::unix_now;
use crate::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use wire::HostId;
use wire::envelope::Envelope;
use wire::ping::Ping;

/// For how long an envelope may be acted on, in seconds.
const VALID: u64 = 300;

/// The longest that a ping is held, whatever the host asks for.
const LONGEST_HOLD: Duration = Duration::from_secs(60);

/// Answers pings.
pub(crate) struct Delivery {
    /// Where everything is.
    pub(crate) store: Store,
    /// Who is there, and how to wake them.
    pub(crate) presence: Arc<Presence>,
    /// What signs.
    pub(crate) key: JobKey,
    /// Nanoseconds between pings.
    pub(crate) interval: i64,
    /// Turns true when the service stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Delivery {
    /// Takes a ping in and returns the body to answer it with, if there is
    /// something to do. A ping without a result is held for up to `wait` until
    /// there is.
    ///
    /// # Errors
    /// [`Error::Internal`] when the store or the key fails.
    pub(crate) async fn ping(
        &self,
        host: HostId,
        n: u64,
        ping: &Ping,
        wait: Duration,
    ) -> Result<Option<Vec<u8>>, Error> {
        self.store.take_in(host, ping, unix_now()).await?;
        let wait = match ping.result {
            Some(_) => Duration::ZERO,
            None => wait.min(LONGEST_HOLD),
        };
        match self.hold(host, n, wait).await? {
            Some(envelope) => self.key.sign(envelope, unix_now()).await.map(Some),
            None => Ok(None),
        }
    }

    async fn hold(&self, host: HostId, n: u64, wait: Duration) -> Result<Option<Envelope>, Error> {
        let held = self.presence.hold(host);
        let deadline = Instant::now() + wait;
        let mut stopping = self.stopping.clone();
        loop {
            let mut ring = std::pin::pin!(held.bell().notified());
            ring.as_mut().enable();
            if let Some(envelope) = self.offer(host, n).await? {
                return Ok(Some(envelope));
            }
            tokio::select! {
                () = ring => {}
                () = sleep_until(deadline) => return Ok(None),
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(None),
            }
        }
    }

    async fn offer(&self, host: HostId, n: u64) -> Result<Option<Envelope>, Error> {
        let now = unix_now();
        let Some(offer) = self.store.offer(host, self.interval, now).await? else {
            return Ok(None);
        };
        Ok(Some(Envelope {
            value: offer.command.unwrap_or_default(),
            interval: self.interval,
            host: Some(host),
            n: Some(n),
            issued: Some(now),
            expires: Some(now + VALID),
            cancel: offer.cancel,
        }))
    }
}
