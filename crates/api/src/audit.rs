//! `/audit`: who changed what.

use crate::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An entry of `GET /audit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AuditEntry {
    /// Its number; numbers have no gaps.
    pub number: u64,
    /// When it was.
    pub time: Time,
    /// The user; `unix:` and a Unix user for the command line on control's machine.
    pub who: String,
    /// The token that the user signed in with, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The address that the order came from, or `this machine`.
    pub from: String,
    /// What was done, such as `host.disable`.
    pub what: String,
    /// The kind of thing that it was done on.
    pub kind: String,
    /// Its id or name.
    pub on: String,
    /// What was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Bytes of both, before what was too long was cut off.
    pub size: u64,
    /// Its MAC, in hexadecimal.
    pub mac: String,
}

/// The answer to `GET /audit/verify`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Verified {
    /// Whether the log is as it was written.
    pub whole: bool,
    /// How many entries there are.
    pub entries: u64,
    /// The number of the oldest entry that is kept.
    pub oldest: u64,
    /// The number of the newest entry.
    pub newest: u64,
    /// Its MAC, in hexadecimal: kept elsewhere with the number, it shows an older copy of the database.
    pub newest_mac: String,
    /// What is wrong, a sentence each.
    pub findings: Vec<String>,
    /// How many more findings there are.
    pub more: u64,
}
