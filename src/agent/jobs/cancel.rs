//! Cancels jobs.

use super::Jobs;
use super::retries::Retry;
use crate::log;
use crate::spool::folder::{JobFolder, Started};
use crate::sys::clock;
use std::io;
use wire::ping::{JobResult, Status};

const NOT_CANCELLED: &str = "cannot be cancelled yet";

impl Jobs {
    /// Cancels a job. Does nothing if it has ended, or if this host never had it.
    pub(in crate::agent) fn cancel(&mut self, id: i64) {
        if self.waiting.contains(&id) {
            self.cancelled.insert(id);
            self.end_cancelled();
            self.start_next();
        } else {
            self.cancel_running(id, &self.spool.job(id));
        }
    }

    /// Ends the jobs that were cancelled while they waited. If the disk refuses, the agent tries
    /// again later.
    pub(super) fn end_cancelled(&mut self) {
        if self.cancelled.is_empty() {
            return;
        }
        for id in self.cancelled.clone() {
            if let Err(error) = self.cancel_waiting(id) {
                self.log_once.failed(id, NOT_CANCELLED, &error);
                continue;
            }
            self.log_once.resolved(id, NOT_CANCELLED);
            self.cancelled.remove(&id);
            self.waiting.retain(|&waiting| waiting != id);
            self.retries.add(id, Retry::Tidy);
            self.send_result(id);
        }
        self.run_retries();
    }

    fn cancel_running(&mut self, id: i64, folder: &JobFolder) {
        if self.is_running(id) && !folder.is_cancelled() {
            log::info!("job {id} is to be cancelled");
            self.retries.add(id, Retry::Cancel);
            self.run_retries();
        }
    }

    /// Records the job as begun before it writes the result: so the job never begins after a
    /// restart, even if the result is lost.
    fn cancel_waiting(&self, id: i64) -> io::Result<()> {
        let folder = self.spool.job(id);
        let reserve = self.disk_space.reserve();
        reserve.lend(|| folder.mark_started(&Started::now()))?;
        let why = "it was cancelled before it began".to_owned();
        let result = JobResult::without_run(id, Status::Cancelled, why, clock::wall());
        folder.finish(&result)
    }
}
