//! The jobs that this agent holds: at most one runs, the others wait for their
//! turn or for their result to be acknowledged.

use super::{Agent, Link, Purpose};
use crate::failure::{Context, Failure};
use crate::graveyard;
use crate::job::folder::State;
use crate::job::report;
use crate::job::runner::{RunningJob, conclude_interrupted};
use crate::job::spool::Spool;
use crate::log;
use crate::sys::clock;
use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;
use wire::ping::{JobResult, Ping, Status};

/// The jobs, by what they are waiting for.
pub(super) struct Jobs {
    pub(super) spool: Spool,
    /// Received and not begun.
    pub(super) waiting: VecDeque<i64>,
    pub(super) running: Option<RunningJob>,
    /// Ended, and not acknowledged.
    pub(super) outbox: VecDeque<i64>,
}

impl Jobs {
    pub(super) fn open(home: &Path) -> Result<Self, Failure> {
        let spool = Spool::open(home)
            .context(format_args!("cannot open the jobs in {}", home.display()))?;
        Ok(Self {
            spool,
            waiting: VecDeque::new(),
            running: None,
            outbox: VecDeque::new(),
        })
    }

    /// Takes up what an earlier agent left: the disk is the truth.
    pub(super) fn resume(&mut self) {
        let jobs = self.spool.jobs().unwrap_or_else(|error| {
            log::error!("cannot read the jobs: {error}");
            vec![]
        });
        for (id, folder, state) in jobs {
            log::debug!("job {id} is {state:?}");
            match state {
                State::Received => self.waiting.push_back(id),
                State::Running => match RunningJob::adopt(id, folder) {
                    Ok(job) => self.running = Some(job),
                    Err(error) => log::error!("job {id}: cannot watch it: {error}"),
                },
                State::Interrupted => self.conclude(id),
                State::Ended => self.outbox.push_back(id),
                State::Reported => {}
            }
        }
        self.start_next();
    }

    /// Whether another job could be begun now.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    pub(super) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref().map(AsFd::as_fd)
    }

    /// Begins the job that waits longest, unless one is running.
    pub(super) fn start_next(&mut self) {
        while self.running.is_none()
            && let Some(id) = self.waiting.pop_front()
        {
            match RunningJob::start(id, self.spool.job(id)) {
                Ok(job) => {
                    log::info!("job {id} started");
                    self.running = Some(job);
                }
                Err(error) => {
                    log::error!("job {id} cannot be started: {error}");
                    self.conclude(id);
                }
            }
        }
    }

    /// Looks whether the running job has ended. Returns whether it has.
    pub(super) fn settle_running(&mut self) -> bool {
        let Some(job) = self.running.take_if(RunningJob::has_ended) else {
            return false;
        };
        let id = job.id;
        if let Some(shim) = job.into_shim() {
            graveyard::admit(shim);
        }
        self.conclude(id);
        self.start_next();
        true
    }

    /// Sees to it that a job that is over has a result, and notes that it is
    /// to be sent.
    fn conclude(&mut self, id: i64) {
        let folder = self.spool.job(id);
        if matches!(folder.state(), Ok(State::Interrupted | State::Received)) {
            log::warning!("job {id} was interrupted");
            if let Err(error) = conclude_interrupted(id, &folder) {
                log::error!("job {id}: cannot write its result: {error}");
            }
        } else {
            log::info!("job {id} ended");
        }
        self.outbox.push_back(id);
    }

    /// Ends a job that control no longer wants. A job that has ended, or that
    /// this host never had, is left alone.
    pub(super) fn cancel(&mut self, id: i64) {
        let folder = self.spool.job(id);
        let done = if let Some(at) = self.waiting.iter().position(|&waiting| waiting == id) {
            self.waiting.remove(at);
            self.outbox.push_back(id);
            let why = "it was cancelled before it began".to_owned();
            let result = report::without_run(id, Status::Cancelled, why, clock::wall());
            folder.forget_order().and_then(|()| folder.finish(&result))
        } else if self.running.as_ref().is_some_and(|job| job.id == id) && !folder.is_cancelled() {
            log::info!("job {id} is to be cancelled");
            folder.mark_cancelled()
        } else {
            Ok(())
        };
        if let Err(error) = done {
            log::error!("job {id} cannot be cancelled: {error}");
        }
    }

    /// What the next ping says: the oldest result, and all other jobs.
    pub(super) fn ping(&self) -> Ping {
        let running = self.running.iter().map(|job| &job.id);
        let received = self
            .waiting
            .iter()
            .chain(running)
            .chain(self.outbox.iter().skip(1))
            .copied()
            .collect();
        Ping {
            result: self.outbox.front().map(|&id| self.result(id)),
            received,
        }
    }

    /// A result that is missing or damaged is still an end that control has to
    /// know of.
    fn result(&self, id: i64) -> JobResult {
        let lost = |why: String| {
            log::error!("job {id}: {why}");
            report::without_run(id, Status::Interrupted, why, clock::wall())
        };
        match self.spool.job(id).result() {
            Ok(Some(result)) => result,
            Ok(None) => lost("the job ended, but its result could not be written".to_owned()),
            Err(error) => lost(format!(
                "the job ended, but its result cannot be read: {error}"
            )),
        }
    }

    /// Control has the result of this job.
    pub(super) fn acknowledge(&mut self, id: i64) {
        log::info!("job {id} is reported");
        self.outbox.retain(|&held| held != id);
        let done = self
            .spool
            .job(id)
            .mark_reported()
            .and_then(|()| self.spool.prune());
        if let Err(error) = done {
            // It will be sent again after a restart, which changes nothing.
            log::warning!("job {id}: cannot note that it is reported: {error}");
        }
    }

    pub(super) fn parting_words(&self) -> String {
        let running = self.running.as_ref().map_or_else(
            || "no job runs".to_owned(),
            |job| format!("job {} runs on", job.id),
        );
        format!(
            "{running}, {} waiting, {} to report",
            self.waiting.len(),
            self.outbox.len()
        )
    }
}

impl Agent {
    /// A result does not wait for the end of a long poll.
    pub(super) fn on_job_changed(&mut self) {
        let held =
            matches!(&self.link, Link::Exchanging(exchanging) if exchanging.carries.is_none());
        if self.jobs.settle_running()
            && self.purpose == Purpose::Ping
            && (held || matches!(self.link, Link::Waiting(_)))
        {
            self.link = Link::Waiting(Duration::ZERO);
        }
    }
}
