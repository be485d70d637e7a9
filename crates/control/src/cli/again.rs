//! Asking again for what may have been made already: under a name, so that the service makes
//! it once.

use super::failure::Failure;
use super::output;
use crate::random;
use std::thread::sleep;
use std::time::{Duration, Instant};
use wire::encoding::hex;

/// How long an answer is asked for again: the service may be starting.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(500);

/// A name that nobody used before.
pub(super) fn name() -> String {
    hex(&random::bytes::<16>())
}

/// Makes a call until it is answered. One that did not get there is not repeated, unless an
/// answer was lost before.
///
/// # Errors
/// What was answered, or [`Failure::Lost`] when nothing is in the end.
pub(super) fn until_answered(
    call: impl FnMut() -> Result<String, Failure>,
) -> Result<String, Failure> {
    repeat(PATIENCE, PAUSE, call)
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
            output::note(format_args!("{why}: asking again"));
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
        let told = done.unwrap_or_else(|failure| failure.to_string());
        (told, count - answers.len())
    }

    #[test]
    fn a_lost_answer_is_asked_for_again_and_a_closed_door_is_not() {
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
    fn no_name_is_used_twice() {
        assert_ne!(name(), name());
    }
}
