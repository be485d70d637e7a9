//! Resolves a host by its id, or by what else names it, which the service knows.

use crate::cli::client::{Client, read};
use crate::cli::complete::Kind;
use crate::cli::failure::Failure;
use crate::cli::meant;
use crate::percent;
use api::hosts::Host;
use std::collections::BTreeSet;
use wire::HostId;

/// Resolves a host in any state; a removed one only by its id.
pub(super) fn host(client: &Client, text: &str) -> Result<HostId, Failure> {
    resolve(client, text, "")
}

/// Resolves hosts that can get jobs.
pub(in crate::cli) fn for_jobs(
    client: &Client,
    texts: &[String],
) -> Result<BTreeSet<HostId>, Failure> {
    let texts = texts.iter();
    texts
        .map(|text| resolve(client, text, "?jobs=true"))
        .collect()
}

fn resolve(client: &Client, text: &str, query: &str) -> Result<HostId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let path = format!("/host/named/{}{query}", percent::encoded(text));
    let found = client.get(&path);
    let found = found.map_err(|failure| meant::explained(failure, client, Kind::Hosts, text))?;
    let host: Host = read(found)?;
    host.host_uuid
        .ok_or_else(|| Failure::Refused(format!("the service names no id of {text}")))
}
