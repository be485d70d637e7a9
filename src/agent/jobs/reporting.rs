//! What a ping reports of the jobs, and what control acknowledges.

use super::Jobs;
use super::progress::OutputCursor;
use super::retries::Retry;
use crate::log;
use crate::spool::folder::JobFolder;
use crate::spool::reboot;
use crate::spool::spec::MOST_DISK_SPACE;
use crate::storage::record::RecordError;
use crate::sys::clock;
use wire::bounded::head;
use wire::limits::{MOST_HELD, MOST_REASON};
use wire::ping::{JobResult, Ping, Progress, Status};

const NOT_READ: &str = "its result cannot be read now";

const NOT_REPLACED: &str = "cannot write another result yet";

impl Jobs {
    /// The jobs' part of the next ping: the oldest result, the ids of all other jobs, and the
    /// running job's progress.
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
            // Control asks for the results of those that are left out.
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

    /// The output and phase of the running job that control does not have yet.
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

    /// Control has answered the last ping, and has the progress in it.
    pub(in crate::agent) fn acknowledge_progress(&mut self) {
        self.acknowledged_output = self.sent_output;
    }

    /// The result as it is sent. A missing or damaged result is replaced, because control has to
    /// learn that the job has ended. A result that cannot be read now is sent later.
    fn result(&mut self, id: i64) -> Option<JobResult> {
        let folder = self.spool.job(id);
        let result = match folder.result() {
            Ok(Some(result)) => with_reboot(result, &folder),
            Ok(None) => self.replace_missing(id, &folder, "its result could not be written"),
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
        self.replace_missing(id, folder, &format!("its result is damaged: {why}"))
    }

    /// Makes a result for a job that has none, and writes it to disk: if it is sent again, it must
    /// be the same.
    fn replace_missing(&mut self, id: i64, folder: &JobFolder, why: &str) -> JobResult {
        let why = format!("the job ended, but {why}");
        let result = JobResult::without_run(id, Status::Interrupted, why, clock::wall());
        match folder.finish(&result) {
            Ok(()) => self.log_once.resolved(id, NOT_REPLACED),
            Err(error) => self.log_once.failed(id, NOT_REPLACED, &error),
        }
        result
    }

    /// Control, or a proxy before it, refused a result as too large.
    pub(in crate::agent) fn result_refused(&mut self) {
        self.outbox.refused();
    }

    /// Control has the result of this job; `now` is in unix seconds of control's clock.
    pub(in crate::agent) fn acknowledge(&mut self, id: i64, now: u64) {
        self.outbox.remove(id);
        self.retries.add(id, Retry::NoteReport);
        self.retries.add(id, Retry::Tidy);
        self.run_retries();
        log::info!("job {id} is reported");
        // Removes reported jobs until there is space for another job.
        let most = self.most_bytes.saturating_sub(MOST_DISK_SPACE);
        if let Err(error) = self.spool.prune(most, now) {
            log::warning!("cannot clear old jobs away: {error}");
        }
    }
}

/// Adds an error if the function asked for a restart that did not happen.
fn with_reboot(result: JobResult, folder: &JobFolder) -> JobResult {
    match reboot::problem_with_reboot(folder) {
        Some(wrong) if reboot::is_asked_for_by(&result) => JobResult {
            err: wrong.to_owned(),
            ..result
        },
        _ => result,
    }
}
