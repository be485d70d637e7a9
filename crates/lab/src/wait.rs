//! Waits for conditions without an event.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often the condition is checked.
const LOOK: Duration = Duration::from_millis(10);

/// Conditions come within seconds; on a loaded machine they may take longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until `look` returns a value.
///
/// # Panics
/// When there is none within a minute and a half.
pub fn wait_until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, LOOK, look).unwrap_or_else(|| panic!("timed out waiting for {what}"))
}

/// Waits until this is so.
///
/// # Panics
/// When it is not within a minute and a half.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_until(what, || is_so().then_some(()));
}

/// Waits until `look`, called after each `pause`, returns a value; `None` if it returns none for
/// so long.
pub fn within<T>(
    patience: Duration,
    pause: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let found = look();
        if found.is_some() || Instant::now() > deadline {
            return found;
        }
        sleep(pause);
    }
}
