//! The control service on this machine, and who works with it.

use super::machine::until;
use crate::failure::{Failure, Result};
use lab::Lab;
use serde_json::json;
use std::path::Path;

/// An operator of a control service of the laboratory's.
pub(super) struct Operator(Lab);

impl Operator {
    /// Starts a control service with the programs of this folder.
    pub(super) fn new(programs: &Path) -> Self {
        lab::programs::take_from(programs);
        let lab = Lab::new();
        lab.command("greet", &[("GREETING", "Hello")], json!({}));
        lab.command("endless", &[], json!({}));
        Self(lab)
    }

    /// What a first-boot file holds.
    pub(super) fn first_boot(&self) -> String {
        format!("{}\n{}\n", self.0.control.url(), self.0.control.invite())
    }

    /// Posts a job for a host and returns its id.
    pub(super) fn post(&self, key: &str, host: &str) -> i64 {
        self.0.job_for(key, &[host.to_owned()])[0]
    }

    /// Runs a job to its good end.
    ///
    /// # Errors
    /// When it does not come to that.
    pub(super) fn run(&self, key: &str, host: &str) -> Result<()> {
        println!("Running a job");
        self.wait_for(self.post(key, host), "succeeded")
    }

    /// Cancels a job.
    pub(super) fn cancel(&self, job: i64) {
        lab::run(
            self.0
                .control
                .pilotctl()
                .args(["job", "cancel", &job.to_string()]),
        );
    }

    /// Waits until a job has this status.
    ///
    /// # Errors
    /// When it does not get it.
    pub(super) fn wait_for(&self, job: i64, status: &str) -> Result<()> {
        let look = || self.0.control.rest().get(&format!("/job/{job}"));
        let reached = until("", || (look()["status"] == status).then_some(()));
        reached.map_err(|_| Failure::Failed(format!("job {job} is not {status}: {:#}", look())))
    }
}
