//! Batches: orders to run a command on hosts.

use super::filter::Filter;
use crate::bounds::MOST_NOTES;
use crate::{BatchId, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::bounded::{Bounded, TooLong, characters};
use wire::limits::MOST_NAME;

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The name that its creator gave it.
    pub name: String,
    /// Free text.
    pub notes: String,
    /// Its labels; they are not those of its hosts.
    pub labels: Vec<String>,
    /// The user who created it.
    pub owner: String,
    /// The key of its command.
    pub command: String,
    /// When it was created.
    pub created: Time,
}

/// A batch, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchDetail {
    /// What lists have too.
    #[serde(flatten)]
    pub batch: Batch,
    /// How many jobs it has.
    pub jobs: u64,
    /// How many of them have ended.
    pub ended: u64,
    /// How many there are of each status.
    pub statuses: BTreeMap<String, u64>,
}

/// Which batches are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BatchQuery {
    /// Only batches of this name.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NOTES)))]
    pub name: String,
    /// Only batches of this user.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub owner: String,
    /// Only batches that were created at this time or later.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::AnyTime"))]
    pub since: Option<String>,
    /// Only batches that were created before this time.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::AnyTime"))]
    pub until: Option<String>,
}

impl Bounded for BatchQuery {
    fn check(&self) -> Result<(), TooLong> {
        characters("name", &self.name, MOST_NOTES)?;
        characters("owner", &self.owner, MOST_NAME)
    }
}

impl Filter for BatchQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "name", "owner", "since", "until"];
}
