//! The jobs that this agent holds: at most one runs, the others wait for their
//! turn or for their result to be acknowledged.

use super::{Agent, Link, Purpose};
use crate::failure::{Context, Failure};
use crate::job::folder::{JobFolder, Started, State};
use crate::job::report;
use crate::job::runner::{RunningJob, conclude_interrupted};
use crate::job::spool::Spool;
use crate::log;
use crate::storage::record::RecordError;
use crate::sys::clock;
use std::collections::VecDeque;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use wire::ping::{JobResult, Ping, Status};

/// The jobs, by what they are waiting for.
pub(super) struct Jobs {
    pub(super) spool: Spool,
    /// Received and not begun.
    waiting: VecDeque<i64>,
    running: Option<RunningJob>,
    /// Ended, and not acknowledged.
    outbox: VecDeque<i64>,
    /// How much of the first of those is sent.
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

impl Jobs {
    pub(super) fn open(home: &Path) -> Result<Self, Failure> {
        let spool = Spool::open(home)
            .context(format_args!("cannot open the jobs in {}", home.display()))?;
        Ok(Self {
            spool,
            waiting: VecDeque::new(),
            running: None,
            outbox: VecDeque::new(),
            share: Share::Whole,
        })
    }

    /// Takes up what an earlier agent left: the disk is the truth.
    ///
    /// # Errors
    /// When the jobs cannot be read: without them, one could run twice.
    pub(super) fn resume(&mut self) -> Result<(), Failure> {
        let what = "cannot read the jobs of this host";
        self.spool.clear_away_fragments().context(what)?;
        for (id, folder, state) in self.spool.jobs().context(what)? {
            log::debug!("job {id} is {state:?}");
            match state {
                State::Received => self.waiting.push_back(id),
                State::Running => self.running = Some(RunningJob::adopt(id, folder)),
                State::Interrupted => self.conclude(id, None),
                State::Ended => self.outbox.push_back(id),
                State::Reported => {}
            }
        }
        self.start_next();
        Ok(())
    }

    /// Whether another job could be begun now.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty()
    }

    /// Whether a result waits to be sent.
    pub(super) fn has_result(&self) -> bool {
        !self.outbox.is_empty()
    }

