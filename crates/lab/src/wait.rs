//! Waiting for what has no event.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often is looked.
const LOOK: Duration = Duration::from_millis(10);

/// What comes comes within seconds; this is for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until something is there.
///
/// # Panics
/// When it does not come in a minute and a half.
pub fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "this did not come: {what}");
        sleep(LOOK);
    }
}
