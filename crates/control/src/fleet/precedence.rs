//! What hosts were woken for goes before what they come with.
//!
//! A batch wakes thousands of hosts at once. The first of them return with what they have to
//! report while the last ones still wait for their job. While such a wave lasts, only a few new
//! requests at a time are begun with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep;

/// So many woken hosts that wait for their answer are a wave, until there are half as many. For
/// fewer nobody has to wait.
const WAVE: usize = 64;

/// How long something new gives way at most: what comes new is never kept out by what is woken.
const LONGEST: Duration = Duration::from_secs(5);

/// How many woken hosts wait for their answers.
#[derive(Default)]
pub(crate) struct Precedence {
    woken: AtomicUsize,
    wave: watch::Sender<bool>,
}

/// A woken host that waits for its answer, until this is dropped.
pub(crate) struct Woken(Arc<Precedence>);

impl Drop for Woken {
    fn drop(&mut self) {
        if self.0.woken.fetch_sub(1, Ordering::SeqCst) == WAVE / 2 + 1 {
            self.0.note();
        }
    }
}

impl Precedence {
    /// A host was woken and waits for its answer.
    pub(crate) fn begin(self: &Arc<Self>) -> Woken {
        if self.woken.fetch_add(1, Ordering::SeqCst) + 1 == WAVE {
            self.note();
        }
        Woken(Arc::clone(self))
    }

    fn note(&self) {
        self.wave.send_if_modified(|is_wave| {
            let woken = self.woken.load(Ordering::SeqCst);
            let was_wave = *is_wave;
            *is_wave = woken >= WAVE || was_wave && woken > WAVE / 2;
            *is_wave != was_wave
        });
    }

    /// Waits until no wave goes on, or this is one of the few that are begun with meanwhile: then
    /// it is as long as it keeps the permit.
    pub(super) async fn give_way(&self, few: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        if !*self.wave.borrow() {
            return None;
        }
        let mut wave = self.wave.subscribe();
        tokio::select! {
            biased;
            _ = wave.wait_for(|is_wave| !is_wave) => None,
            permit = Arc::clone(few).acquire_owned() => permit.ok(),
            () = sleep(LONGEST) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, timeout};

    fn wave(precedence: &Arc<Precedence>) -> Vec<Woken> {
        (0..WAVE).map(|_| precedence.begin()).collect()
    }

    fn few() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(1))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_new_waits_until_a_wave_is_over_but_for_a_few() {
        let (precedence, few) = (Arc::new(Precedence::default()), few());
        let mut wave = wave(&precedence);
        let one = precedence.give_way(&few).await;
        assert!(one.is_some());
        let second = Duration::from_secs(1);
        let mut next = Box::pin(precedence.give_way(&few));
        assert!(timeout(second, &mut next).await.is_err());
        wave.truncate(WAVE / 2 + 1);
        assert!(timeout(second, &mut next).await.is_err());
        wave.truncate(WAVE / 2);
        let passed = timeout(Duration::ZERO, next).await;
        assert!(passed.unwrap().is_none(), "it is not one of the few");
        assert!(precedence.give_way(&few).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_the_few_makes_room_for_the_next() {
        let (precedence, few) = (Arc::new(Precedence::default()), few());
        let _wave = wave(&precedence);
        let one = precedence.give_way(&few).await;
        let began = Instant::now();
        let both = async { tokio::join!(precedence.give_way(&few), async { drop(one) }) };
        assert!(both.await.0.is_some());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wave_without_end_keeps_nobody_out() {
        let (precedence, few) = (Arc::new(Precedence::default()), few());
        let _wave = wave(&precedence);
        let _one = precedence.give_way(&few).await;
        let began = Instant::now();
        assert!(precedence.give_way(&few).await.is_none());
        assert_eq!(began.elapsed(), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn for_a_few_woken_hosts_nobody_waits() {
        let (precedence, few) = (Arc::new(Precedence::default()), few());
        let mut woken = wave(&precedence);
        woken.truncate(WAVE / 2);
        woken.push(precedence.begin());
        let began = Instant::now();
        assert!(precedence.give_way(&few).await.is_none());
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
