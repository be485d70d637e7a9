//! A job, as the REST API tells of it.

use crate::failure::{Result, failed};
use serde_json::Value;

/// The end of a job.
pub(super) struct Job {
    /// Whether it succeeded.
    pub(super) succeeded: bool,
    document: Value,
}

impl Job {
    /// Reads the first job of the answer to `GET /job?bid=…`.
    ///
    /// # Errors
    /// When there is none, or it has not ended.
    pub(super) fn read(jobs: &Value) -> Result<Self> {
        let Some(document) = jobs.get(0) else {
            return failed(format!("control knows no job of this batch: {jobs}"));
        };
        if document["completed"].as_str().is_none_or(str::is_empty) {
            return failed(format!("the job has not ended: {document}"));
        }
        Ok(Self {
            succeeded: document["error"] == Value::Bool(false),
            document: document.clone(),
        })
    }

    /// Prints status, duration and output.
    pub(super) fn print(&self) {
        println!("\n  {}", self.document);
    }
}
