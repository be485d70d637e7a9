//! The facts that the host reports to control, read from /proc, /sys and the kernel, without a
//! child process.

use super::{os_release, text};
use crate::sys::interfaces;
use std::fs;
use wire::HostId;
use wire::bounded::head;
use wire::limits::{MOST_ADDRESSES, MOST_NAME};
use wire::register::Registration;

/// What of the facts may change while the host runs, and takes no time to read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changeable {
    hostname: String,
    address: String,
    hardware: Vec<String>,
}

impl Changeable {
    /// As it is now.
    pub(crate) fn collect() -> Self {
        Self {
            hostname: hostname(),
            address: address(),
            hardware: hardware_addresses(),
        }
    }
}

/// Collects the facts, as much of them as control takes. What cannot be found out is
/// empty or zero: a host with an odd /proc is still a host.
pub(crate) fn collect(host: HostId) -> Registration {
    Registration {
        hostname: head(hostname(), MOST_NAME),
        host_ip: address(),
        machine_id: host,
        os: "linux".to_owned(),
        platform: head(os_release::platform(), MOST_NAME),
        is_virtual: is_virtual(),
        total_memory: total_memory(&text("/proc/meminfo").unwrap_or_default()),
        cpus: std::thread::available_parallelism()
            .map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX)),
        mac_address: hardware_addresses()
            .into_iter()
            .take(MOST_ADDRESSES)
            .collect(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    }
}

fn hostname() -> String {
    text("/proc/sys/kernel/hostname").unwrap_or_default()
}

fn address() -> String {
    let addresses = interfaces::ipv4_addresses().unwrap_or_default();
    addresses
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The hardware addresses of all interfaces that have one.
pub(crate) fn hardware_addresses() -> Vec<String> {
    let entries = fs::read_dir("/sys/class/net").into_iter().flatten();
    let addresses = entries.filter_map(|entry| text(entry.ok()?.path().join("address")));
    let mut addresses: Vec<String> = addresses
        .filter(|address| address.bytes().any(|b| b != b'0' && b != b':'))
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// A hypervisor announces itself in the processor's flags, a container to the
/// programs inside it.
fn is_virtual() -> bool {
    let hypervisor = text("/proc/cpuinfo").is_some_and(|info| {
        info.lines().any(|line| {
            line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "hypervisor")
        })
    });
    hypervisor
        || fs::exists("/run/systemd/container").unwrap_or(false)
        || fs::exists("/.dockerenv").unwrap_or(false)
}

/// GB (10^9 bytes), to one decimal.
fn total_memory(meminfo: &str) -> f64 {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"));
    let kib: u32 = line
        .and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok())
        .unwrap_or(0);
    (f64::from(kib) * 1024.0 / 1e8).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_gigabytes() {
        assert_eq!(
            total_memory("MemTotal:       24576000 kB\nMemFree: 1 kB"),
            25.2
        );
        assert_eq!(total_memory("garbage"), 0.0);
    }

    #[test]
    fn this_host_is_described() {
        let id = HostId::derive("m", "", b"");
        let facts = collect(id);
        assert_eq!(facts.machine_id, id);
        assert!(!facts.hostname.is_empty());
        assert!(facts.cpus > 0 && facts.total_memory > 0.0);
        assert!(
            facts
                .mac_address
                .iter()
                .all(|address| address != "00:00:00:00:00:00")
        );
    }
}
