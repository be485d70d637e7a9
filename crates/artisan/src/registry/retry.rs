//! Asking again for what did not get through: packets are lost, registries restart.
//!
//! Only what may be otherwise the next time is asked for again, and only what changes
//! nothing there or, as a push of the same package, nothing more. `art` sets no limit to
//! the time that all of it takes: the agent ends a job whose package does not come in time.

use super::error::Error;
use crate::output;
use std::thread::sleep;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest that a registry may ask for. The agent ends a job whose package does
/// not come in time.
const LONGEST_ASKED: Duration = Duration::from_secs(3_600);

/// Makes a call up to `attempts` times, as long as `may_pass` says so of its error, with
/// longer and longer pauses, none of them shorter than the registry asks for. One that
/// got further counts as the first again.
///
/// # Errors
/// The last one, or the first that another attempt would not change.
pub(super) fn patiently<T>(
    domain: &str,
    attempts: u32,
    may_pass: fn(&Error) -> bool,
    call: impl FnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    repeat(attempts, may_pass, call, |attempt, error| {
        let pause = pause_after(attempt, error);
        let next = match error.got_further() {
            true => "going on where it was",
            false => "trying again",
        };
        output::note(&format!(
            "{domain} {error}: {next} in {:.1} s ({attempt} of {attempts} attempts failed)",
            pause.as_secs_f32()
        ));
        sleep(pause);
    })
}

/// Clients that were given the same time do not all retry at that time.
fn pause_after(attempt: u32, error: &Error) -> Duration {
    let asked = error.retry_after().min(LONGEST_ASKED);
    match asked.is_zero() {
        true => jittered(FIRST_PAUSE * 2_u32.saturating_pow(attempt - 1)),
        false => asked + jittered(FIRST_PAUSE),
    }
}

fn repeat<T>(
    attempts: u32,
    may_pass: fn(&Error) -> bool,
    mut call: impl FnMut() -> Result<T, Error>,
    mut pause_after: impl FnMut(u32, &Error),
) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        let outcome = call();
        if outcome.as_ref().is_err_and(Error::got_further) {
            attempt = 1;
        }
        match outcome {
            Err(error) if may_pass(&error) && attempt < attempts => pause_after(attempt, &error),
            done => return done,
        }
        attempt += 1;
    }
}

/// Half of it at least, so that many hosts do not come back at the same moment.
fn jittered(pause: Duration) -> Duration {
    let mut bytes = [0; 1];
    // Without it, all of them come at the same time.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::NONBLOCK);
    pause * (256 + u32::from(bytes[0])) / 512
}

#[cfg(test)]
mod tests {
    use super::super::error::Credentials;
    use super::*;
    use crate::settings::ATTEMPTS;
    use ureq::http::StatusCode;

    fn status(code: u16) -> Error {
        let code = StatusCode::from_u16(code).unwrap();
        Error::Status {
            code,
            by: Credentials::Set,
            reason: String::new(),
            retry_after: None,
        }
    }

    /// How often a call was made that fails that often, and whether it succeeded.
    fn calls(failures: u32, why: fn() -> Error) -> (u32, bool) {
        let mut calls = 0;
        let call = || {
            calls += 1;
            if calls > failures { Ok(()) } else { Err(why()) }
        };
        let done = repeat(ATTEMPTS, Error::may_pass, call, |_, _| {});
        (calls, done.is_ok())
    }

    #[test]
    fn what_may_pass_is_tried_again_and_not_for_ever() {
        let broken = || Error::Interrupted("connection reset".into());
        assert_eq!(calls(0, broken), (1, true));
        assert_eq!(calls(4, broken), (5, true));
        assert_eq!(calls(99, broken), (5, false));
        assert_eq!(calls(1, || status(503)), (2, true));
    }

    #[test]
    fn attempts_that_get_further_are_not_used_up() {
        let cut = || Error::GotFurther("connection reset".into());
        assert_eq!(calls(30, cut), (31, true));
        let mut left = 10;
        let twice = repeat(
            2,
            Error::may_pass,
            || {
                if left == 0 {
                    Ok(())
                } else {
                    left -= 1;
                    Err(cut())
                }
            },
            |_, _| {},
        );
        assert!(twice.is_ok());
        let once = repeat(
            1,
            Error::may_pass,
            || Err::<(), _>(cut()),
            |_, _| panic!("asked twice"),
        );
        assert!(once.is_err());
    }

    #[test]
    fn what_stays_as_it_is_is_tried_once() {
        for why in [
            || status(404),
            || status(401),
            || Error::Body("too long".into()),
            || Error::Unreachable("invalid peer certificate".into()),
        ] {
            assert_eq!(calls(1, why), (1, false));
        }
    }

    #[test]
    fn no_pause_is_shorter_than_the_registry_asks_for_within_reason() {
        let asking = |seconds| Error::Status {
            code: StatusCode::TOO_MANY_REQUESTS,
            by: Credentials::Set,
            reason: String::new(),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        for attempt in 1..5 {
            let pause = pause_after(attempt, &asking(40));
            assert!((40..=41).contains(&pause.as_secs()), "{pause:?}");
        }
        assert!(pause_after(1, &asking(1 << 40)) <= LONGEST_ASKED + FIRST_PAUSE);
        assert!(pause_after(1, &status(503)) < FIRST_PAUSE);
    }

    #[test]
    fn pauses_differ_and_stay_within_their_bounds() {
        let pause = Duration::from_secs(8);
        for _ in 0..100 {
            assert!((pause / 2..pause).contains(&jittered(pause)));
        }
    }
}
