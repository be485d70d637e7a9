//! Resolves a host by its id, or by a name that only one host has.

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use api::hosts::{Host, HostState};
use std::collections::BTreeSet;
use wire::HostId;

/// Resolves a host in any state; a removed one only by its id.
pub(super) fn host(client: &Client, text: &str) -> Result<HostId, Failure> {
    let hosts = match id(text) {
        Some(id) => return Ok(id),
        None => client.list_of("/host")?,
    };
    find(&hosts, text, |_| true)
}

/// Resolves hosts that can get jobs.
pub(in crate::cli) fn for_jobs(
    client: &Client,
    texts: &[String],
) -> Result<BTreeSet<HostId>, Failure> {
    let hosts = match texts.iter().all(|host| id(host).is_some()) {
        true => Vec::new(),
        false => client.list_of("/host")?,
    };
    let takes_jobs = |state| matches!(state, HostState::Enrolled | HostState::Disabled);
    texts
        .iter()
        .map(|host| id(host).map_or_else(|| find(&hosts, host, takes_jobs), Ok))
        .collect()
}

fn id(text: &str) -> Option<HostId> {
    text.parse().ok()
}

fn find(hosts: &[Host], name: &str, may: impl Fn(HostState) -> bool) -> Result<HostId, Failure> {
    let named = hosts.iter().filter(|host| host.hostname == name);
    let (able, unable): (Vec<&Host>, Vec<&Host>) = named.partition(|host| may(host.state));
    match (able.as_slice(), unable.as_slice()) {
        ([host], _) => host
            .host_uuid
            .ok_or_else(|| Failure::Refused(format!("the service names no id of {name}"))),
        ([], []) => Err(Failure::Refused(format!(
            "no host is called {name}: see `pilotctl host ls`"
        ))),
        ([], [host, ..]) => Err(Failure::Refused(format!(
            "{name} is {} and takes no job yet: `pilotctl host admit {}`",
            host.state,
            id_of(host)
        ))),
        (several, _) => {
            let ids: Vec<_> = several.iter().map(|host| id_of(host)).collect();
            Err(Failure::Refused(format!(
                "several hosts are called {name}: give the id of one of them: {}",
                ids.join(", ")
            )))
        }
    }
}

fn id_of(host: &Host) -> String {
    host.host_uuid.map(|id| id.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn host(name: &str, state: &str) -> Host {
        let id = HostId::derive(&format!("{name} {state}"), "", b"");
        let host = json!({ "host_uuid": id, "hostname": name, "state": state });
        serde_json::from_value(host).unwrap()
    }

    #[test]
    fn a_name_has_to_belong_to_one_host() {
        let hosts = [
            host("web", "enrolled"),
            host("silent", "disabled"),
            host("db", "enrolled"),
            host("db", "disabled"),
            host("new", "pending"),
        ];
        let takes_jobs = |state| state != HostState::Pending;
        for name in ["web", "silent"] {
            assert!(find(&hosts, name, takes_jobs).is_ok(), "{name}");
        }
        assert!(find(&hosts, "new", |_| true).is_ok());
        for (name, words) in [
            ("db", "several hosts are called db"),
            (
                "new",
                "new is pending and takes no job yet: `pilotctl host admit ",
            ),
            ("none", "no host is called none"),
        ] {
            let why = find(&hosts, name, takes_jobs).unwrap_err().to_string();
            assert!(why.starts_with(words), "{why}");
        }
    }
}
