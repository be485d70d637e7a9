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
pub fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        sleep(LOOK);
    }
}
