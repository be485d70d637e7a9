//! The body of a ping.

use crate::bounded::{self, Bounded, TooLong};
use crate::limits::{
    MOST_HELD, MOST_PROGRESS, MOST_REASON, MOST_SURVIVOR, MOST_SURVIVORS, MOST_TIME,
};
use crate::time::rfc3339;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// The body of `POST /ping`; empty when there is nothing to report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ping {
    /// The result of a job that ended. An authenticated answer to this ping
    /// acknowledges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Jobs that the host holds and that have not ended for control, at most [`MOST_HELD`] and
    /// each once: control stops offering them.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "each_once"
    )]
    pub received: Vec<i64>,
    /// The latest output of the running job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// Why the host takes no job at present, for instance because its disk is
    /// full: control offers none until a ping comes without this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declines: Option<String>,
    /// How many seconds the host's clock is ahead of control's. Sent after a change, until an
    /// answer acknowledges it. 0: it is right again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew: Option<i64>,
    /// Control had seen higher sequence numbers than this host knew of: its state was restored
    /// from a backup, or it was cloned. Sent until an answer acknowledges it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restored: bool,
    /// The number of the key list in force, on hosts with a root key. Sent when the agent starts
    /// and after a change, until an answer acknowledges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
}

/// Reads job ids; a repeated one counts once.
fn each_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    let mut ids = bounded::at_most::<MOST_HELD, _, _>(deserializer)?;
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    Ok(ids)
}

impl Bounded for Ping {
    fn check(&self) -> Result<(), TooLong> {
        if let Some(progress) = &self.progress {
            bounded::text("the text of progress", &progress.text, MOST_PROGRESS)?;
        }
        bounded::texts("declines", &self.declines, MOST_REASON)?;
        self.result.check()
    }
}

/// The newest part of a running job's output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The job.
    pub job_id: i64,
    /// Where the runner is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// How many bytes the job had printed before `text`. A gap after the last progress is not
    /// sent later.
    pub at: u64,
    /// What it printed from there on, byte for byte: each byte that is no UTF-8
    /// is a `?`.
    pub text: String,
}

impl Progress {
    /// How many bytes the job had printed up to the end of `text`.
    pub fn end(&self) -> u64 {
        self.at.saturating_add(self.text.len() as u64)
    }
}

/// How a job ended.
///
/// The first five fields are those of existing agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobResult {
    /// The job.
    pub job_id: i64,
    /// Whether the function ended with exit code 0.
    pub success: bool,
    /// Both output streams, merged in the order in which they came.
    pub log: String,
    /// One sentence that says what went wrong; empty on success.
    pub err: String,
    /// When the result was made (RFC 3339).
    pub time: String,
    /// What became of the job; absent from existing agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The exit code, where the runner ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal that ended the runner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// When it began (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// When it ended (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// How long the function ran, in milliseconds of a monotonic clock; where it did not begin,
    /// how long the runner did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// How long the package took to be pulled, verified and unpacked before
    /// that, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preparation: Option<u64>,
    /// How many bytes were cut from the middle of `log`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cut: u64,
    /// By what means the job's processes were held together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containment: Option<Containment>,
    /// Processes that were left behind, as `pid command`; at most
    /// [`MOST_SURVIVORS`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "bounded::at_most::<MOST_SURVIVORS, _, _>"
    )]
    pub survivors: Vec<String>,
}

impl JobResult {
    /// The result of a job whose function did not come to an end, or never began; `now` is in
    /// unix seconds.
    pub fn without_run(job_id: i64, status: Status, err: String, now: u64) -> Self {
        Self {
            job_id,
            success: false,
            log: String::new(),
            err,
            time: rfc3339(now),
            status: Some(status),
            phase: None,
            exit_code: None,
            signal: None,
            start: None,
            end: None,
            milliseconds: None,
            preparation: None,
            cut: 0,
            containment: None,
            survivors: Vec::new(),
        }
    }
}

