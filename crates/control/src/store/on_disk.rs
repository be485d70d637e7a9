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
mod tests;
