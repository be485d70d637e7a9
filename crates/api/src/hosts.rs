//! `/host`: hosts, whether they are connected, and their condition.

use crate::{Input, Place, Time};
use serde::{Deserialize, Serialize};
use std::fmt;
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::Any;
use wire::limits::MOST_NAME;

/// A host, with the fields of existing services and our own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// A small number, in the order of first contact.
    pub id: String,
    /// Its id; a client cannot read that of an entry without one.
    pub host_uuid: Option<HostId>,
    /// The name that an operator gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address of its first network card.
    pub host_mac_address: String,
    /// Its place and labels.
    #[serde(flatten)]
    pub place: Place,
    /// Whether it pinged within the last two intervals.
    pub connected: bool,
    /// When it was last seen, in nanoseconds since 1970; 0 if never.
    pub last_seen: u64,
    /// How long ago that was, in the unit of `since_type`.
    pub since: u64,
    /// `second(s)`, `minute(s)`, `hour(s)` or `day(s)`.
    pub since_type: String,
    /// Always 0; existing services count security findings here, and in the next three.
    pub critical: u32,
    /// Always 0.
    pub high: u32,
    /// Always 0.
    pub medium: u32,
    /// Always 0.
    pub low: u32,
    /// Whether it is enrolled.
    pub state: HostState,
    /// Fingerprint of its key.
    pub fingerprint: String,
    /// The hostname that it reports.
    pub hostname: String,
    /// The address that it reports.
    pub host_ip: String,
    /// Its operating system.
    pub os: String,
    /// Its platform.
    pub platform: String,
    /// The version of its agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When another key last claimed its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clone_seen: Option<Time>,
    /// When an operator asked it to replace its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_asked: Option<Time>,
    /// When it last replaced its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_changed: Option<Time>,
    /// The condition that it reports.
    #[serde(flatten)]
    pub condition: Condition,
}

/// The body of `PUT /host/{uuid}/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewName {
    /// The name that the host gets; empty to take its name away.
    pub name: String,
}

impl Bounded for NewName {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("name", &self.name, MOST_NAME)
    }
}

impl Input for NewName {
    const KNOWN: &Known = &Known(&[("name", Any)]);
}

/// The condition that a host reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// Why it declines jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declines: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declines_since: Option<Time>,
    /// Seconds that its clock is ahead of control's.
    pub skew: i64,
    /// When it last reported that it was restored or cloned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_seen: Option<Time>,
    /// How often it reported that.
    pub restored_times: u64,
}

/// The state of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostState {
    /// It has asked to enrol; no operator has admitted it yet.
    Pending,
    /// Control accepts its requests.
    Enrolled,
    /// Control rejects its requests until an operator enables it.
    Disabled,
    /// An operator removed it.
    Removed,
    /// A state that this version does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

impl fmt::Display for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn what_a_host_does_not_have_is_left_out() {
        let id = "11111111-2222-4333-8444-555555555555";
        let mut host = Host {
            host_uuid: id.parse().ok(),
            state: HostState::Enrolled,
            ..Host::default()
        };
        let json = json!(host);
        assert_eq!(
            json,
            json!({
                "id": "", "host_uuid": id, "host_mac_address": "", "org_group": "", "org": "",
                "area": "", "location": "", "label": [], "connected": false, "last_seen": 0,
                "since": 0, "since_type": "", "critical": 0, "high": 0, "medium": 0, "low": 0,
                "state": "enrolled", "fingerprint": "", "hostname": "", "host_ip": "", "os": "",
                "platform": "", "skew": 0, "restored_times": 0,
            })
        );
        host.clone_seen = Some(Time::at(0));
        host.condition.declines = Some("disk full".into());
        let json = json!(host);
        assert_eq!(json["clone_seen"], "1970-01-01T00:00:00Z");
        assert_eq!(from_value::<Host>(json).unwrap(), host);
    }

    #[test]
    fn a_host_of_another_service_is_read() {
        let host: Host = from_value(json!({ "hostname": "web", "state": "lost", "x": 1 })).unwrap();
        assert_eq!((&*host.hostname, host.state), ("web", HostState::Unknown));
        assert_eq!(HostState::Pending.to_string(), "pending");
    }
}
