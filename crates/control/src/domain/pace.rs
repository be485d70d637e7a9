//! How long pings are held, and when something is repeated.

use std::time::Duration;

/// How long control waits before it repeats a cancel that had no effect yet, or a query
/// that was not answered.
pub(crate) const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// The longest that a ping is held, even if the host asks for more.
pub(crate) const LONGEST_HOLD: Duration = Duration::from_secs(60);
