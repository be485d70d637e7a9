//! Repeats a call whose answer was lost, with an idempotency key, so that the service carries
//! it out once.

use super::failure::Failure;
use super::output;
use crate::random;
use std::thread::sleep;
use std::time::{Duration, Instant};
use wire::encoding::hex;

/// How long a call is repeated: the service may be restarting.
const RETRY_FOR: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(500);

/// A new idempotency key.
pub(super) fn new_key() -> String {
    hex(&random::bytes::<16>())
}

/// Repeats a call until it is answered. A call that did not reach the service is only
/// repeated if the answer to an earlier one was lost.
///
/// # Errors
/// The refusal of the service, or [`Failure::Lost`] without an answer.
pub(super) fn until_answered(
    call: impl FnMut() -> Result<String, Failure>,
) -> Result<String, Failure> {
    repeat(RETRY_FOR, PAUSE, call)
}

fn repeat(
    patience: Duration,
    pause: Duration,
    mut call: impl FnMut() -> Result<String, Failure>,
) -> Result<String, Failure> {
    let mut lost: Option<Instant> = None;
    loop {
        let why = match call() {
            Err(Failure::Lost(why)) => why,
            Err(Failure::Unreachable(why)) if lost.is_some() => why,
            done => return done,
        };
        let since = *lost.get_or_insert_with(|| {
            output::note(format_args!("{why}: trying again"));
            Instant::now()
        });
        if since.elapsed() >= patience {
            return Err(Failure::Lost(why));
        }
        sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(answers: Vec<Result<String, Failure>>, patience: Duration) -> (String, usize) {
        let count = answers.len();
        let mut answers = answers.into_iter();
        let done = repeat(patience, Duration::ZERO, || answers.next().unwrap());
        let text = done.unwrap_or_else(|failure| failure.to_string());
        (text, count - answers.len())
    }

    #[test]
    fn a_lost_answer_is_retried_and_a_refused_connection_is_not() {
        const LONG: Duration = Duration::from_secs(600);
        let lost = || Err(Failure::Lost("lost".into()));
        let away = || Err(Failure::Unreachable("away".into()));
        let made = || Ok("7".to_owned());
        assert_eq!(after(vec![made()], LONG), ("7".into(), 1));
        assert_eq!(
            after(vec![lost(), away(), lost(), made()], LONG),
            ("7".into(), 4)
        );
        assert_eq!(after(vec![away(), made()], LONG), ("away".into(), 1));
        let refused = Err(Failure::Refused("no".into()));
        assert_eq!(after(vec![lost(), refused, made()], LONG), ("no".into(), 2));
        assert_eq!(
            after(vec![lost(), made()], Duration::ZERO),
            ("lost".into(), 1)
        );
    }

    #[test]
    fn each_key_is_new() {
        assert_ne!(new_key(), new_key());
    }
}
