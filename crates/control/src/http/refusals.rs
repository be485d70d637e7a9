//! Logs why requests are refused: when that begins, once a minute while it lasts, and when it is
//! over.

use crate::domain::incident::Incident;
use crate::domain::unavailable::Unavailable;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Refusals are over once there was none for this long: twice the longest `Retry-After`, which is
/// three times the longest of [`Unavailable::retry_after`].
const QUIET: Duration = Duration::from_secs(180);

/// How often is looked for what is over.
const LOOK: Duration = Duration::from_secs(10);

/// How many causes are logged at a time.
const MOST_CAUSES: usize = 16;

/// The present refusals.
static PRESENT: Mutex<Refusals> = Mutex::new(Refusals(Vec::new()));

struct Refusals(Vec<Refusal>);

struct Refusal {
    why: Unavailable,
    cause: String,
    incident: Incident,
}

/// Notes that a request is refused.
pub(super) fn note(why: Unavailable, cause: &str) {
    let is_due = present().note(why, cause, Instant::now());
    if is_due {
        tracing::error!(%cause, reason = why.name(), "requests are refused: {}", why.message());
    } else {
        tracing::debug!(%cause, reason = why.name(), "a request is refused");
    }
}

/// Logs what is over, for ever.
pub(super) async fn watch() -> Infallible {
    loop {
        sleep(LOOK).await;
        let over = present().take_over(Instant::now());
        for Refusal {
            why,
            cause,
            incident,
        } in over
        {
            let (reason, refused) = (why.name(), incident.times);
            tracing::info!(%cause, reason, refused, "requests are no longer refused for this");
        }
    }
}

fn present() -> MutexGuard<'static, Refusals> {
    // Every change is a single step, so a panic elsewhere leaves it consistent.
    PRESENT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Refusals {
    /// Notes one; returns whether it is to be logged.
    fn note(&mut self, why: Unavailable, cause: &str, now: Instant) -> bool {
        let mut known = self.0.iter_mut();
        if let Some(known) = known.find(|known| known.why == why && known.cause == cause) {
            return known.incident.again(now);
        }
        let has_room = self.0.len() < MOST_CAUSES;
        if has_room {
            self.0.push(Refusal {
                why,
                cause: cause.to_owned(),
                incident: Incident::begin(now),
            });
        }
        has_room
    }

    /// Takes out those that are over.
    fn take_over(&mut self, now: Instant) -> Vec<Refusal> {
        let over = self.0.extract_if(.., |one| one.incident.end(QUIET) <= now);
        over.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise refusals would be over, and begin again, while clients wait.
    #[test]
    fn a_client_that_waits_as_long_as_it_may_is_not_taken_for_the_end() {
        for why in [Unavailable::Full, Unavailable::Away, Unavailable::Busy] {
            assert!(QUIET >= 2 * 3 * why.retry_after());
        }
    }

    #[test]
    fn each_cause_is_logged_by_itself_up_to_a_limit_and_when_it_is_over() {
        let (mut refusals, began) = (Refusals(Vec::new()), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut is_logged = |cause: &str, seconds| {
            let logged = refusals.note(Unavailable::Full, cause, at(seconds));
            (logged, refusals.take_over(at(seconds)).len())
        };
        assert_eq!(is_logged("an archive", 0), (true, 0));
        assert_eq!(is_logged("the database", 1), (true, 0));
        assert_eq!(is_logged("an archive", 2), (false, 0));
        assert_eq!(is_logged("the database", 59), (false, 0));
        assert_eq!(is_logged("the database", 62), (true, 0), "once a minute");
        assert_eq!(is_logged("the database", 182), (true, 1), "one is over");
        assert_eq!(is_logged("an archive", 183), (true, 0), "it begins again");
        let others = (0..100).filter(|at| is_logged(&at.to_string(), 184).0);
        assert_eq!(others.count(), MOST_CAUSES - 2);
        assert_eq!(refusals.take_over(at(400)).len(), MOST_CAUSES);
    }
}
