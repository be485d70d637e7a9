//! Ending jobs that control no longer wants.

use super::Jobs;
use super::retries::Retry;
use crate::log;
use crate::spool::folder::{JobFolder, Started};
use crate::spool::report;
use crate::sys::clock;
use std::io;
use wire::ping::Status;

const NOT_CANCELLED: &str = "cannot be cancelled yet";

impl Jobs {
    /// Ends a job that control no longer wants. A job that has ended, or that
    /// this host never had, is left alone.
    pub(in crate::agent) fn cancel(&mut self, id: i64) {
        if self.waiting.contains(&id) {
            self.unwanted.insert(id);
            self.drop_unwanted();
            self.start_next();
        } else {
            self.cancel_running(id, &self.spool.job(id));
        }
    }

    /// Ends the jobs that were cancelled while they waited, as far as the disk
    /// allows it.
    pub(super) fn drop_unwanted(&mut self) {
        if self.unwanted.is_empty() {
            return;
        }
        for id in self.unwanted.clone() {
            if let Err(error) = self.cancel_waiting(id) {
                self.log_once.failed(id, NOT_CANCELLED, &error);
                continue;
            }
            self.log_once.resolved(id, NOT_CANCELLED);
            self.unwanted.remove(&id);
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

    /// Noted as begun first, it can never be begun after a restart, whatever
    /// happens to its result.
    fn cancel_waiting(&self, id: i64) -> io::Result<()> {
        let folder = self.spool.job(id);
        let reserve = self.disk_space.reserve();
        reserve.lend(|| folder.mark_started(&Started::now()))?;
        let why = "it was cancelled before it began".to_owned();
        let result = report::without_run(id, Status::Cancelled, why, clock::wall());
        folder.finish(&result)
    }
}
