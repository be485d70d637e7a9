//! Resolves a host by its id, or by a name that only one host has.

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::table;
use serde_json::Value;
use wire::HostId;

/// Resolves a host in any state; a removed one only by its id.
pub(super) fn host(client: &Client, text: &str) -> Result<HostId, Failure> {
    let hosts = match id(text) {
        Some(id) => return Ok(id),
        None => client.list("/host")?,
    };
    find(&hosts, text, |_| true)
}

/// Resolves hosts that can get jobs.
pub(in crate::cli) fn for_jobs(client: &Client, texts: &[String]) -> Result<Vec<HostId>, Failure> {
    let hosts = match texts.iter().all(|host| id(host).is_some()) {
        true => Vec::new(),
        false => client.list("/host")?,
    };
    let takes_jobs = |state: &str| matches!(state, "enrolled" | "disabled");
    texts
        .iter()
        .map(|host| id(host).map_or_else(|| find(&hosts, host, takes_jobs), Ok))
        .collect()
}

fn id(text: &str) -> Option<HostId> {
    text.parse().ok()
}

fn find(hosts: &[Value], name: &str, may: impl Fn(&str) -> bool) -> Result<HostId, Failure> {
    let named = hosts.iter().filter(|host| host["hostname"] == name);
    let (able, unable): (Vec<&Value>, Vec<&Value>) =
        named.partition(|host| may(host["state"].as_str().unwrap_or_default()));
    match (able.as_slice(), unable.as_slice()) {
        ([host], _) => id(&table::text(host, "host_uuid"))
            .ok_or_else(|| Failure::Refused(format!("the id of {name} cannot be read"))),
        ([], []) => Err(Failure::Refused(format!(
            "no host is called {name}: see `pilotctl host ls`"
        ))),
        ([], [host, ..]) => {
            let [state, id] = ["state", "host_uuid"].map(|of| table::text(host, of));
            Err(Failure::Refused(format!(
                "{name} is {state} and takes no job yet: `pilotctl host admit {id}`"
            )))
        }
        (several, _) => {
            let ids: Vec<_> = several
                .iter()
                .map(|host| table::text(host, "host_uuid"))
                .collect();
            Err(Failure::Refused(format!(
                "several hosts are called {name}: give the id of one of them: {}",
                ids.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn host(name: &str, state: &str) -> Value {
        let id = HostId::derive(&format!("{name} {state}"), "", b"");
        json!({ "host_uuid": id, "hostname": name, "state": state })
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
        let takes_jobs = |state: &str| state != "pending";
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
