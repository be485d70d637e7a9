//! The one wait.

use super::{Agent, Link};
use crate::sys::clock;
use crate::sys::poll::wait_readable;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A signal came.
    Signal(i32),
    /// Something changed in the running job's folder.
    Job,
    /// The courier or the checker said something, or closed its pipe.
    Child,
    /// The link's deadline has passed, or a sign of life was due.
    Deadline,
}

impl Agent {
    /// Blocks until something happens. That may take long, and other programs
    /// need the memory more.
    pub(super) fn next_events(&mut self) -> io::Result<Vec<Event>> {
        let wake_up = self.watchdog.earlier(self.deadline());
        self.timer.set(Some(wake_up))?;
        let child = match &self.link {
            Link::Waiting(_) => None,
            Link::Exchanging(exchanging) => Some(exchanging.courier.as_fd()),
            Link::Checking(checker) => Some(checker.as_fd()),
        };
        let fds = [
            Some(self.signals.as_fd()),
            self.jobs.watched(),
            child,
            Some(self.timer.as_fd()),
        ];
        self.text.release();
        let [signal, job, child, _] = wait_readable(fds)?;
        self.watchdog.alive(clock::boottime());
        let mut events = Vec::new();
        while signal && let Some(number) = self.signals.next() {
            events.push(Event::Signal(number));
        }
        events.extend(job.then_some(Event::Job));
        events.extend(child.then_some(Event::Child));
        events.extend(self.timer.expired().then_some(Event::Deadline));
        Ok(events)
    }

    pub(super) fn deadline(&self) -> Duration {
        match &self.link {
            Link::Waiting(until) => *until,
            Link::Exchanging(exchanging) => exchanging.courier.deadline(),
            Link::Checking(checker) => checker.deadline(),
        }
    }
}
