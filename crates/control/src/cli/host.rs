//! `pilotctl host`: see, invite, admit, disable and remove hosts.

use super::client::{Connection, json};
use super::failure::Failure;
use super::place::PlaceOptions;
use super::{duration, help, output, table};
use crate::domain::host::Place;
use crate::files;
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::{self, BufRead, ErrorKind, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;
use wire::HostId;

/// `pilotctl host …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// List hosts, those that wait for admission included
    #[command(after_help = help::of_client!("pilotctl host ls"))]
    Ls {
        /// Also those that were removed
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a host: who it is, where it belongs, and how it is doing
    #[command(after_help = help::of_client!("pilotctl host show 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Show {
        /// The host's id
        uuid: HostId,
        #[command(flatten)]
        connection: Connection,
    },
    /// Make a code with which hosts can enrol
    #[command(after_help = help::of_client!("pilotctl host invite --expires 1d --label web -o code"))]
    Invite(InviteOptions),
    /// Admit a host that has asked, after comparing its key's fingerprint
    #[command(after_help = help::of_client!("pilotctl host admit 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728 --label web"))]
    Admit {
        /// The host's id
        uuid: HostId,
        /// The fingerprint that `pilot status` shows on the host (else you are
        /// asked to compare)
        #[arg(long)]
        fingerprint: Option<String>,
        #[command(flatten)]
        place: PlaceOptions,
        #[command(flatten)]
        connection: Connection,
    },
    /// Note that you know that a host was restored or cloned: it is not shown
    /// any more, until it happens again
    #[command(after_help = help::of_client!("pilotctl host acknowledge 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Acknowledge {
        /// The host's id
        uuid: HostId,
        #[command(flatten)]
        connection: Connection,
    },
    /// Have a host replace its key, when it pings next
    #[command(after_help = help::of_client!("pilotctl host rotate 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Rotate {
        /// The host's id
        uuid: HostId,
        #[command(flatten)]
        connection: Connection,
    },
    /// Have a host's tokens refused for now: it hears and reports nothing, and
    /// its jobs wait
    #[command(after_help = help::of_client!("pilotctl host disable 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Disable {
        /// The host's id
        uuid: HostId,
        #[command(flatten)]
        connection: Connection,
    },
    /// Accept the tokens of a host that was disabled again
    #[command(after_help = help::of_client!("pilotctl host enable 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Enable {
        /// The host's id
        uuid: HostId,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a host: its tokens are refused from now on, and its jobs end
    #[command(after_help = help::of_client!("pilotctl host rm 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Rm {
        /// The host's id
        uuid: HostId,
        #[command(flatten)]
        connection: Connection,
    },
}

/// `pilotctl host invite`
#[derive(clap::Args)]
pub(super) struct InviteOptions {
    /// How often the code may be used
    #[arg(long, default_value_t = 1)]
    uses: u32,
    /// How long the code is good
    #[arg(long, default_value = "1h", value_parser = duration::parse)]
    expires: Duration,
    /// File to write the code to, for its owner alone (else it is printed)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceOptions,
    #[command(flatten)]
    connection: Connection,
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Ls { all, connection } => list(&connection, all),
        Command::Show { uuid, connection } => show(&connection, uuid),
        Command::Invite(options) => invite(options),
        Command::Acknowledge { uuid, connection } => {
            decide(&connection, uuid, "acknowledge", "acknowledged")
        }
        Command::Disable { uuid, connection } => decide(&connection, uuid, "disable", "disabled"),
        Command::Enable { uuid, connection } => decide(&connection, uuid, "enable", "enabled"),
        Command::Rotate { uuid, connection } => {
            let path = format!("/host/{uuid}/rotate");
            connection.client()?.post(&path, &json!({}))?;
            let asked = json!({ "rotation_asked": uuid });
            let text = format!("{uuid} replaces its key when it pings next");
            output::done(connection.json, &asked, text)
        }
        Command::Admit {
            uuid,
            fingerprint,
            place,
            connection,
        } => admit(&connection, uuid, fingerprint, place),
        Command::Rm { uuid, connection } => {
            connection.client()?.delete(&format!("/host/{uuid}"))?;
            let removed = json!({ "removed": uuid });
            output::done(connection.json, &removed, format_args!("removed {uuid}"))
        }
    }
}

