//! The control service on this machine, and who works with it.

use super::machine::until;
use lab::Lab;
use release::cargo::repository;
use release::failure::{Failure, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

const UPGRADE: &str = "tests/upgrade:latest";
const MOVE: &str = "tests/move:latest";
const MANAGE: &str = "tests/manage:latest";

fn package() -> PathBuf {
    repository().join("crates/campaign/src/install_test/package")
}

/// An operator of a control service of the laboratory's.
pub(super) struct Operator(Lab);

impl Operator {
    /// Starts a control service with the programs of this folder.
    pub(super) fn new(programs: &Path) -> Self {
        lab::programs::take_from(programs);
        let lab = Lab::new();
        lab.command("greet", &[("GREETING", "Hello")], json!({}));
        lab.command("endless", &[], json!({}));
        lab.publish(&package(), MANAGE);
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

    /// Defines the command `manage`, which writes this text into the file. What it
    /// starts may outlive it if `detach` says so.
    pub(super) fn define_manage(&self, content: &str, detach: bool) {
        let more = json!({ "package": self.0.package(MANAGE), "detach": detach });
        self.0.command("manage", &[("CONTENT", content)], more);
    }

    /// Runs a job to its good end, and returns what it printed.
    ///
    /// # Errors
    /// When it does not come to that.
    pub(super) fn run(&self, key: &str, host: &str) -> Result<String> {
        let job = self.post(key, host);
        self.wait_for(job, "succeeded")?;
        Ok(self.log(job))
    }

    /// What a job printed.
    pub(super) fn log(&self, job: i64) -> String {
        let job = self.0.control.rest().get(&format!("/job/{job}"));
        job["log"].as_str().unwrap_or_default().to_owned()
    }

    /// Defines the command `upgrade` anew, with this package.
    pub(super) fn define_upgrade(&self, package: &Path, deadline: &str) {
        self.0.publish(package, UPGRADE);
        let package = json!({ "package": self.0.package(UPGRADE) });
        self.0
            .command("upgrade", &[("DEADLINE", deadline)], package);
    }

    /// Defines the command `move`, to the control at `url` with this code.
    pub(super) fn define_move(&self, url: &str, code: &str) {
        self.0.publish(&repository().join("examples/move"), MOVE);
        let more = json!({
            "package": self.0.package(MOVE),
            "input": {
                "var": [{ "name": "URL", "description": "", "required": true, "type": "string", "value": url }],
                "secret": [{ "name": "CODE", "description": "", "required": true, "value": code }],
            },
        });
        self.0.command("move", &[], more);
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
