//! A deadline as something to poll (timerfd_create(2)).

use super::cerr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;
use std::{mem, ptr};

/// One deadline on CLOCK_BOOTTIME: it passes during suspend, and no program can move it by
/// setting the clock.
pub(crate) struct Timer(File);

impl Timer {
    /// A timer without a deadline.
    ///
    /// # Errors
    /// EMFILE when there are no descriptors left.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = libc::TFD_CLOEXEC | libc::TFD_NONBLOCK;
        // SAFETY: takes two integers and returns a new descriptor.
        let fd = cerr(unsafe { libc::timerfd_create(libc::CLOCK_BOOTTIME, flags) })?;
        // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }.into()))
    }

    /// Sets the deadline, as a time since boot; `None` takes it away.
    ///
    /// # Errors
    /// None in practice: the arguments are valid.
    pub(crate) fn set(&mut self, deadline: Option<Duration>) -> io::Result<()> {
        // SAFETY: all bytes zero is a valid itimerspec: no deadline, no period.
        let mut spec: libc::itimerspec = unsafe { mem::zeroed() };
        if let Some(deadline) = deadline {
            // A value of zero would take the deadline away instead of being past.
            let deadline = deadline.max(Duration::from_nanos(1));
            // No host is up for the 68 years that 32 bits hold.
            let seconds = i32::try_from(deadline.as_secs()).unwrap_or(i32::MAX);
            spec.it_value.tv_sec = seconds.into();
            // Below 10^9, which fits in the 32 bits that it has on small machines.
            spec.it_value.tv_nsec = deadline.subsec_nanos() as libc::c_long;
        }
        // SAFETY: `spec` is a valid itimerspec; no old value is asked for.
        cerr(unsafe {
            libc::timerfd_settime(
                self.0.as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &raw const spec,
                ptr::null_mut(),
            )
        })
        .map(drop)
    }

    /// Whether the deadline has passed since it was set; says so once.
    pub(crate) fn expired(&mut self) -> bool {
        self.0.read_exact(&mut [0; 8]).is_ok()
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
