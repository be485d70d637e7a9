//! Results that control has not acknowledged, and how much of the next one is sent.

use std::collections::VecDeque;
use wire::ping::JobResult;

/// The jobs whose results control has not acknowledged, oldest first.
pub(super) struct Outbox {
    jobs: VecDeque<i64>,
    /// How much of the first result is sent.
    share: Share,
}

/// How much of a result goes into the next ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    /// All of it.
    Whole,
    /// All but the output: the whole result was refused as too large.
    WithoutOutput,
    /// Nothing in the next ping: the result was refused even so, and pings have to go on.
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

    /// Adds a job that has ended.
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
            self.share = Share::WithoutOutput;
            return None;
        }
        self.jobs.front().copied()
    }

    /// Control, or a proxy before it, refused a result as too large.
    pub(super) fn refused(&mut self) {
        self.share = match self.share {
            Share::Whole => Share::WithoutOutput,
            Share::WithoutOutput | Share::Nothing => Share::Nothing,
        };
    }

    /// The part of the result that is sent.
    pub(super) fn cut(&self, result: JobResult) -> JobResult {
        match self.share {
            Share::Whole => result,
            Share::WithoutOutput | Share::Nothing => without_output(result),
        }
    }
}

/// The result without its output, which stays on this host.
fn without_output(result: JobResult) -> JobResult {
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
