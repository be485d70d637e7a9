//! `pilotctl host rename`: gives a host a name.

use super::named;
use crate::cli::client::Connection;
use crate::cli::complete::Kind;
use crate::cli::failure::Failure;
use crate::cli::output;
use serde_json::json;

/// `pilotctl host rename`
#[derive(clap::Args)]
pub(in crate::cli) struct Options {
    /// Its id or the beginning of it, its name, or a hostname that only it has
    #[arg(add = Kind::Hosts.offered())]
    host: String,
    /// The name, which no other host has
    #[arg(required_unless_present = "none")]
    name: Option<String>,
    /// Take its name away
    #[arg(long, conflicts_with = "name")]
    none: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let client = options.connection.client()?;
    let host = named::host(&client, &options.host)?;
    let name = options.name.unwrap_or_default();
    client.put(&format!("/host/{host}/name"), &json!({ "name": name }))?;
    let text = match name.as_str() {
        "" => format!("{host} has no name now"),
        name => format!("{host} is called {name} now"),
    };
    let renamed = json!({ "renamed": host, "name": name });
    output::done(options.connection.json, &renamed, text)
}
