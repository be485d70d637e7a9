//! How much of what hosts ask is worked on at a time.
//!
//! When all hosts return at once, the machine works on as many requests as share a commit; the
//! others wait for their turn, and what waits too long is refused before anything is done for it.
//! Users' requests need no turn, so the machine is never busy with hosts only.

use super::precedence::Precedence;
use super::processors;
use crate::domain::unavailable::Unavailable;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use wire::HostId;

/// Requests that are worked on at a time.
const AT_ONCE: usize = 1_024;

/// Of them, those that are begun with while a wave of woken hosts waits for its jobs.
const AT_ONCE_BESIDE_A_WAVE: usize = 8;

/// TLS handshakes of strangers whose costly part is done at a time, and of all others while a wave of
/// woken hosts waits. Without a wave, the others have one for each processor.
const FEW_HANDSHAKES: usize = 1;

/// Requests that wait for their turn.
const MOST_WAITING: usize = 16_384;

/// How long they may wait. An agent waits a minute for its answer.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Kibibytes of large bodies that are in memory at a time.
const MEMORY: u32 = 256 * 1_024;

/// Kibibytes of enrolments that are in memory at a time: anybody may send one.
const ENROLMENTS: u32 = 64 * 1_024;

/// Kibibytes of the shorter ones of them, which have memory of their own: a few hosts that announce
/// the largest bodies would keep the results of all others out.
const MEMORY_OF_SHORT: u32 = 64 * 1_024;

/// The largest of the shorter ones, in bytes; a longer body has a result.
pub(crate) const SHORT: u64 = 64 * 1_024;

/// Large bodies of a host at a time: one, and its repetition after a connection broke. So no host
/// takes the memory of all others.
const MOST_OF_HOST: u8 = 2;

/// Admits requests of hosts.
pub(crate) struct Admission {
    precedence: Arc<Precedence>,
    turns: Entrance,
    handshakes: Entrance,
    strangers: Entrance,
    memory: Gate,
    enrolments: Gate,
    memory_of_short: Gate,
    large: Hosts,
}

/// A request that is worked on, until this is dropped.
pub(crate) struct Turn {
    permit: OwnedSemaphorePermit,
    _of_few: Option<OwnedSemaphorePermit>,
    _of_host: Option<LargeBody>,
}

impl Turn {
    /// Gives back what a body of so many bytes does not take.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let kept = bytes.div_ceil(1_024);
        let excess = self.permit.num_permits().saturating_sub(kept);
        drop(self.permit.split(excess));
    }
}

/// Hosts that send large bodies, with how many each.
#[derive(Clone, Default)]
struct Hosts(Arc<Mutex<HashMap<HostId, u8>>>);

