//! How much of what hosts ask is worked on at a time.
//!
//! When all hosts return at once, the machine works on as many requests as share a commit; the
//! others wait for their turn, and what waits too long is refused before anything is done for it.
//! Users' requests need no turn, so the machine is never busy with hosts only.

use crate::domain::unavailable::Unavailable;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Requests that are worked on at a time.
const AT_ONCE: usize = 1_024;

/// Requests that wait for their turn.
const MOST_WAITING: usize = 16_384;

/// How long they may wait. An agent waits a minute for its answer.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Kibibytes of large bodies that are in memory at a time.
const MEMORY: u32 = 256 * 1_024;

/// Admits requests of hosts.
pub(crate) struct Admission {
    turns: Gate,
    memory: Gate,
}

/// A request that is worked on, or memory that it takes, until this is dropped.
pub(crate) struct Turn(#[expect(dead_code, reason = "it counts")] OwnedSemaphorePermit);

impl Default for Admission {
    fn default() -> Self {
        Self {
            turns: Gate::new(AT_ONCE),
            memory: Gate::new(MEMORY as usize),
        }
    }
}

impl Admission {
    /// Waits until a request may be worked on. Hold the turn while the host may wait for control,
    /// and not while control waits for the host.
    ///
    /// # Errors
    /// [`Unavailable::Busy`] if too many wait, or it takes too long.
    pub(crate) async fn turn(&self) -> Result<Turn, Unavailable> {
        self.turns.pass(1).await
    }

    /// Waits until a body of so many bytes may be read.
    ///
    /// # Errors
    /// As [`Admission::turn`].
    pub(crate) async fn memory(&self, bytes: u64) -> Result<Turn, Unavailable> {
        let kibibytes = u32::try_from(bytes.div_ceil(1_024)).unwrap_or(MEMORY);
        self.memory.pass(kibibytes.min(MEMORY)).await
    }
}

/// What only so much may pass at a time, first come, first served.
struct Gate {
    free: Arc<Semaphore>,
    places: Semaphore,
}

impl Gate {
    fn new(width: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(width)),
            places: Semaphore::new(MOST_WAITING),
        }
    }

    async fn pass(&self, width: u32) -> Result<Turn, Unavailable> {
        let _place = self.places.try_acquire().map_err(|_| Unavailable::Busy)?;
        let passed = timeout(
            LONGEST_WAIT,
            Arc::clone(&self.free).acquire_many_owned(width),
        );
        match passed.await {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Unavailable::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_refused_and_who_is_next_passes() {
        let admission = Admission::default();
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(admission.turn().await.unwrap());
        }
        let began = Instant::now();
        assert_eq!(admission.turn().await.err(), Some(Unavailable::Busy));
        assert_eq!(began.elapsed(), LONGEST_WAIT);
        let next = admission.turn();
        turns.pop();
        assert!(next.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn abuse_more_wait_than_there_are_places() {
        let gate = Arc::new(Gate::new(0));
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..MOST_WAITING {
            let gate = Arc::clone(&gate);
            waiting.spawn(async move { gate.pass(1).await.is_ok() });
        }
        while gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let began = Instant::now();
        assert!(gate.pass(1).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn abuse_large_bodies_fill_no_more_memory_than_there_is_for_them() {
        let admission = Admission::default();
        let largest = admission.memory(u64::MAX).await.unwrap();
        assert!(admission.memory(1).await.is_err());
        drop(largest);
        let _one = admission.memory(1).await.unwrap();
        assert!(admission.memory(u64::MAX).await.is_err());
    }
}
