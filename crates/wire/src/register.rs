//! The facts that a host reports.

use crate::HostId;
use crate::bounded::{self, Bounded, TooLong};
use crate::limits::{MOST_ADDRESSES, MOST_FACT, MOST_NAME};
use serde::{Deserialize, Serialize};

/// The body of `POST /register`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// The host's name.
    pub hostname: String,
    /// Its address, as the host itself sees it.
    pub host_ip: String,
    /// The host id (not the content of `/etc/machine-id`).
    pub machine_id: HostId,
    /// `linux`.
    pub os: String,
    /// "platform, family, version".
    pub platform: String,
    /// Whether the host is a virtual machine or a container.
    #[serde(rename = "virtual")]
    pub is_virtual: bool,
    /// Memory in GB (10^9 bytes).
    pub total_memory: f64,
    /// Number of processors on line.
    pub cpus: u32,
    /// Hardware addresses of the interfaces, less the loopback's.
    pub mac_address: Vec<String>,
    /// Version of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Bounded for Registration {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("hostname", &self.hostname, MOST_NAME)?;
        bounded::text("platform", &self.platform, MOST_NAME)?;
        bounded::text("host_ip", &self.host_ip, MOST_FACT)?;
        bounded::text("os", &self.os, MOST_FACT)?;
        bounded::texts("version", &self.version, MOST_FACT)?;
        bounded::list("mac_address", &self.mac_address, MOST_ADDRESSES)?;
        bounded::texts("a mac_address", &self.mac_address, MOST_FACT)
    }
}

/// The body of the answer to `POST /register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// What the registration did.
    pub operation: Operation,
    /// Nanoseconds between pings; absent from existing control services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
}

/// It has neither texts nor lists.
impl Bounded for Registered {
    fn check(&self) -> Result<(), TooLong> {
        Ok(())
    }
}

/// What a registration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// The host was new.
    #[serde(rename = "I")]
    Inserted,
    /// The host had changed.
    #[serde(rename = "U")]
    Updated,
    /// Nothing had changed.
    #[serde(rename = "N")]
    Unchanged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_facts_without_end() {
        let facts = |member: &str, value: serde_json::Value| {
            let mut facts = serde_json::json!({
                "hostname": "web", "host_ip": "192.0.2.7", "machine_id": HostId::derive("m", "", b""),
                "os": "linux", "platform": "debian, debian, 12", "virtual": true,
                "total_memory": 4.1, "cpus": 2, "mac_address": ["02:00:00:00:00:01"],
            });
            facts[member] = value;
            serde_json::from_value::<Registration>(facts)
                .unwrap()
                .check()
        };
        assert_eq!(facts("hostname", "x".repeat(253).into()), Ok(()));
        for member in ["hostname", "host_ip", "os", "platform", "version"] {
            let long = facts(member, "x".repeat(254).into()).unwrap_err();
            assert!(long.to_string().starts_with(member), "{long}");
        }
        assert_eq!(facts("mac_address", vec!["02:00"; 128].into()), Ok(()));
        assert!(facts("mac_address", vec!["02:00"; 129].into()).is_err());
        assert!(facts("mac_address", vec!["0".repeat(65)].into()).is_err());
    }
}
