//! `pilotctl host admit`: admits a host after comparing its key.

use super::named;
use crate::cli::client::{Connection, read};
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::place::PlaceOptions;
use api::hosts::Host;
use api::invitations::Admission;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal};
use wire::{HostId, printable};

pub(super) fn admit(
    connection: &Connection,
    host: &str,
    fingerprint: Option<String>,
    options: PlaceOptions,
) -> Result<(), Failure> {
    let client = connection.client()?;
    let uuid = named::host(&client, host)?;
    let host: Host = read(client.get(&format!("/host/{uuid}"))?)?;
    let fingerprint = match fingerprint {
        Some(fingerprint) => fingerprint,
        None => compare(uuid, host.fingerprint)?,
    };
    let admission = Admission {
        host_uuid: uuid,
        fingerprint: Some(fingerprint),
        place: options.over(host.place),
    };
    client.put("/admission", &json!([admission]))?;
    let admitted = json!({ "admitted": uuid });
    output::done(connection.json, &admitted, format_args!("admitted {uuid}"))
}

/// Prints the fingerprint that the service has, and asks whether the host shows the same.
fn compare(uuid: HostId, fingerprint: String) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "the key of {uuid} has the fingerprint {fingerprint}: compare it with `pilot status` on the host and \
             give it as --fingerprint"
        )));
    }
    let shown = printable::on_one_line(&fingerprint);
    output::write(&format!(
        "fingerprint: {shown}\nDoes `pilot status` on the host show the same? [y/N] "
    ))?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::Refused(format!("reading the answer: {error}")))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(fingerprint),
        _ => Err(Failure::Refused(format!("{uuid} was not admitted"))),
    }
}
