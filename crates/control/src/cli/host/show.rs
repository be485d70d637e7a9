//! `pilotctl host ls` and `pilotctl host show`.

use super::named;
use crate::cli::client::Connection;
use crate::cli::failure::Failure;
use crate::cli::{output, table};
use serde_json::Value;

pub(super) fn list(connection: &Connection, all: bool) -> Result<(), Failure> {
    let path = format!("/host?removed={all}");
    let hosts = connection.client()?.list(&path)?;
    if connection.json {
        return output::json(&hosts.into());
    }
    let rows: Vec<_> = hosts.iter().map(row).collect();
    table::print(
        &[
            "HOST",
            "NAME",
            "STATE",
            "SEEN",
            "VERSION",
            "AREA",
            "LABELS",
            "FINGERPRINT",
        ],
        &rows,
    )
}

fn row(host: &Value) -> Vec<String> {
    let state = [table::text(host, "state")]
        .into_iter()
        .chain(remarks(host));
    vec![
        table::text(host, "host_uuid"),
        table::text(host, "hostname"),
        state.collect::<Vec<_>>().join(", "),
        last_seen(host),
        table::text(host, "version"),
        table::text(host, "area"),
        table::text(host, "label"),
        table::text(host, "fingerprint"),
    ]
}

/// Short remarks about a host.
fn remarks(host: &Value) -> Vec<String> {
    let mut remarks = Vec::new();
    if !host["clone_seen"].is_null() {
        remarks.push("cloned".to_owned());
    }
    if !host["restored_seen"].is_null() {
        remarks.push("restored or cloned".to_owned());
    }
    if !host["rotation_asked"].is_null() {
        remarks.push("to replace its key".to_owned());
    }
    if let Some(why) = host["declines"].as_str() {
        // `host show` has the rest of the sentence, which says where.
        let short = why.split_once(':').map_or(why, |(short, _)| short);
        remarks.push(format!("takes no job ({short})"));
    }
    if let Some(skew @ (1.. | ..=-1)) = host["skew"].as_i64() {
        remarks.push(format!("clock {skew:+} s"));
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
    table::print_titled(&details(&host))
}

fn details(host: &Value) -> Vec<(&'static str, String)> {
    let member = |title, member| (title, table::text(host, member));
    let skew = host["skew"].as_i64().filter(|skew| *skew != 0);
    let skew = skew.map(|skew| format!("{skew:+} s off control's"));
    let [seen, times] = ["restored_seen", "restored_times"].map(|of| table::text(host, of));
    let restored = match times.as_str() {
        "" | "0" => String::new(),
        "1" => format!("once, at {seen}"),
        times => format!("{times} times, last at {seen}; do two copies of it run?"),
    };
    vec![
        member("host", "host_uuid"),
        member("name", "hostname"),
        member("state", "state"),
        ("seen", last_seen(host)),
        member("version", "version"),
        member("fingerprint", "fingerprint"),
        member("key changed", "key_changed"),
        member("to replace its key since", "rotation_asked"),
        member("address", "host_ip"),
        member("hardware", "host_mac_address"),
        member("system", "os"),
        member("platform", "platform"),
        member("group", "org_group"),
        member("organisation", "org"),
        member("area", "area"),
        member("location", "location"),
        member("labels", "label"),
        member("takes no job", "declines"),
        member("since", "declines_since"),
        ("clock", skew.unwrap_or_default()),
        ("restored or cloned", restored),
        member("its id was claimed by another key", "clone_seen"),
    ]
}

fn last_seen(host: &Value) -> String {
    match host["last_seen"].as_u64() {
        _ if host["connected"] == true => "connected".into(),
        None | Some(0) => "never".into(),
        Some(_) => format!("{} {} ago", host["since"], table::text(host, "since_type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_has_state_and_last_ping() {
        let host = |state: &str, connected: bool, last_seen: u64| {
            row(&json!({
                "host_uuid": "u", "hostname": "web", "state": state, "connected": connected,
                "last_seen": last_seen, "since": 3, "since_type": "day(s)", "version": "0.1.0",
                "fingerprint": "1a2b",
            }))
        };
        let shown = |host: Vec<String>| host[2..5].join("|");
        assert_eq!(shown(host("enrolled", true, 9)), "enrolled|connected|0.1.0");
        assert_eq!(
            shown(host("removed", false, 9)),
            "removed|3 day(s) ago|0.1.0"
        );
        assert_eq!(shown(host("pending", false, 0)), "pending|never|0.1.0");
        let cloned = row(&json!({ "state": "enrolled", "clone_seen": "2026-01-01T00:00:00Z" }));
        assert_eq!(cloned[2], "enrolled, cloned");
    }

    #[test]
    fn problems_of_a_host_are_shown() {
        let host = json!({
            "state": "enrolled", "declines": "disk full: /var has no room", "skew": -90,
            "restored_seen": "2026-01-01T00:00:00Z", "restored_times": 4,
        });
        let state = "enrolled, restored or cloned, takes no job (disk full), clock -90 s";
        assert_eq!(row(&host)[2], state);
        let shown = details(&host);
        let value = |title: &str| &shown.iter().find(|row| row.0 == title).unwrap().1;
        assert_eq!(value("takes no job"), "disk full: /var has no room");
        assert!(value("restored or cloned").contains("do two copies of it run?"));
        assert_eq!(value("clock"), "-90 s off control's");
    }
}