/// Tells the service what an operator has decided about a host.
fn decide(
    connection: &Connection,
    uuid: HostId,
    what: &str,
    done: &'static str,
) -> Result<(), Failure> {
    let path = format!("/host/{uuid}/{what}");
    connection.client()?.post(&path, &json!({}))?;
    output::done(
        connection.json,
        &json!({ done: uuid }),
        format_args!("{done} {uuid}"),
    )
}

fn list(connection: &Connection, all: bool) -> Result<(), Failure> {
    let hosts = connection.client()?.get(&format!("/host?removed={all}"))?;
    if connection.json {
        return output::json(&hosts);
    }
    let rows: Vec<_> = entries(&hosts).iter().map(row).collect();
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

/// What an operator should know of a host, in few words.
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
        // The rest of the sentence says where, and is for `host show`.
        let short = why.split_once(':').map_or(why, |(short, _)| short);
        remarks.push(format!("takes no job ({short})"));
    }
    if let Some(skew @ (1.. | ..=-1)) = host["skew"].as_i64() {
        remarks.push(format!("clock {skew:+} s"));
    }
    remarks
}

fn show(connection: &Connection, uuid: HostId) -> Result<(), Failure> {
    let host = connection.client()?.get(&format!("/host/{uuid}"))?;
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

fn invite(options: InviteOptions) -> Result<(), Failure> {
    // A code that cannot be written would be good, and nobody would have it.
    if let Some(path) = options.output.as_deref().filter(|path| path.exists()) {
        return Err(Failure::file(path, ErrorKind::AlreadyExists.into()));
    }
    let mut body = place_json(options.place.over(Place::default()));
    body["uses"] = options.uses.into();
    body["expires"] = options.expires.as_secs().into();
    let answer = options.connection.client()?.post("/enrolment", &body)?;
    let mut invited = json(&answer)?;
    let code = table::text(&invited, "code");
    let Some(path) = options.output else {
        return output::done(options.connection.json, &invited, code);
    };
    files::write_new(&path, 0o600, format!("{code}\n").as_bytes())
        .map_err(|error| Failure::file(&path, error))?;
    // The code is in the file, for its owner alone.
    if let Some(members) = invited.as_object_mut() {
        members.remove("code");
    }
    invited["file"] = path.display().to_string().into();
    output::done(options.connection.json, &invited, path.display())
}

fn admit(
    connection: &Connection,
    uuid: HostId,
    fingerprint: Option<String>,
    options: PlaceOptions,
) -> Result<(), Failure> {
    let client = connection.client()?;
    let host = client.get(&format!("/host/{uuid}"))?;
    let fingerprint = match fingerprint {
        Some(fingerprint) => fingerprint,
        None => compare(uuid, table::text(&host, "fingerprint"))?,
    };
    let before = serde_json::from_value(host).map_err(|error| {
        Failure::Refused(format!("the service's answer cannot be read: {error}"))
    })?;
    let mut entry = place_json(options.over(before));
    entry["host_uuid"] = uuid.to_string().into();
    entry["fingerprint"] = fingerprint.into();
    client.put("/admission", &json!([entry]))?;
    let admitted = json!({ "admitted": uuid });
    output::done(connection.json, &admitted, format_args!("admitted {uuid}"))
}

/// Shows the fingerprint that the service knows and asks whether the host
/// shows the same.
fn compare(uuid: HostId, fingerprint: String) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "the key of {uuid} has the fingerprint {fingerprint}: compare it with `pilot status` on the host and \
             give it as --fingerprint"
        )));
    }
    output::write(&format!(
        "fingerprint: {fingerprint}\nDoes `pilot status` on the host show the same? [y/N] "
    ))?;
    let mut answer = String::new();
    let asked = io::stdin().lock().read_line(&mut answer);
    asked.map_err(|error| Failure::Refused(format!("reading the answer: {error}")))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(fingerprint),
        _ => Err(Failure::Refused(format!("{uuid} was not admitted"))),
    }
}

fn place_json(place: Place) -> Value {
    json!({
        "org_group": place.org_group,
        "org": place.org,
        "area": place.area,
        "location": place.location,
        "label": place.label,
    })
}

/// The elements of an answer that is a list.
pub(super) fn entries(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_how_far_a_host_has_come_and_when_it_was_seen() {
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
    fn what_is_wrong_with_a_host_is_shown() {
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