    pub(super) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref().and_then(RunningJob::watched)
    }

    /// A job is on disk: it is begun when its turn comes.
    pub(super) fn enqueue(&mut self, id: i64) {
        self.waiting.push_back(id);
        self.start_next();
    }

    /// A job has ended: its result is sent in its turn.
    pub(super) fn send_result(&mut self, id: i64) {
        if !self.outbox.contains(&id) {
            self.outbox.push_back(id);
        }
    }

    /// Begins the job that waits longest, unless one is running.
    fn start_next(&mut self) {
        while self.running.is_none()
            && let Some(&id) = self.waiting.front()
        {
            match start(id, &self.spool.job(id)) {
                Start::Begun(job) => {
                    log::info!("job {id} started");
                    self.running = Some(job);
                }
                Start::Failed(why) => self.conclude(id, Some(why)),
                Start::NotYet(why) => {
                    return log::error!("job {id} cannot be started yet: {why}");
                }
            }
            self.waiting.pop_front();
        }
    }

    /// Looks whether the running job has ended, and begins the next. Returns
    /// whether it has.
    pub(super) fn settle(&mut self) -> bool {
        let ended = self.running.take_if(RunningJob::poll_ended);
        if let Some(job) = &ended {
            self.conclude(job.id, None);
        }
        self.start_next();
        ended.is_some()
    }

    /// Sees to it that a job that is over has a result, and notes that it is
    /// to be sent.
    fn conclude(&mut self, id: i64, why: Option<String>) {
        let folder = self.spool.job(id);
        if matches!(folder.state(), Ok(State::Interrupted)) {
            log::warning!("job {id} was interrupted");
            if let Err(error) = conclude_interrupted(id, &folder, why) {
                log::error!("job {id}: cannot write its result: {error}");
            }
        } else {
            log::info!("job {id} ended");
        }
        self.send_result(id);
    }

    /// Ends a job that control no longer wants. A job that has ended, or that
    /// this host never had, is left alone.
    pub(super) fn cancel(&mut self, id: i64) {
        let folder = self.spool.job(id);
        let done = if self.waiting.contains(&id) {
            self.cancel_waiting(id, &folder)
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

    /// Noted as begun first, it can never be begun after a restart, whatever
    /// happens to its result.
    fn cancel_waiting(&mut self, id: i64, folder: &JobFolder) -> io::Result<()> {
        folder.mark_started(&Started::now())?;
        self.waiting.retain(|&waiting| waiting != id);
        let why = "it was cancelled before it began".to_owned();
        let result = report::without_run(id, Status::Cancelled, why, clock::wall());
        self.send_result(id);
        folder.finish(&result)?;
        folder.forget_order()
    }

    /// What the next ping says: the oldest result, and all other jobs.
    pub(super) fn ping(&mut self) -> Ping {
        let result = match self.share {
            Share::Nothing => None,
            _ => self.outbox.front().and_then(|&id| self.result(id)),
        };
        if self.share == Share::Nothing {
            self.share = Share::WithoutLog;
        }
        let carried = result.as_ref().map(|result| result.job_id);
        let running = self.running.iter().map(|job| job.id);
        let ended = self
            .outbox
            .iter()
            .copied()
            .filter(|id| Some(*id) != carried);
        let received = self
            .waiting
            .iter()
            .copied()
            .chain(running)
            .chain(ended)
            .collect();
        Ping {
            result,
            received,
            ..Ping::default()
        }
    }

    /// The result as it is sent. One that is missing or damaged is still an end
    /// that control has to know of; one that cannot be read now is sent later.
    fn result(&self, id: i64) -> Option<JobResult> {
        let lost =
            |why: &str| report::without_run(id, Status::Interrupted, why.to_owned(), clock::wall());
        let result = match self.spool.job(id).result() {
            Ok(Some(result)) => result,
            Ok(None) => lost("the job ended, but its result could not be written"),
            Err(RecordError::Corrupt(why)) => {
                lost(&format!("the job ended, but its result is damaged: {why}"))
            }
            Err(RecordError::Io(error)) => {
                log::error!("job {id}: its result cannot be read now: {error}");
                return None;
            }
        };
        Some(match self.share {
            Share::WithoutLog => without_log(result),
            _ => result,
        })
    }

    /// Control, or something on the way to it, took a result for too large.
    pub(super) fn result_refused(&mut self) {
        self.share = match self.share {
            Share::Whole => Share::WithoutLog,
            Share::WithoutLog | Share::Nothing => Share::Nothing,
        };
    }

    /// Control has the result of this job.
    pub(super) fn acknowledge(&mut self, id: i64) {
        log::info!("job {id} is reported");
        self.outbox.retain(|&held| held != id);
        self.share = Share::Whole;
        if let Err(error) = self.spool.job(id).mark_reported() {
            // It will be sent again after a restart, which changes nothing.
            log::warning!("job {id}: cannot note that it is reported: {error}");
        }
        if let Err(error) = self.spool.prune() {
            log::warning!("cannot clear old jobs away: {error}");
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

/// What came of beginning a job.
enum Start {
    Begun(RunningJob),
    /// It counts as begun and will not be tried again.
    Failed(String),
    /// Nothing has happened yet: the next exchange tries again.
    NotYet(String),
}

fn start(id: i64, folder: &JobFolder) -> Start {
    match folder.order() {
        Ok(Some(_)) => {}
        Err(RecordError::Io(error)) => return Start::NotYet(error.to_string()),
        Ok(None) | Err(RecordError::Corrupt(_)) => return abandon(folder),
    }
    match RunningJob::start(id, folder.clone()) {
        Ok(job) => Start::Begun(job),
        Err(error) if matches!(folder.state(), Ok(State::Received)) => {
            Start::NotYet(error.to_string())
        }
        Err(error) => Start::Failed(format!("the job could not be started: {error}")),
    }
}

/// Gives a job up whose order is lost.
fn abandon(folder: &JobFolder) -> Start {
    match folder.mark_started(&Started::now()) {
        Ok(()) => Start::Failed(
            "the job never began: its record on the host's disk is damaged".to_owned(),
        ),
        Err(error) => Start::NotYet(error.to_string()),
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

impl Agent {
    /// A result does not wait for the end of a long poll, nor for the next
    /// ping's time; but it does wait while control is not reachable.
    pub(super) fn on_job_changed(&mut self) {
        let ended = self.jobs.settle();
        let may_ping = match &self.link {
            Link::Waiting(_) => self.failed == 0,
            Link::Exchanging(exchanging) => exchanging.carries.is_none(),
            Link::Checking(_) => false,
        };
        if ended && may_ping && self.purpose == Purpose::Ping {
            self.link = Link::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::folder::Received;
    use crate::job::order::Order;
    use wire::command::Command;

    fn jobs_with_one_received(home: &Path) -> Jobs {
        let jobs = Jobs::open(home).unwrap();
        let command = Command {
            job_id: 5,
            package: "r.io/a".into(),
            function: "f".into(),
            ..Command::default()
        };
        let received = Received {
            job_id: 5,
            package: command.package.clone(),
            function: command.function.clone(),
            at: 1,
        };
        let order = Order::new(&command, "/no/such/art".into(), vec![]).unwrap();
        jobs.spool.receive(&order, &received).unwrap();
        jobs
    }

    #[test]
    fn a_job_whose_order_is_damaged_comes_to_an_end_and_never_begins() {
        let home = tempfile::tempdir().unwrap();
        let mut jobs = jobs_with_one_received(home.path());
        std::fs::write(jobs.spool.job(5).path().join("request"), "torn").unwrap();
        jobs.resume().unwrap();
        let result = jobs.ping().result.unwrap();
        assert_eq!(
            (result.job_id, result.status),
            (5, Some(Status::Interrupted))
        );
        assert!(result.err.contains("never began"), "{}", result.err);
    }

    #[test]
    fn a_waiting_job_that_is_cancelled_can_never_begin() {
        let home = tempfile::tempdir().unwrap();
        let mut jobs = jobs_with_one_received(home.path());
        jobs.waiting.push_back(5);
        jobs.cancel(5);
        assert_eq!(jobs.ping().result.unwrap().status, Some(Status::Cancelled));
        let mut after_restart = Jobs::open(home.path()).unwrap();
        after_restart.resume().unwrap();
        assert!(after_restart.is_idle() && after_restart.has_result());
        assert!(!jobs.spool.job(5).path().join("request").exists());
    }

    #[test]
    fn a_result_is_sent_smaller_and_then_left_out_until_somebody_takes_it() {
        let home = tempfile::tempdir().unwrap();
        let mut jobs = jobs_with_one_received(home.path());
        jobs.waiting.push_back(5);
        jobs.cancel(5);
        jobs.result_refused();
        assert!(jobs.ping().result.unwrap().log.contains("stay on the host"));
        jobs.result_refused();
        let idle = jobs.ping();
        assert_eq!((idle.result, idle.received), (None, vec![5]));
        assert!(jobs.ping().result.is_some());
        jobs.acknowledge(5);
        assert!(!jobs.has_result());
    }
}
