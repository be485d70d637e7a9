//! The jobs of this host: at most one runs, the others wait for their turn or for control to
//! acknowledge their result.

mod cancel;
pub(super) mod environment;
mod log_once;
mod outbox;
mod progress;
mod reporting;
mod retries;
mod runner;
mod start;

use crate::config::{Config, Program};
use crate::containment::cgroup;
use crate::failure::{Context, Failure};
use crate::log;
use crate::spool::Spool;
use crate::spool::disk_space::DiskSpace;
use crate::spool::folder::{JobFolder, Received, State};
use crate::spool::reboot::{self, Reboot};
use crate::sys::clock;
use log_once::LogOnce;
use outbox::Outbox;
use progress::OutputCursor;
use retries::{Retries, Retry};
use runner::{RunningJob, conclude_interrupted};
use start::{Start, start};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use wire::limits::MOST_HELD;
use wire::ping::{JobResult, Status};

/// The jobs of this host, by state.
pub(super) struct Jobs {
    pub(super) spool: Spool,
    disk_space: DiskSpace,
    /// How many bytes the spool may take.
    most_bytes: u64,
    /// Jobs that were received and have not begun.
    waiting: VecDeque<i64>,
    /// Waiting jobs that were cancelled, until that is on disk.
    cancelled: BTreeSet<i64>,
    /// Whether the waiting jobs may begin; see [`Jobs::confirm`].
    confirmed: bool,
    running: Option<RunningJob>,
    /// How much of the running job's output control has.
    acknowledged_output: OutputCursor,
    /// How much it has once it answers the last ping.
    sent_output: OutputCursor,
    /// A restart of the host that was ordered, and the job whose result is sent after it.
    reboot: Option<Reboot>,
    /// The command that restarts the host.
    reboot_command: Option<Program>,
    /// Jobs that have ended, and whose result control has not acknowledged.
    outbox: Outbox,
    retries: Retries,
    log_once: LogOnce,
}

/// Logged of a job that cannot be started for now.
const NOT_STARTED: &str = "cannot be started yet";

impl Jobs {
    /// Opens the spool of this home.
    pub(super) fn open(home: &Path) -> Result<Self, Failure> {
        let spool = Spool::open(home)
            .context(format_args!("cannot open the jobs in {}", home.display()))?;
        Ok(Self {
            spool,
            disk_space: DiskSpace::new(home),
            most_bytes: 0,
            waiting: VecDeque::new(),
            cancelled: BTreeSet::new(),
            confirmed: false,
            running: None,
            acknowledged_output: OutputCursor::default(),
            sent_output: OutputCursor::default(),
            reboot: None,
            reboot_command: None,
            outbox: Outbox::new(),
            retries: Retries::default(),
            log_once: LogOnce::default(),
        })
    }

    /// Applies the configuration.
    pub(super) fn configure(&mut self, config: &Config) {
        self.most_bytes = config.spool_limit;
        self.disk_space.forget_refusal();
        self.reboot_command.clone_from(&config.reboot);
    }

    /// Continues with the jobs on disk where an earlier agent stopped.
    ///
    /// # Errors
    /// When the jobs cannot be read: without them, one could run twice.
    pub(super) fn resume(&mut self) -> Result<(), Failure> {
        let what = "cannot read the jobs of this host";
        self.spool.remove_fragments().context(what)?;
        cgroup::remove_abandoned();
        for (id, folder, state) in self.spool.jobs().context(what)? {
            log::debug!("job {id} is {state:?}");
            if state != State::Reported
                && let Err(error) = folder.sync()
            {
                log::warning!("{}: {error}", folder.path().display());
            }
            if matches!(state, State::Ended | State::Reported) {
                self.retries.add(id, Retry::Tidy);
            }
            match state {
                State::Received => self.waiting.push_back(id),
                State::Running => self.running = Some(RunningJob::adopt(id, folder)),
                State::Interrupted => self.conclude(id, None),
                State::Ended if is_rebooting(&folder) => {
                    self.reboot = Some(Reboot::ordered_before(id));
                }
                State::Ended => self.outbox.push(id),
                State::Reported => {}
            }
        }
        self.run_retries();
        self.start_next();
        Ok(())
    }

    /// Repeats the writes that the disk has refused.
    fn run_retries(&mut self) {
        let reserve = self.disk_space.reserve();
        self.retries.run(&self.spool, reserve, &mut self.log_once);
    }

