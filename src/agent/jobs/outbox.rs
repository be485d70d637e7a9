//! Results that wait to be acknowledged, and how much of the next one is sent.

use std::collections::VecDeque;
use wire::ping::JobResult;

/// The jobs that ended and that control has not acknowledged, oldest first.
pub(super) struct Outbox {
    jobs: VecDeque<i64>,
    /// How much of the first one's result is sent.
    share: Share,
}

/// How much of a result goes into the next ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    /// All of it.
    Whole,
    /// All but the log: something on the way took it for too large.
    WithoutLog,
    /// Nothing this time: even that was refused, and pings have to go on.
    Nothing,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            jobs: VecDeque::new(),
            share: Share::Whole,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = i64> {
        self.jobs.iter().copied()
    }

    /// A job has ended: its result is sent in its turn.
    pub(super) fn push(&mut self, id: i64) {
        if !self.jobs.contains(&id) {
            self.jobs.push_back(id);
        }
    }

    /// Control has the result of this job.
    pub(super) fn remove(&mut self, id: i64) {
        self.jobs.retain(|&held| held != id);
        self.share = Share::Whole;
    }

    /// The job whose result goes into the next ping, if one does.
    pub(super) fn next(&mut self) -> Option<i64> {
        if self.share == Share::Nothing {
            self.share = Share::WithoutLog;
            return None;
        }
        self.jobs.front().copied()
    }

    /// Control, or something on the way to it, took a result for too large.
    pub(super) fn refused(&mut self) {
        self.share = match self.share {
            Share::Whole => Share::WithoutLog,
            Share::WithoutLog | Share::Nothing => Share::Nothing,
        };
    }

    /// As much of the result as is sent.
    pub(super) fn cut(&self, result: JobResult) -> JobResult {
        match self.share {
            Share::Whole => result,
            Share::WithoutLog | Share::Nothing => without_log(result),
        }
    }
}

/// The log is still on this host, for whoever looks there.
fn without_log(result: JobResult) -> JobResult {
    let log = format!(
        "[{} bytes of output were refused on the way and stay on the host]",
        result.log.len()
    );
    JobResult {
        cut: result.cut + result.log.len() as u64,
        log,
        ..result
    }
}
