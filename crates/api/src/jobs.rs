//! `/job` and `/job/batch`: jobs and batches.

mod detail;

pub use detail::{JobCommand, JobDetail, JobResult, Progress, output_after};

use crate::bounds::{MOST_NOTES, check_labels};
use crate::{BatchId, Input, JobId, Time, as_number};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::Any;
use wire::limits::MOST_NAME;

/// The body of `POST /job`. The answer is the id of the batch, as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRequest {
    /// The name of the batch.
    pub name: String,
    /// Free text.
    #[serde(default)]
    pub notes: String,
    /// Labels of the batch.
    #[serde(default)]
    pub label: Vec<String>,
    /// The hosts.
    pub host_uuid: BTreeSet<HostId>,
    /// The command's key.
    pub fx_key: String,
    /// The command's version; stored, but commands have only one.
    #[serde(default)]
    pub fx_version: i64,
}

impl Bounded for BatchRequest {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("name", &self.name, MOST_NAME)?;
        bounded::text("notes", &self.notes, MOST_NOTES)?;
        bounded::text("fx_key", &self.fx_key, MOST_NAME)?;
        check_labels(&self.label)
    }
}

impl Input for BatchRequest {
    const KNOWN: &Known = &Known(&[
        ("name", Any),
        ("notes", Any),
        ("label", Any),
        ("host_uuid", Any),
        ("fx_key", Any),
        ("fx_version", Any),
    ]);
}

/// An entry of `GET /job/batch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Batch {
    /// Its id, as a number.
    #[serde(with = "as_number")]
    pub batch_id: BatchId,
    /// The id as text: some clients round large numbers.
    pub batch: BatchId,
    /// The name that its creator gave it.
    pub name: String,
    /// Free text.
    pub notes: String,
    /// Its labels.
    pub label: Vec<String>,
    /// The user who created it.
    pub owner: String,
    /// The command's key.
    pub fx_key: String,
    /// When it was created.
    pub created: Time,
}

/// What lists and details of jobs have in common: the fields of existing services, and the
/// status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// The host; a client cannot read that of an entry without one.
    pub host_uuid: Option<HostId>,
    /// The hostname that the host reported.
    pub hostname: String,
    /// The command's key.
    pub fx_key: String,
    /// The command's version, as the client gave it.
    pub fx_version: i64,
    /// `queued`, `received`, `cancelling`, or how it ended.
    pub status: String,
    /// When it was created.
    pub created: Time,
    /// When it began, as its host says, else when the host received it.
    pub started: Option<String>,
    /// When it ended, as its host says, else when control learnt it.
    pub completed: Option<String>,
    /// Its output; in lists only if it was asked for.
    pub log: String,
    /// Whether it ended without success.
    pub error: bool,
    /// The org group of its host.
    pub org_group: String,
    /// The organisation of its host.
    pub org: String,
    /// The area of its host.
    pub area: String,
    /// The location of its host.
    pub location: String,
    /// The labels of its host.
    pub tag: Vec<String>,
}

impl Job {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        !matches!(&*self.status, "queued" | "received" | "cancelling")
    }

    /// Whether it has ended with success.
    pub fn has_succeeded(&self) -> bool {
        self.status == "succeeded"
    }
}

/// An entry of `GET /job`. Its ids are numbers, as in existing services, and also text, because
/// some clients round large numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListedJob {
    /// Its id, as a number.
    #[serde(with = "as_number")]
    pub id: JobId,
    /// Its id, as text.
    pub job: JobId,
    /// The id of its batch, as a number.
    #[serde(with = "as_number")]
    pub job_batch_id: BatchId,
    /// The id of its batch, as text.
    pub batch: BatchId,
    /// The rest.
    #[serde(flatten)]
    pub entry: Job,
}

/// The answer to `DELETE /job/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Cancelled {
    /// The status of the job now.
    pub status: String,
    /// Whether it had ended before.
    pub ended: bool,
}

/// The answer to `POST /job/{id}/remove` and `POST /job/batch/{id}/remove`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Removed {
    /// How many jobs were removed.
    pub jobs: u64,
    /// Whether the batch has more jobs, for which there was no time: repeat the request.
    pub more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn the_ids_of_a_listed_job_are_numbers_and_text() {
        let (id, batch) = (3_689_348_814_741_910_323, 3_689_348_814_741_910_322);
        let listed = ListedJob {
            id: JobId::new(id),
            job: JobId::new(id),
            job_batch_id: BatchId::new(batch),
            batch: BatchId::new(batch),
            entry: Job::default(),
        };
        let json = json!(listed);
        assert_eq!(
            (&json["id"], &json["job"]),
            (&json!(id), &json!(id.to_string()))
        );
        assert_eq!(json["job_batch_id"], batch);
        assert_eq!(json["batch"], batch.to_string());
        assert_eq!(json["started"], json!(null));
        assert_eq!(from_value::<ListedJob>(json).unwrap(), listed);
    }

    #[test]
    fn a_job_of_another_service_is_read() {
        let listed: ListedJob = from_value(json!({ "id": 5, "status": "odd", "x": {} })).unwrap();
        assert_eq!(listed.id, JobId::new(5));
        assert!(listed.entry.has_ended() && !listed.entry.has_succeeded());
        for status in ["queued", "received", "cancelling"] {
            let open: Job = from_value(json!({ "status": status })).unwrap();
            assert!(!open.has_ended());
        }
    }

    #[test]
    fn a_request_is_read_strictly() {
        let host = "11111111-2222-4333-8444-555555555555";
        let mut json = json!({ "name": "n", "host_uuid": [host], "fx_key": "k" });
        let read = |json: &serde_json::Value| BatchRequest::from_json(json.to_string().as_bytes());
        let request = read(&json).unwrap();
        assert_eq!(read(&json!(request)), Ok(request));
        json["lable"] = json!(["web"]);
        assert!(read(&json).unwrap_err().to_string().contains("label?"));
    }
}