/// Except `log` and `err`, which control cuts to head and tail: what a job printed is not worth
/// losing its result.
impl Bounded for JobResult {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("Time", &self.time, MOST_TIME)?;
        bounded::texts("Start", &self.start, MOST_TIME)?;
        bounded::texts("End", &self.end, MOST_TIME)?;
        bounded::texts("a survivor", &self.survivors, MOST_SURVIVOR)
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The function ended with exit code 0.
    Succeeded,
    /// The function, or a phase before it, failed.
    Failed,
    /// The time limit passed and the job was killed.
    TimedOut,
    /// It was cancelled, before or while it ran.
    Cancelled,
    /// The agent or the host went down while it ran.
    Interrupted,
    /// The host would not run it.
    Refused,
}

impl Status {
    /// The name on the wire and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Refused => "refused",
        }
    }
}

/// The steps of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Fetching the package from its registry.
    Pull,
    /// Checking digest and signature.
    Verify,
    /// Unpacking.
    Unpack,
    /// Running the function.
    Run,
}

impl Phase {
    /// The name on the wire and in the runner's phase file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Verify => "verify",
            Self::Unpack => "unpack",
            Self::Run => "run",
        }
    }
}

/// By what means a job's processes are found when it has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Containment {
    /// A cgroup of the second version, killed as a whole.
    Cgroup,
    /// Descendants, swept until none is left.
    Sweep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_existing_agents_are_read() {
        let json = r#"{"result":{"JobId":7,"Success":true,"Log":"hi","Err":"","Time":"2022-11-08T14:38:38Z"}}"#;
        let ping: Ping = serde_json::from_str(json).unwrap();
        let result = ping.result.unwrap();
        assert_eq!(
            (result.job_id, result.success, result.status),
            (7, true, None)
        );
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for status in [
            Status::Succeeded,
            Status::Failed,
            Status::TimedOut,
            Status::Cancelled,
            Status::Interrupted,
            Status::Refused,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
        for phase in [Phase::Pull, Phase::Verify, Phase::Unpack, Phase::Run] {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.name());
        }
    }

    #[test]
    fn abuse_a_ping_with_lists_and_texts_without_end() {
        let read = |member: &str, value: serde_json::Value| {
            let ping = serde_json::json!({ member: value }).to_string();
            let ping = serde_json::from_str::<Ping>(&ping);
            ping.map_err(|error| error.to_string())
                .and_then(|ping| ping.check().map_err(|error| error.to_string()))
        };
        let result = |member: &str, value: serde_json::Value| {
            let mut result = serde_json::json!({
                "JobId": 1, "Success": true, "Log": "x".repeat(9 << 20), "Err": "", "Time": "now",
            });
            result[member] = value;
            read("result", result)
        };
        let long = |length: usize| serde_json::Value::from("x".repeat(length));
        assert_eq!(read("received", (0..64).collect()), Ok(()));
        assert!(read("received", vec![1; 65].into()).is_err());
        assert_eq!(read("declines", long(MOST_REASON)), Ok(()));
        assert!(read("declines", long(MOST_REASON + 1)).is_err());
        let progress = |length| serde_json::json!({ "job_id": 1, "at": 0, "text": long(length) });
        assert_eq!(read("progress", progress(MOST_PROGRESS)), Ok(()));
        assert!(read("progress", progress(MOST_PROGRESS + 1)).is_err());
        assert_eq!(result("Cut", 5.into()), Ok(()));
        for member in ["Time", "Start", "End"] {
            assert!(result(member, long(MOST_TIME + 1)).is_err(), "{member}");
        }
        assert!(result("Survivors", vec!["1 x"; MOST_SURVIVORS + 1].into()).is_err());
        assert!(result("Survivors", vec![long(MOST_SURVIVOR + 1)].into()).is_err());
    }

    #[test]
    fn a_job_that_is_named_twice_counts_once() {
        let ping: Ping = serde_json::from_str(r#"{"received":[7,5,7,7]}"#).unwrap();
        assert_eq!(ping.received, [7, 5]);
    }

    #[test]
    fn an_idle_ping_is_small() {
        assert_eq!(serde_json::to_string(&Ping::default()).unwrap(), "{}");
    }
}
