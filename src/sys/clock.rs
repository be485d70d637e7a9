//! Clocks (clock_gettime(2)).

use std::mem;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since the host started, suspended or not; this clock cannot be set.
pub(crate) fn boottime() -> Duration {
    // SAFETY: all bytes zero is a valid timespec, whose fields and padding differ
    // from machine to machine.
    let mut now: libc::timespec = unsafe { mem::zeroed() };
    // SAFETY: `now` is a valid timespec for the kernel to fill. The call cannot
    // fail: CLOCK_BOOTTIME exists since Linux 2.6.39 and the pointer is valid.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// The wall clock in unix seconds; 0 where it stands before 1970.
pub(crate) fn wall() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
