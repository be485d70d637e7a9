//! The one writer: units of work that wait at the same time share a transaction, and with it
//! one wait for the disk.
//!
//! A unit is done whole or not at all, and is answered after the commit. One that fails takes
//! no other along. The queue is bounded, and what waits too long or is no longer wanted is
//! dropped before it begins: otherwise a slow disk would have control work for hosts that have
//! left, and answer none.

mod group;
mod queue;
mod shared;
#[cfg(test)]
mod tests;
mod unit;

use group::carry_out;
use queue::{Lane, Queue};
pub(super) use shared::OfHost;
use shared::Waiting;
pub(super) use unit::{Doing, LONGEST_WAIT};
use unit::{Piece, Unit, answer};

use super::first_offers::FirstOffer;
use super::pulses::Pulse;
use super::{Error, Result};
use sqlx::{SqliteConnection, SqlitePool};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// The most units that wait, numbers of pings, and first offers.
const MOST_WAITING: usize = 32_768;

/// How long a group may take before its commit, at least. What has not begun by then is for the
/// next one: so no ping waits long for what others write, however much that is.
const LEAST_WORK: Duration = Duration::from_millis(20);

/// The same at the most.
const MOST_WORK: Duration = Duration::from_millis(250);

/// Where units of work are handed in.
#[derive(Clone)]
pub(super) struct Writer {
    pulses: mpsc::Sender<Waiting<Pulse>>,
    offers: mpsc::Sender<Waiting<FirstOffer>>,
    pieces: mpsc::Sender<Box<dyn Piece>>,
    end: Arc<watch::Sender<bool>>,
    /// When something was last written, if it was; closed when the writer has ended.
    written: watch::Receiver<Option<Instant>>,
}

impl Writer {
    /// Begins to write, over a pool that has one connection.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (writer, queue, written) = Self::new(MOST_WAITING);
        tokio::spawn(run(pool, queue, written));
        writer
    }

    /// A writer that does nothing yet, and its queue of this length.
    fn new(length: usize) -> (Self, Queue, watch::Sender<Option<Instant>>) {
        let (pulses, waiting_pulses) = mpsc::channel(length);
        let (offers, waiting_offers) = mpsc::channel(length);
        let (pieces, waiting) = mpsc::channel(length);
        let (end, ending) = watch::channel(false);
        let (note_written, written) = watch::channel(None);
        let writer = Self {
            pulses,
            offers,
            pieces,
            end: Arc::new(end),
            written,
        };
        let (pulses, offers) = (Lane::new(waiting_pulses), Lane::new(waiting_offers));
        let queue = Queue::new(pulses, offers, waiting, ending);
        (writer, queue, note_written)
    }

    /// Does a unit of work, in one transaction with others; returns once it is durable. If the
    /// caller goes away, a unit that has not begun is dropped, and one that has is done.
    ///
    /// # Errors
    /// Those of the unit; [`Error::Busy`] if it did not begin in time.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
    {
        let (asker, answer) = answer();
        hand_in(&self.pieces, Box::new(Unit::new(work, asker)))?;
        answer.wait().await
    }

    /// Uses up the number of a token; all that wait are used up by one statement. `false` if it
    /// is not new, or the host has changed since its session was read.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(super) async fn take(&self, pulse: Pulse) -> Result<bool> {
        let (asker, answer) = answer();
        hand_in(&self.pulses, Waiting { what: pulse, asker })?;
        answer.wait().await
    }

    /// Notes a job as offered for the first time, and gives it its number; all that wait share two
    /// statements. `None` if it was cancelled or offered meanwhile.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(super) async fn offer(&self, offer: FirstOffer) -> Result<Option<i64>> {
        let (asker, answer) = answer();
        hand_in(&self.offers, Waiting { what: offer, asker })?;
        answer.wait().await
    }

    /// Does what waits, as far as there is time, and then ends: what is handed in later is
    /// refused.
    pub(super) async fn end(&self) {
        self.end.send_replace(true);
        self.ended().await;
    }

    /// Returns when the writer has ended. If nobody has [ended](Writer::end) it, it panicked.
    pub(super) async fn ended(&self) {
        let mut written = self.written.clone();
        while written.changed().await.is_ok() {}
    }

    /// Whether something was written within this time.
    pub(super) fn wrote_within(&self, time: Duration) -> bool {
        let written = *self.written.borrow();
        written.is_some_and(|written| written.elapsed() < time)
    }
}

fn hand_in<T>(queue: &mpsc::Sender<T>, what: T) -> Result<()> {
    queue.try_send(what).map_err(|error| match error {
        TrySendError::Full(_) => Error::Busy,
        TrySendError::Closed(_) => Error::closed(),
    })
}

async fn run(pool: SqlitePool, mut queue: Queue, written: watch::Sender<Option<Instant>>) {
    let mut last_commit = Duration::ZERO;
    while let Some(group) = queue.next().await {
        let (commit, rest) = carry_out(&pool, group, time_for_work(last_commit)).await;
        if let Some(took) = commit {
            last_commit = took;
            written.send_replace(Some(Instant::now()));
        }
        queue.put_back(rest);
    }
}

/// How long a group may take before its commit, after one that took so long to commit: as long
/// again. If commits are slow, short groups would have control wait for the disk nearly all the
/// time; and who waits for a group waits at most twice as long as for the disk alone.
fn time_for_work(last_commit: Duration) -> Duration {
    last_commit.clamp(LEAST_WORK, MOST_WORK)
}
