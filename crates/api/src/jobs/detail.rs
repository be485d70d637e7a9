//! `GET /job/{id}`: one job, with its command and its whole result. Ids are text.

use super::Job;
use crate::{BatchId, JobId, JobNumber, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobDetail {
    /// Its id.
    pub id: JobId,
    /// The number under which its host knows it, once it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<JobNumber>,
    /// The batch that it belongs to.
    pub job_batch_id: BatchId,
    /// What lists have too.
    #[serde(flatten)]
    pub entry: Job,
    /// The name of its batch.
    pub name: String,
    /// The user who created its batch.
    pub owner: String,
    /// What its host is asked to run, with the secrets masked.
    pub command: JobCommand,
    /// Why no host has it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    /// Its output so far, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// How it ended.
    pub result: Option<JobResult>,
}

/// The command of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobCommand {
    /// The id of the job.
    pub job_id: JobId,
    /// `domain/group/name:tag`.
    pub package: String,
    /// The function of the package.
    pub function: String,
    /// Everything else that hosts get.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// The recent output of a running job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// What its host is doing: `pull`, `verify`, `unpack` or `run`.
    pub phase: Option<String>,
    /// How many bytes it printed before `text`.
    pub at: u64,
    /// The output.
    pub text: String,
    /// When the host last reported progress.
    pub told: Time,
}

/// How a job ended, as its host reported it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct JobResult {
    /// The id of the job.
    pub job_id: JobId,
    /// Whether the function ended with exit code 0.
    pub success: bool,
    /// One sentence that says what went wrong; empty on success.
    pub err: String,
    /// Where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The exit code, if the runner ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal that ended the runner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// How long the function ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// How many bytes were cut from the middle of the output.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut: u64,
    /// Processes that were left behind, as `pid command`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub survivors: Vec<String>,
    /// Everything else that the host reported, such as its times.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl JobCommand {
    /// The command of a job, as hosts get it.
    pub fn new(job: JobId, command: &wire::command::Command) -> Self {
        Self {
            job_id: job,
            ..read(command)
        }
    }
}

impl JobResult {
    /// The result of a job, as its host sent it.
    pub fn new(job: JobId, result: &wire::ping::JobResult) -> Self {
        Self {
            job_id: job,
            ..read(result)
        }
    }
}

/// The members of a message of the wire, all of which are among those of `T`.
fn read<T: for<'de> Deserialize<'de> + Default>(message: &impl Serialize) -> T {
    // Neither can fail: a test reads every member.
    let value = serde_json::to_value(message).unwrap_or_default();
    serde_json::from_value(value).unwrap_or_default()
}

/// The part of the output of an ended job after its first `from` bytes, and how many bytes the job
/// printed before that part. `log` is the output, except for a note in place of the `cut` bytes that
/// were cut out.
pub fn output_after(log: &str, cut: u64, from: u64) -> (u64, String) {
    let note = format!("\n[… {cut} bytes cut …]\n");
    let Some((head, tail)) = log.split_once(&note).filter(|_| cut > 0) else {
        return part(log, 0, from);
    };
    let tail_at = cut.saturating_add(head.len() as u64);
    if from >= head.len() as u64 {
        return part(tail, tail_at, from);
    }
    let (at, head) = part(head, 0, from);
    (at, format!("{head}{note}{tail}"))
}

/// A text that begins at `at`, without what is before `from`.
fn part(text: &str, at: u64, from: u64) -> (u64, String) {
    let skipped = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX);
    let skipped = text.ceil_char_boundary(skipped.min(text.len()));
    (at + skipped as u64, text[skipped..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};
    use wire::command::{Command, Input, Limits, Secret, SecretInput};
    use wire::ping::{Phase, Status};

    const ID: i64 = 3_689_348_814_741_910_323;

    #[test]
    fn a_command_has_all_that_hosts_get_and_its_id_as_text() {
        let command = Command {
            job_id: ID,
            package: "r.example/ops/hello:1".into(),
            function: "greet".into(),
            pwd: Secret::new("***"),
            input: Some(Input {
                secret: vec![SecretInput::default()],
                ..Input::default()
            }),
            digest: Some("sha256:1".into()),
            timeout: Some(1),
            max_output: Some(2),
            detach: true,
            limits: Limits {
                cpu: Some(3),
                ..Limits::default()
            },
            keep: true,
            ..Command::default()
        };
        let mut expected = json!(command);
        expected["job_id"] = json!(ID.to_string());
        assert_eq!(json!(JobCommand::new(JobId::new(ID), &command)), expected);
    }

    #[test]
    fn a_result_has_all_that_the_host_sent_and_its_id_as_text() {
        let result = wire::ping::JobResult {
            job_id: ID,
            success: false,
            log: "output".into(),
            err: "no".into(),
            time: "2026-11-30T15:00:00Z".into(),
            status: Some(Status::Failed),
            phase: Some(Phase::Run),
            exit_code: Some(1),
            signal: Some(9),
            start: Some("2026-11-30T15:00:00Z".into()),
            end: Some("2026-11-30T15:00:01Z".into()),
            milliseconds: Some(1_000),
            preparation: Some(5),
            cut: 7,
            containment: None,
            survivors: vec!["7 sleep".into()],
        };
        let mut expected = json!(result);
        expected["JobId"] = json!(ID.to_string());
        let shown = JobResult::new(JobId::new(ID), &result);
        assert_eq!(json!(shown), expected);
        assert_eq!(from_value::<JobResult>(expected).unwrap(), shown);
    }

    #[test]
    fn a_detail_without_a_result_says_so() {
        let json = json!(JobDetail::default());
        assert_eq!(json["result"], json!(null));
        assert!(json.get("waits").is_none() && json.get("progress").is_none());
        let running =
            json!({ "id": "5", "status": "received", "progress": { "at": 2, "text": "ab" } });
        let running: JobDetail = from_value(running).unwrap();
        assert_eq!(running.progress.unwrap().text, "ab");
    }
}
