//! `pilotctl host ls` and `pilotctl host show`.

use super::{ListOptions, named};
use crate::cli::client::{Connection, read};
use crate::cli::failure::Failure;
use crate::cli::{ago, output, table};
use api::Time;
use api::hosts::{Condition, Host};

pub(super) fn list(options: &ListOptions) -> Result<(), Failure> {
    let connection = &options.connection;
    let (client, path) = (connection.client()?, path(options));
    if connection.json {
        return output::json(&client.list(&path)?.into());
    }
    let hosts: Vec<Host> = client.list_of(&path)?;
    let rows: Vec<_> = hosts.iter().map(row).collect();
    table::print(
        &[
            table::id("HOST"),
            "NAME".into(),
            "STATE".into(),
            "SEEN".into(),
            "VERSION".into(),
            "AREA".into(),
            "LABELS".into(),
            "REMARKS".into(),
            table::wide("FINGERPRINT"),
        ],
        &rows,
    )
}

fn path(options: &ListOptions) -> String {
    let mut query = options.selection.query();
    query.push(format!("removed={}", options.all));
    if options.online || options.offline {
        query.push(format!("connected={}", options.online));
    }
    format!("/host?{}", query.join("&"))
}

fn row(host: &Host) -> Vec<String> {
    vec![
        id_of(host),
        host.name.as_ref().unwrap_or(&host.hostname).clone(),
        host.state.to_string(),
        seen(host),
        host.version.clone().unwrap_or_default(),
        host.place.area.clone(),
        host.place.label.join(","),
        remarks(host).join(", "),
        host.fingerprint.clone(),
    ]
}

fn id_of(host: &Host) -> String {
    host.host_uuid.map(|id| id.to_string()).unwrap_or_default()
}

/// Short remarks about a host.
fn remarks(host: &Host) -> Vec<String> {
    let mut remarks = Vec::new();
    if host.clone_seen.is_some() {
        remarks.push("cloned".to_owned());
    }
    if host.condition.restored_seen.is_some() {
        remarks.push("restored or cloned".to_owned());
    }
    if host.rotation_asked.is_some() {
        remarks.push("to replace its key".to_owned());
    }
    if let Some(why) = &host.condition.declines {
        // `host show` has the rest of the sentence, which says where.
        let short = why.split_once(':').map_or(&**why, |(short, _)| short);
        remarks.push(format!("takes no job ({short})"));
    }
    if host.condition.skew != 0 {
        remarks.push(format!("clock {:+} s", host.condition.skew));
    }
    remarks
}

pub(super) fn show(connection: &Connection, host: &str) -> Result<(), Failure> {
    let client = connection.client()?;
    let uuid = named::host(&client, host)?;
    let host = client.get(&format!("/host/{uuid}"))?;
    if connection.json {
        return output::json(&host);
    }
    table::print_titled(&details(&read(host)?))
}

fn details(host: &Host) -> Vec<(&'static str, String)> {
    let time = |time: Option<Time>| time.map(|time| time.to_string()).unwrap_or_default();
    let (place, condition) = (&host.place, &host.condition);
    let skew = Some(condition.skew).filter(|skew| *skew != 0);
    let skew = skew.map(|skew| format!("{skew:+} s off control's"));
    vec![
        ("host", id_of(host)),
        ("name", host.name.clone().unwrap_or_default()),
        ("hostname", host.hostname.clone()),
        ("state", host.state.to_string()),
        ("seen", last_seen(host)),
        ("version", host.version.clone().unwrap_or_default()),
        ("fingerprint", host.fingerprint.clone()),
        ("key changed", time(host.key_changed)),
        ("to replace its key since", time(host.rotation_asked)),
        ("address", host.host_ip.clone()),
        ("hardware", host.host_mac_address.clone()),
        ("system", host.os.clone()),
        ("platform", host.platform.clone()),
        ("group", place.org_group.clone()),
        ("organisation", place.org.clone()),
        ("area", place.area.clone()),
        ("location", place.location.clone()),
        ("labels", place.label.join(",")),
        (
            "takes no job",
            condition.declines.clone().unwrap_or_default(),
        ),
        ("since", time(condition.declines_since)),
        ("clock", skew.unwrap_or_default()),
        ("restored or cloned", restored(condition)),
        ("its id was claimed by another key", time(host.clone_seen)),
    ]
}

fn restored(condition: &Condition) -> String {
    let seen = condition.restored_seen.map(|time| time.to_string());
    let seen = seen.unwrap_or_default();
    match condition.restored_times {
        0 => String::new(),
        1 => format!("once, at {seen}"),
        times => format!("{times} times, last at {seen}; do two copies of it run?"),
    }
}

fn last_seen(host: &Host) -> String {
    match host.last_seen {
        _ if host.connected => "connected".into(),
        0 => "never".into(),
        _ => format!("{} {} ago", host.since, host.since_type),
    }
}

/// As [`last_seen`], in one word.
fn seen(host: &Host) -> String {
    const NANOSECONDS: u64 = 1_000_000_000;
    match host.last_seen {
        _ if host.connected => "connected".into(),
        0 => "never".into(),
        time => ago::since(Time::at(time / NANOSECONDS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::unix_now;
    use serde_json::{Value, json};

    fn host(json: Value) -> Host {
        read(json).unwrap()
    }

    #[test]
    fn a_row_has_state_and_last_ping() {
        let host = |state: &str, connected: bool, last_seen: u64| {
            row(&host(json!({
                "hostname": "web", "state": state, "connected": connected,
                "last_seen": last_seen, "version": "0.1.0", "fingerprint": "1a2b",
            })))
        };
        let shown = |host: Vec<String>| host[2..5].join("|");
        assert_eq!(shown(host("enrolled", true, 9)), "enrolled|connected|0.1.0");
        let days_ago = (unix_now() - 3 * 86_400) * 1_000_000_000;
        assert_eq!(shown(host("removed", false, days_ago)), "removed|3d|0.1.0");
        assert_eq!(shown(host("pending", false, 0)), "pending|never|0.1.0");
        let cloned = json!({ "state": "enrolled", "clone_seen": "2026-01-01T00:00:00Z" });
        let cloned = row(&self::host(cloned));
        assert_eq!((&*cloned[2], &*cloned[7]), ("enrolled", "cloned"));
    }

    #[test]
    fn problems_of_a_host_are_shown() {
        let host = host(json!({
            "state": "enrolled", "declines": "disk full: /var has no room", "skew": -90,
            "restored_seen": "2026-01-01T00:00:00Z", "restored_times": 4,
        }));
        let remarks = "restored or cloned, takes no job (disk full), clock -90 s";
        assert_eq!(row(&host)[7], remarks);
        let shown = details(&host);
        let value = |title: &str| &shown.iter().find(|row| row.0 == title).unwrap().1;
        assert_eq!(value("takes no job"), "disk full: /var has no room");
        assert!(value("restored or cloned").contains("do two copies of it run?"));
        assert_eq!(value("clock"), "-90 s off control's");
    }
}
