//! Values that the database keeps as JSON, version 1: facts, commands, results and key lists.
//! The types mirror those in memory and on the wire, so that a change there does not change
//! the database. A different format is version 2, with a migration and types of its own.
//!
//! Labels are JSON arrays of texts, and seals are stored as their publishers signed them:
//! neither needs a mirror.

use crate::domain::definition::Definition;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wire::HostId;
use wire::command::{Command, Input, Limits, Secret, SecretInput, VarInput};
use wire::key_list::SignedKeyList;
use wire::ping::{Containment, JobResult, Phase, Status};
use wire::register::Registration;

/// A value that the database may keep as JSON.
pub(super) trait OnDisk: Sized {
    /// The value as JSON.
    fn to_json(&self) -> serde_json::Result<String>;

    /// The value of JSON.
    fn from_json(json: &str) -> serde_json::Result<Self>;
}

macro_rules! kept_on_disk {
    ($kept:ty as $mirror:ty) => {
        impl OnDisk for $kept {
            fn to_json(&self) -> serde_json::Result<String> {
                let mut json = Vec::new();
                <$mirror>::serialize(self, &mut serde_json::Serializer::new(&mut json))?;
                String::from_utf8(json).map_err(serde::ser::Error::custom)
            }

            fn from_json(json: &str) -> serde_json::Result<Self> {
                let mut json = serde_json::Deserializer::from_str(json);
                let value = <$mirror>::deserialize(&mut json)?;
                json.end()?;
                Ok(value)
            }
        }
    };
}

kept_on_disk!(Vec<String> as Vec<String>);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Registration")]
struct FactsV1 {
    hostname: String,
    host_ip: String,
    machine_id: HostId,
    os: String,
    platform: String,
    #[serde(rename = "virtual")]
    is_virtual: bool,
    total_memory: f64,
    cpus: u32,
    mac_address: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}
kept_on_disk!(Registration as FactsV1);

/// A command that operators defined.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Definition")]
struct DefinitionV1 {
    key: String,
    #[serde(default)]
    description: String,
    package: String,
    function: String,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "input")]
    input: Option<Input>,
    #[serde(default)]
    user: String,
    #[serde(default)]
    pwd: Secret,
    #[serde(default)]
    verbose: bool,
    #[serde(default)]
    containerised: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_output: Option<u32>,
    #[serde(default)]
    detach: bool,
    #[serde(default, skip_serializing_if = "Limits::is_empty", with = "LimitsV1")]
    limits: Limits,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keep: bool,
}
kept_on_disk!(Definition as DefinitionV1);

/// The command of a job.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Command")]
struct CommandV1 {
    job_id: i64,
    package: String,
    function: String,
    user: String,
    pwd: Secret,
    verbose: bool,
    containerised: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "input")]
    input: Option<Input>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_output: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    detach: bool,
    #[serde(default, skip_serializing_if = "Limits::is_empty", with = "LimitsV1")]
    limits: Limits,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keep: bool,
}
kept_on_disk!(Command as CommandV1);

/// An unknown limit is an error: a limit that is ignored does not hold.
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
#[serde(remote = "Input")]
struct InputV1 {
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "secrets")]
    secret: Vec<SecretInput>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "vars")]
    var: Vec<VarInput>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    file: Vec<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SecretInput")]
struct SecretInputV1 {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Secret>,
    #[serde(default)]
    required: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "VarInput")]
