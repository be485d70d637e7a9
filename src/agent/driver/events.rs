//! Waits for events.

use super::{Driver, Running};
use crate::failure::{Context, Failure};
use crate::notify::Watchdog;
use crate::sys::clock;
use crate::sys::memory::ProgramText;
use crate::sys::poll::wait_readable;
use crate::sys::signals::SignalFd;
use crate::sys::timer::Timer;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// An event that ends the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// This signal was received.
    Signal(i32),
    /// The running job's folder has changed.
    Job,
    /// The courier or the checker wrote output, or closed its pipe.
    Child,
    /// The deadline has passed, or the watchdog is due.
    Deadline,
}

/// What wakes the agent up, and what it does before and after a wait.
pub(super) struct Wakeups {
    signals: SignalFd,
    timer: Timer,
    watchdog: Watchdog,
    text: ProgramText,
}

impl Wakeups {
    /// Receives signals from now on.
    ///
    /// # Errors
    /// When there are no descriptors left.
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self {
            signals: SignalFd::new(&crate::agent::SIGNALS).context("cannot receive signals")?,
            timer: Timer::new().context("cannot make a timer")?,
            watchdog: Watchdog::of_this_process(),
            text: ProgramText::find(),
        })
    }
}

impl Driver {
    /// Blocks until something happens. Releases the memory of the program's text before, because
    /// the wait may be long. What runs from there on stays in memory: the release's linker lays it
    /// side by side, for which it has to be a function of its own.
    #[inline(never)]
    pub(super) fn next_events(&mut self) -> io::Result<Vec<Event>> {
        let deadline = self.deadline();
        let wakeups = &mut self.wakeups;
        wakeups
            .timer
            .set(Some(wakeups.watchdog.earlier(deadline)))?;
        let fds = [
            Some(wakeups.signals.as_fd()),
            self.jobs.watched(),
            self.child.as_ref().map(|running| running.child().as_fd()),
            Some(wakeups.timer.as_fd()),
        ];
        wakeups.text.release();
        let [signal, job, child, _] = wait_readable(fds)?;
        wakeups.watchdog.alive(clock::boottime());
        let mut events = Vec::new();
        while signal && let Some(number) = wakeups.signals.next() {
            events.push(Event::Signal(number));
        }
        events.extend(job.then_some(Event::Job));
        events.extend(child.then_some(Event::Child));
        events.extend(wakeups.timer.expired().then_some(Event::Deadline));
        Ok(events)
    }

    /// When the agent acts although nothing has happened, since boot.
    pub(super) fn deadline(&self) -> Duration {
        match &self.child {
            Some(running) => running.child().deadline(),
            None => self.core.deadline().unwrap_or_default(),
        }
    }
}

impl Running {
    fn child(&self) -> &crate::child::Child {
        match self {
            Self::Courier(courier) => &courier.child,
            Self::Checker(checker) => checker,
        }
    }
}
