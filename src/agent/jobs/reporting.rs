//! What a ping reports of the jobs, and what control acknowledges.

use super::Jobs;
use super::progress::OutputCursor;
use super::retries::Retry;
use crate::log;
use crate::spool::folder::JobFolder;
use crate::spool::reboot;
use crate::spool::report;
use crate::spool::spec::MOST_DISK_SPACE;
use crate::storage::record::RecordError;
use crate::sys::clock;
use wire::bounded::head;
use wire::limits::{MOST_HELD, MOST_REASON};
use wire::ping::{JobResult, Ping, Progress, Status};

const NOT_READ: &str = "its result cannot be read now";

const NOT_MADE_UP: &str = "cannot write what became of its result";

impl Jobs {
    /// The jobs' part of the next ping: the oldest result, and the ids of all other jobs.
    pub(in crate::agent) fn ping(&mut self) -> Ping {
        let next = self.outbox.next();
        let result = next.and_then(|id| self.result(id));
        let carried = result.as_ref().map(|result| result.job_id);
        let rebooting = self.reboot.iter().map(|reboot| reboot.job);
        let running = self.running.iter().map(|job| job.id);
        let ended = self.outbox.jobs().filter(|id| Some(*id) != carried);
        let waiting = self.waiting.iter().copied();
        let received = waiting
            .chain(running)
            .chain(rebooting)
            .chain(ended)
            // Control asks what became of those that are not named.
            .take(MOST_HELD)
            .collect();
        Ping {
            result,
            received,
            progress: self.progress(),
            declines: self.lack_of_disk_space().map(|why| head(why, MOST_REASON)),
            ..Ping::default()
        }
    }

    /// The running job's output and phase that control does not have yet.
    fn progress(&mut self) -> Option<Progress> {
        let id = self.running.as_ref()?.id;
        let progress = self
            .acknowledged_output
            .output_since(id, &self.spool.job(id));
        self.sent_output = progress
            .as_ref()
            .map_or(self.acknowledged_output, OutputCursor::from);
        progress
    }

    /// Control has answered the last ping.
    pub(in crate::agent) fn acknowledge_progress(&mut self) {
        self.acknowledged_output = self.sent_output;
    }

    /// The result as it is sent. One that is missing or damaged is still an end
    /// that control has to know of; one that cannot be read now is sent later.
    fn result(&mut self, id: i64) -> Option<JobResult> {
        let folder = self.spool.job(id);
        let result = match folder.result() {
            Ok(Some(result)) => with_reboot(result, &folder),
            Ok(None) => self.make_up(id, &folder, "its result could not be written"),
            Err(RecordError::Io(error)) => {
                self.log_once.failed(id, NOT_READ, &error);
                return None;
            }
            Err(damage) => self.replace_damaged(id, &folder, &damage.to_string()),
        };
        self.log_once.resolved(id, NOT_READ);
        Some(self.outbox.cut(result))
    }

    fn replace_damaged(&mut self, id: i64, folder: &JobFolder, why: &str) -> JobResult {
        folder.set_result_aside(why);
        self.make_up(id, folder, &format!("its result is damaged: {why}"))
    }

    /// The result of a job that has none to show. What is sent once must stay the
    /// same, whatever happens to the disk next.
    fn make_up(&mut self, id: i64, folder: &JobFolder, why: &str) -> JobResult {
        let why = format!("the job ended, but {why}");
        let result = report::without_run(id, Status::Interrupted, why, clock::wall());
        match folder.finish(&result) {
            Ok(()) => self.log_once.resolved(id, NOT_MADE_UP),
            Err(error) => self.log_once.failed(id, NOT_MADE_UP, &error),
        }
        result
    }

    /// Control, or something on the way to it, took a result for too large.
    pub(in crate::agent) fn result_refused(&mut self) {
        self.outbox.refused();
    }

    /// Control has the result of this job; `now` is in unix seconds of its
    /// clock.
    pub(in crate::agent) fn acknowledge(&mut self, id: i64, now: u64) {
        log::info!("job {id} is reported");
        self.outbox.remove(id);
        self.retries.add(id, Retry::NoteReport);
        self.retries.add(id, Retry::Tidy);
        self.run_retries();
        // What was reported makes room for what was not.
        let most = self.most_bytes.saturating_sub(MOST_DISK_SPACE);
        if let Err(error) = self.spool.prune(most, now) {
            log::warning!("cannot clear old jobs away: {error}");
        }
    }
}

/// Says what came of the restart, if the function asked for one.
fn with_reboot(result: JobResult, folder: &JobFolder) -> JobResult {
    match reboot::problem_with_reboot(folder) {
        Some(wrong) if reboot::is_asked_for_by(&result) => JobResult {
            err: wrong.to_owned(),
            ..result
        },
        _ => result,
    }
}
