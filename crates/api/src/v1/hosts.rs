//! Hosts.

use super::filter::{Filter, PlaceQuery};
use crate::Time;
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::bounded::{Bounded, TooLong, characters};

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Host {
    /// Its id.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::Uuid"))]
    pub id: HostId,
    /// The name that an operator gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether control accepts its requests.
    pub state: State,
    /// The name that it reports.
    pub hostname: String,
    /// The address that it reports.
    pub address: String,
    /// The addresses of its network cards.
    pub mac_addresses: Vec<String>,
    /// Its operating system.
    pub os: String,
    /// Its platform.
    pub platform: String,
    /// The version of its agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it belongs.
    pub place: Place,
    /// The labels that operators gave it.
    pub labels: Vec<String>,
    /// Fingerprint of its key.
    pub fingerprint: String,
    /// Whether it pinged within the last two intervals.
    pub connected: bool,
    /// When control last heard of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Time>,
    /// Why it declines jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declines: Option<String>,
    /// Since when it declines them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declines_since: Option<Time>,
    /// Seconds that its clock is ahead of control's.
    pub skew: i64,
    /// When another key last claimed its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clone_seen: Option<Time>,
    /// When it last reported that it was restored or cloned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_seen: Option<Time>,
    /// How often it reported that.
    pub restored_times: u64,
    /// When an operator asked it to replace its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_asked: Option<Time>,
    /// When it last replaced its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_changed: Option<Time>,
}

/// Where a host belongs. Control keeps it; the host does not know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
#[serde(default)]
pub struct Place {
    /// Group of organisations.
    #[cfg_attr(feature = "schema", schemars(length(max = wire::limits::MOST_NAME)))]
    pub org_group: String,
    /// Organisation.
    #[cfg_attr(feature = "schema", schemars(length(max = wire::limits::MOST_NAME)))]
    pub org: String,
    /// Area.
    #[cfg_attr(feature = "schema", schemars(length(max = wire::limits::MOST_NAME)))]
    pub area: String,
    /// Location.
    #[cfg_attr(feature = "schema", schemars(length(max = wire::limits::MOST_NAME)))]
    pub location: String,
}

/// The state of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has asked to enrol; no operator has admitted it yet.
    Pending,
    /// Control accepts its requests.
    Enrolled,
    /// Control rejects its requests until an operator enables it.
    Disabled,
    /// An operator removed it.
    Removed,
}

/// The longest selector.
const MOST_SELECTOR: usize = 1_024;

/// Which hosts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HostQuery {
    /// Only hosts with these labels: `shop,!canary,tier=edge`. 422: it cannot be read.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_SELECTOR)))]
    pub selector: String,
    /// Only hosts that are connected, or only those that are not.
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    pub connected: Option<bool>,
    /// Only hosts in this state. Without it, all but removed ones.
    #[cfg_attr(feature = "schema", schemars(with = "State"))]
    pub state: Option<State>,
    /// Only hosts of a place.
    #[serde(flatten)]
    pub place: PlaceQuery,
}

impl Bounded for HostQuery {
    fn check(&self) -> Result<(), TooLong> {
        characters("selector", &self.selector, MOST_SELECTOR)?;
        self.place.check()
    }
}

impl Filter for HostQuery {
    const NAMES: &'static [&'static str] = &[
        "limit",
        "cursor",
        "selector",
        "connected",
        "state",
        "org_group",
        "org",
        "area",
        "location",
    ];
}