struct VarInputV1 {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

/// A result; its log has a column of its own and is empty here.
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

/// A signed key list, as hosts get it.
#[derive(Serialize, Deserialize)]
#[serde(remote = "SignedKeyList")]
struct KeyListV1 {
    #[serde(with = "wire::encoding::as_base64")]
    list: Vec<u8>,
    signature: String,
}
kept_on_disk!(SignedKeyList as KeyListV1);

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A module for `#[serde(with = …)]`: a mirror serves for a single value, not for an option or
/// a list of them.
macro_rules! mirrored {
    ($module:ident: Option<$kept:ident> as $mirror:ident, $name:literal) => {
        mirrored!($module: $kept as $mirror, $name, Option, |values: &Option<$kept>, to: S| {
            values.as_ref().map(Written).serialize(to)
        }, |values: Option<Read>| values.map(|Read(value)| value));
    };
    ($module:ident: Vec<$kept:ident> as $mirror:ident, $name:literal) => {
        mirrored!($module: $kept as $mirror, $name, Vec, |values: &Vec<$kept>, to: S| {
            to.collect_seq(values.iter().map(Written))
        }, |values: Vec<Read>| values.into_iter().map(|Read(value)| value).collect());
    };
    ($module:ident: $kept:ident as $mirror:ident, $name:literal, $all:ident, $write:expr, $read:expr) => {
        mod $module {
            use super::*;

            #[derive(Deserialize)]
            struct Read(#[serde(with = $name)] $kept);

            struct Written<'a>(&'a $kept);

            impl Serialize for Written<'_> {
                fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    $mirror::serialize(self.0, to)
                }
            }

            pub(super) fn serialize<S: Serializer>(
                values: &$all<$kept>,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                ($write)(values, to)
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(
                from: D,
            ) -> Result<$all<$kept>, D::Error> {
                $all::<Read>::deserialize(from).map($read)
            }
        }
    };
}
mirrored!(input: Option<Input> as InputV1, "InputV1");
mirrored!(secrets: Vec<SecretInput> as SecretInputV1, "SecretInputV1");
mirrored!(vars: Vec<VarInput> as VarInputV1, "VarInputV1");
mirrored!(status: Option<Status> as StatusV1, "StatusV1");
mirrored!(phase: Option<Phase> as PhaseV1, "PhaseV1");
mirrored!(containment: Option<Containment> as ContainmentV1, "ContainmentV1");

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a fixture, and checks that writing it again gives the same bytes.
    macro_rules! read {
        ($name:literal as $kept:ty) => {{
            let json = include_str!(concat!("on_disk/v1/", $name, ".json")).trim_end();
            let value = <$kept>::from_json(json).unwrap();
            assert_eq!(value.to_json().unwrap(), json);
            value
        }};
    }

    #[test]
    fn facts_of_version_1_are_read() {
        let facts = read!("facts" as Registration);
        assert_eq!(facts.hostname, "web1");
        assert_eq!(facts.mac_address, ["02:42:ac:11:00:02"]);
        assert_eq!(facts.version.as_deref(), Some("0.1.0"));
        assert!(facts.is_virtual && facts.total_memory > 16.0 && facts.cpus == 8);
        assert_eq!(read!("facts.other" as Registration).version, None);
    }

    #[test]
    fn definitions_of_version_1_are_read() {
        let definition = read!("definition" as Definition);
        let input = definition.input.unwrap();
        assert_eq!(
            (&*definition.key, &*definition.function),
            ("greet", "greet")
        );
        assert_eq!(definition.pwd.expose(), "hunter2");
        assert_eq!(input.var[0].value.as_deref(), Some("world"));
        assert_eq!(input.var[1].effective(), Some("3"));
        let token = input.secret[0].value.as_ref().unwrap();
        assert_eq!(token.expose(), "s3cret");
        assert_eq!(definition.limits.memory, Some(64 << 20));
        assert!(definition.detach && definition.keep);
        assert_eq!(read!("definition.least" as Definition).input, None);
    }

    /// Versions before limits, detach and keep wrote none of these.
    #[test]
    fn a_definition_of_the_first_versions_is_read() {
        let json = r#"{"key":"k","package":"r.example/ops/hello:1","function":"greet"}"#;
        let definition = Definition::from_json(json).unwrap();
        assert!(definition.limits.is_empty() && !definition.detach);
    }

    #[test]
    fn commands_of_version_1_are_read() {
        let command = read!("command" as Command);
        assert_eq!(command.job_id, 0);
        assert_eq!(command.digest.as_deref(), Some("sha256:00ff"));
        assert_eq!(
            (command.timeout, command.max_output),
            (Some(90), Some(65_536))
        );
        assert_eq!(command.input.unwrap().secret[0].name, "TOKEN");
        assert_eq!(read!("command.least" as Command).limits, Limits::default());
    }

    #[test]
    fn an_unknown_limit_is_an_error() {
        let json = include_str!("on_disk/v1/command.json");
        let more = json.replacen("\"limits\":{", "\"limits\":{\"disk\":1,", 1);
        assert!(Command::from_json(&more).is_err());
    }

    #[test]
    fn results_of_version_1_are_read() {
        let result = read!("result" as JobResult);
        assert_eq!(
            (result.job_id, result.success),
            (7_301_000_000_000_000_001, false)
        );
        assert_eq!(result.status, Some(Status::Failed));
        assert_eq!(result.phase, Some(Phase::Run));
        assert_eq!(result.containment, Some(Containment::Cgroup));
        assert_eq!(result.survivors, ["4711 sleep"]);
        assert_eq!(read!("result.other" as JobResult).status, None);
    }

    #[test]
    fn every_status_phase_and_containment_keeps_its_name() {
        let json = include_str!("on_disk/v1/result.json");
        for (member, present, names) in [
            (
                "Status",
                "failed",
                &[
                    "succeeded",
                    "failed",
                    "timed_out",
                    "cancelled",
                    "interrupted",
                    "refused",
                ][..],
            ),
            ("Phase", "run", &["pull", "verify", "unpack", "run"]),
            ("Containment", "cgroup", &["cgroup", "sweep"]),
        ] {
            for name in names {
                let of = |value: &str| format!("\"{member}\":\"{value}\"");
                let json = json.trim_end().replacen(&of(present), &of(name), 1);
                let result = JobResult::from_json(&json).unwrap();
                assert_eq!(result.to_json().unwrap(), json);
            }
        }
    }

    #[test]
    fn key_lists_of_version_1_are_read() {
        let signed = read!("key-list" as SignedKeyList);
        assert_eq!(signed.list, br#"{"number":1}"#);
        assert!(
            signed
                .signature
                .starts_with("-----BEGIN PGP SIGNATURE-----")
        );
    }
}