    /// Whether this host could start another job now.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.waiting.is_empty() && self.reboot.is_none()
    }

    /// Whether a result waits to be sent.
    pub(super) fn has_result(&self) -> bool {
        !self.outbox.is_empty()
    }

    pub(super) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref().and_then(RunningJob::watched)
    }

    /// Queues a job that is on disk.
    pub(super) fn enqueue(&mut self, id: i64) {
        self.waiting.push_back(id);
        self.start_next();
    }

    /// Control has answered a ping that named the waiting jobs, and has not cancelled them: from
    /// now on they may begin. Before that, they may come from a restored backup, and have run
    /// already.
    pub(super) fn confirm(&mut self) {
        self.confirmed = true;
        self.start_next();
    }

    /// Whether jobs wait that control has to confirm with its answer to the next ping.
    pub(super) fn is_asking(&self) -> bool {
        !self.confirmed && !self.waiting.is_empty()
    }

    /// Why there is no disk space for another job now.
    pub(super) fn lack_of_disk_space(&mut self) -> Option<String> {
        self.disk_space.lack(self.most_bytes)
    }

    /// The disk refused a job.
    pub(super) fn note_refusal(&mut self, error: &io::Error) {
        self.disk_space.note_refusal(error);
    }

    /// Queues the result of a job that has ended.
    pub(super) fn send_result(&mut self, id: i64) {
        self.outbox.push(id);
    }

    /// Queues the result of a job that control asks for, even if it was sent before. If this host
    /// does not hold the job, the result is `interrupted`, and the job never runs here. While
    /// many results wait, this does nothing: control asks again later.
    pub(super) fn account_for(&mut self, id: i64) -> io::Result<()> {
        if self.outbox.len() >= MOST_HELD / 2 {
            return Ok(());
        }
        let folder = self.spool.job(id);
        if !folder.exists()? {
            let why = "this host no longer holds the job: its state was restored or lost";
            let result =
                JobResult::without_run(id, Status::Interrupted, why.to_owned(), clock::wall());
            self.spool.refuse(&Received::unknown(id), &result)?;
        }
        match folder.state()? {
            State::Reported => folder.mark_unreported()?,
            State::Ended => {}
            // The disk refused the job when it was received, and then its removal. It was never
            // acknowledged, so control offers it again.
            State::Received if !self.waiting.contains(&id) => return folder.remove(),
            State::Received | State::Running | State::Interrupted => return Ok(()),
        }
        self.retries.drop(id, Retry::NoteReport);
        self.outbox.push(id);
        Ok(())
    }

    /// Starts the job that has waited longest, unless one runs.
    fn start_next(&mut self) {
        while self.confirmed
            && self.running.is_none()
            && self.reboot.is_none()
            && let Some(&id) = self.waiting.front()
            && !self.cancelled.contains(&id)
        {
            match start(id, &self.spool.job(id), self.disk_space.reserve()) {
                Start::Begun(job) => {
                    log::info!("job {id} started");
                    self.running = Some(job);
                }
                Start::Failed(why) => self.conclude(id, Some(why)),
                Start::NotYet(why) => return self.log_once.failed(id, NOT_STARTED, &why),
            }
            self.log_once.resolved(id, NOT_STARTED);
            self.waiting.pop_front();
        }
    }

    /// Checks whether the running job has ended, repeats writes that the disk refused, and starts
    /// the next job. Returns whether one has ended.
    pub(super) fn settle(&mut self) -> bool {
        let ended = self.running.take_if(RunningJob::poll_ended);
        if let Some(job) = &ended {
            self.conclude(job.id, None);
        }
        let stays = self.reboot.take_if(Reboot::has_failed);
        if let Some(reboot) = &stays {
            log::error!("the host did not restart for job {}", reboot.job);
            self.outbox.push(reboot.job);
        }
        self.run_retries();
        self.end_cancelled();
        self.start_next();
        ended.is_some() || stays.is_some()
    }

    /// Makes sure that a job that is over has a result, and queues that.
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
        self.retries.drop(id, Retry::Cancel);
        self.retries.add(id, Retry::Tidy);
        cgroup::remove_abandoned();
        if !self.reboots_for(id, &folder) {
            self.send_result(id);
        }
    }

    /// Restarts the host if the job asks for it and the configuration allows it. Returns whether
    /// the result has to wait for that.
    fn reboots_for(&mut self, id: i64, folder: &JobFolder) -> bool {
        let is_asked_for =
            matches!(folder.result(), Ok(Some(result)) if reboot::is_asked_for_by(&result));
        let Some(command) = self.reboot_command.as_ref().filter(|_| is_asked_for) else {
            return false;
        };
        match self
            .disk_space
            .reserve()
            .lend(|| Reboot::order(id, folder, command))
        {
            Ok(reboot) => self.reboot = Some(reboot),
            Err(error) => log::error!("cannot restart the host for job {id}: {error}"),
        }
        self.reboot.is_some()
    }

    /// The running job.
    pub(super) fn running(&self) -> Option<i64> {
        self.running.as_ref().map(|job| job.id)
    }

    /// Whether this job runs.
    fn is_running(&self, id: i64) -> bool {
        self.running() == Some(id)
    }

    pub(super) fn summary(&self) -> String {
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

/// Whether a restart of the host was ordered for this job and has not happened yet.
fn is_rebooting(folder: &JobFolder) -> bool {
    matches!(folder.reboot(), Ok(Some(ordered)) if !ordered.before_reboot())
}

#[cfg(test)]
mod tests;
