//! Specs and results as they lie on disk, version 1. An agent of this version reads the records
//! of every other, so these types never change: a further member makes version 2 of the record.
//!
//! They mirror types of the agent and of the wire. A member that is added there is added here
//! only with a decision about the specs and results of hosts in the field.

use super::spec::Spec;
use crate::config::job_policy::JobPolicy;
use crate::storage::record::kept_on_disk;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::PathBuf;
use wire::command::Limits;
use wire::ping::{Containment, JobResult, Phase, Status};

/// A spec with an unknown member is not carried out.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Spec", deny_unknown_fields)]
struct SpecV1 {
    job_id: i64,
    art: PathBuf,
    package: String,
    function: String,
    environment: Vec<(String, String)>,
    /// The first agents wrote none.
    #[serde(default)]
    inputs: Vec<String>,
    timeout: u32,
    max_output: u32,
    detach: bool,
    #[serde(with = "LimitsV1")]
    limits: Limits,
    #[serde(rename = "rules", with = "JobPolicyV1")]
    job_policy: JobPolicy,
}
kept_on_disk!(Spec as SpecV1);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Limits", deny_unknown_fields)]
struct LimitsV1 {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    descriptors: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    processes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cpu: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "JobPolicy", deny_unknown_fields)]
struct JobPolicyV1 {
    pull_limit: u32,
    grace: u32,
    processes: u32,
    no_new_privileges: bool,
    user: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "JobResult", rename_all = "PascalCase")]
struct ResultV1 {
    job_id: i64,
    success: bool,
    log: String,
    err: String,
    time: String,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "status")]
    status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "phase")]
    phase: Option<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preparation: Option<u64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    cut: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "containment")]
    containment: Option<Containment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    survivors: Vec<String>,
}
kept_on_disk!(JobResult as ResultV1);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Status", rename_all = "snake_case")]
enum StatusV1 {
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Interrupted,
    Refused,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Phase", rename_all = "lowercase")]
enum PhaseV1 {
    Pull,
    Verify,
    Unpack,
    Run,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Containment", rename_all = "lowercase")]
enum ContainmentV1 {
    Cgroup,
    Sweep,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A module for `#[serde(with = …)]`: mirrors are for values that are there.
macro_rules! optional {
    ($module:ident: $kept:ident as $mirror:ident, $name:literal) => {
        mod $module {
            use super::*;

            #[derive(Deserialize)]
            struct Kept(#[serde(with = $name)] $kept);

            pub(super) fn serialize<S: Serializer>(
                value: &Option<$kept>,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                match value {
                    Some(value) => $mirror::serialize(value, to),
                    None => to.serialize_none(),
                }
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(
                from: D,
            ) -> Result<Option<$kept>, D::Error> {
                Ok(Option::deserialize(from)?.map(|Kept(value)| value))
            }
        }
    };
}
optional!(status: Status as StatusV1, "StatusV1");
optional!(phase: Phase as PhaseV1, "PhaseV1");
optional!(containment: Containment as ContainmentV1, "ContainmentV1");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::folder::{Received, Started};
    use crate::storage::record::OnDisk;
    use crate::storage::record::tests::assert_is_version_1;

    const JOB: i64 = 7_301_000_000_000_000_001;

    #[test]
    fn a_spec_of_version_1_means_what_it_meant() {
        assert_is_version_1("request", |spec: &Spec| {
            assert_eq!(spec.job_id, JOB);
            assert_eq!(spec.package, "r.example/ops/hello:1");
            assert_eq!(spec.inputs, ["GREETING"]);
            assert_eq!((spec.timeout, spec.max_output), (90, 65_536));
            assert_eq!(spec.limits.memory, Some(64 << 20));
            assert_eq!(spec.job_policy.user.as_deref(), Some("jobs"));
            spec.detach && spec.job_policy.no_new_privileges
        });
    }

    #[test]
    fn a_spec_with_an_unknown_member_is_not_carried_out() {
        let spec = r#"{"job_id":1,"art":"a","package":"p","function":"f","environment":[],
            "timeout":1,"max_output":1,"detach":false,"limits":{},
            "rules":{"pull_limit":1,"grace":1,"processes":1,"no_new_privileges":true,"user":null}}"#;
        assert!(Spec::from_json(spec.as_bytes()).is_ok());
        for (known, more) in [
            ("\"detach\"", "\"confine\":true,\"detach\""),
            ("\"limits\":{", "\"limits\":{\"disk\":1"),
            ("\"grace\"", "\"niceness\":1,\"grace\""),
        ] {
            let spec = spec.replacen(known, more, 1);
            assert!(Spec::from_json(spec.as_bytes()).is_err(), "{spec}");
        }
    }

    #[test]
    fn a_result_of_version_1_means_what_it_meant() {
        assert_is_version_1("result", |result: &JobResult| {
            assert_eq!((result.job_id, result.success), (JOB, false));
            assert_eq!(result.log, "one\né\ntwo\n");
            assert_eq!(result.status, Some(Status::Failed));
            assert_eq!(result.phase, Some(Phase::Run));
            assert_eq!((result.exit_code, result.signal), (Some(3), None));
            assert_eq!(result.containment, Some(Containment::Cgroup));
            assert_eq!(result.survivors, ["4711 sleep"]);
            (result.milliseconds, result.preparation, result.cut) == (Some(1_500), Some(250), 17)
        });
        for status in [
            Status::Succeeded,
            Status::TimedOut,
            Status::Cancelled,
            Status::Interrupted,
            Status::Refused,
        ] {
            let name = format!("result.{}", status.name());
            assert_is_version_1(&name, |result: &JobResult| {
                result.status == Some(status) && result.phase.is_none() && result.log.is_empty()
            });
        }
    }

    #[test]
    fn notes_of_version_1_mean_what_they_meant() {
        assert_is_version_1("received", |received: &Received| {
            (received.job_id, received.at) == (JOB, 1_796_018_398) && received.keep
        });
        assert_is_version_1("started", |started: &Started| {
            started.at == 1_796_018_399 && started.boot.starts_with("0f0e0d0c-")
        });
    }
}