impl Hosts {
    fn begin(&self, host: HostId) -> Result<LargeBody, Unavailable> {
        let mut hosts = self.lock();
        let count = hosts.entry(host).or_default();
        if *count >= MOST_OF_HOST {
            return Err(Unavailable::Busy);
        }
        *count += 1;
        let hosts = self.clone();
        Ok(LargeBody { host, hosts })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HostId, u8>> {
        // A count is changed at once or not at all.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A large body of a host, until this is dropped.
struct LargeBody {
    host: HostId,
    hosts: Hosts,
}

impl Drop for LargeBody {
    fn drop(&mut self) {
        let mut hosts = self.hosts.lock();
        let left = hosts.get(&self.host).map_or(0, |count| count - 1);
        match left {
            0 => hosts.remove(&self.host),
            _ => hosts.insert(self.host, left),
        };
    }
}

impl Admission {
    /// Admits what comes new, and gives way to what hosts were woken for.
    pub(crate) fn new(precedence: Arc<Precedence>) -> Self {
        Self {
            precedence,
            turns: Entrance::new(AT_ONCE, AT_ONCE_BESIDE_A_WAVE),
            handshakes: Entrance::new(processors().max(2), FEW_HANDSHAKES),
            strangers: Entrance::new(FEW_HANDSHAKES, FEW_HANDSHAKES),
            memory: Gate::new(MEMORY as usize),
            enrolments: Gate::new(ENROLMENTS as usize),
            memory_of_short: Gate::new(MEMORY_OF_SHORT as usize),
            large: Hosts::default(),
        }
    }

    /// Waits until a request may be worked on. Hold the turn while the host may wait for control,
    /// and not while control waits for the host.
    ///
    /// # Errors
    /// [`Unavailable::Busy`] if too many wait, or it takes too long.
    pub(crate) async fn turn(&self) -> Result<Turn, Unavailable> {
        self.turns.enter(&self.precedence).await
    }

    /// Waits until the costly part of a TLS handshake may be done. Of thousands of connections that
    /// come at once, the others cost nothing until it is their turn; those from known addresses do
    /// not wait for the others.
    ///
    /// # Errors
    /// As [`Admission::turn`].
    pub(crate) async fn handshake(&self, is_known: bool) -> Result<Turn, Unavailable> {
        let entrance = match is_known {
            true => &self.handshakes,
            false => &self.strangers,
        };
        entrance.enter(&self.precedence).await
    }

    /// Waits until a large body of a host may be read, of so many bytes.
    ///
    /// # Errors
    /// As [`Admission::turn`]; also if the host sends too many at once.
    pub(crate) async fn memory(&self, host: HostId, bytes: u64) -> Result<Turn, Unavailable> {
        let of_host = self.large.begin(host)?;
        let memory = match bytes <= SHORT {
            true => &self.memory_of_short,
            false => &self.memory,
        };
        let permit = memory.pass(kibibytes(bytes, MEMORY)).await?;
        Ok(Turn {
            permit,
            _of_few: None,
            _of_host: Some(of_host),
        })
    }

    /// Waits until the body of an enrolment may be read, of so many bytes.
    ///
    /// # Errors
    /// As [`Admission::turn`].
    pub(crate) async fn enrolment(&self, bytes: u64) -> Result<Turn, Unavailable> {
        let permit = self.enrolments.pass(kibibytes(bytes, ENROLMENTS)).await?;
        Ok(Turn {
            permit,
            _of_few: None,
            _of_host: None,
        })
    }
}

fn kibibytes(bytes: u64, most: u32) -> u32 {
    u32::try_from(bytes.div_ceil(1_024)).map_or(most, |kibibytes| kibibytes.min(most))
}

/// A gate for what comes new.
struct Entrance {
    gate: Gate,
    /// Who may pass it while a wave lasts.
    few: Arc<Semaphore>,
}

impl Entrance {
    fn new(width: usize, beside_a_wave: usize) -> Self {
        Self {
            gate: Gate::new(width),
            few: Arc::new(Semaphore::new(beside_a_wave)),
        }
    }

    async fn enter(&self, precedence: &Precedence) -> Result<Turn, Unavailable> {
        let place = self.gate.place()?;
        let of_few = precedence.give_way(&self.few).await;
        let permit = self.gate.pass_from(place, 1).await?;
        Ok(Turn {
            permit,
            _of_few: of_few,
            _of_host: None,
        })
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

    async fn pass(&self, width: u32) -> Result<OwnedSemaphorePermit, Unavailable> {
        let place = self.place()?;
        self.pass_from(place, width).await
    }

    /// A place among those that wait.
    fn place(&self) -> Result<SemaphorePermit<'_>, Unavailable> {
        self.places.try_acquire().map_err(|_| Unavailable::Busy)
    }

    /// Waits in a place, and leaves it.
    async fn pass_from(
        &self,
        _place: SemaphorePermit<'_>,
        width: u32,
    ) -> Result<OwnedSemaphorePermit, Unavailable> {
        let passed = timeout(
            LONGEST_WAIT,
            Arc::clone(&self.free).acquire_many_owned(width),
        );
        match passed.await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Unavailable::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    fn admission() -> Admission {
        Admission::new(Arc::default())
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_refused_and_who_is_next_passes() {
        let admission = admission();
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(admission.turn().await.unwrap());
        }
        let began = Instant::now();
        assert_eq!(admission.turn().await.err(), Some(Unavailable::Busy));
        assert_eq!(began.elapsed(), LONGEST_WAIT);
        let mut next = std::pin::pin!(admission.turn());
        tokio::select! {
            biased;
            _ = &mut next => panic!("there is no turn"),
            () = tokio::task::yield_now() => {}
        }
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
        let admission = admission();
        let [a, b] = ["a", "b"].map(|name| HostId::derive(name, "", b""));
        let mut largest = admission.memory(a, u64::MAX).await.unwrap();
        assert!(admission.memory(b, SHORT + 1).await.is_err());
        largest.shrink(2_000);
        let rest = u64::from(MEMORY - 2) * 1_024;
        let all = admission.memory(b, rest).await.unwrap();
        assert!(admission.memory(b, SHORT + 1).await.is_err());
        drop(all);
        assert!(admission.memory(b, u64::MAX).await.is_err(), "some is kept");
    }

    #[tokio::test(start_paused = true)]
    async fn abuse_announced_results_keep_out_what_is_short() {
        let admission = admission();
        let hosts = ["a", "b"].map(|name| HostId::derive(name, "", b""));
        let _largest = admission.memory(hosts[0], u64::MAX).await.unwrap();
        assert!(admission.memory(hosts[1], SHORT + 1).await.is_err());
        assert!(admission.memory(hosts[1], SHORT).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn abuse_one_host_takes_the_memory_of_all() {
        let admission = admission();
        let [host, other] = ["a", "b"].map(|name| HostId::derive(name, "", b""));
        let one = admission.memory(host, 1).await.unwrap();
        let _repetition = admission.memory(host, 1).await.unwrap();
        let began = Instant::now();
        assert!(admission.memory(host, 1).await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert!(admission.memory(other, 1).await.is_ok());
        drop(one);
        assert!(admission.memory(host, 1).await.is_ok());
    }
}
