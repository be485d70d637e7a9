//! What a host tells about itself.

use crate::HostId;
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

/// The body of the answer to `POST /register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// What the registration did.
    pub operation: Operation,
    /// Nanoseconds between pings; absent from existing control services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<i64>,
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
