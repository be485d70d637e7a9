//! `pilotctl host`: see, invite, admit, disable and remove hosts.

mod admit;
mod label;
mod named;
mod rename;
mod show;

use super::client::{Connection, json, read};
use super::complete::Kind;
use super::confirm::Confirmation;
use super::failure::Failure;
use super::place::PlaceOptions;
use super::selection::Selection;
use super::{duration, help, output, retry, size};
use crate::files::NewFile;
use api::Place;
use api::invitations::{Invitation, InvitationRequest};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use named::for_jobs;

/// `pilotctl host …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// List hosts, including those that wait for admission
    #[command(after_help = help::of_client!("pilotctl host ls -l 'shop,!canary' --offline"))]
    Ls(ListOptions),
    /// Show a host: its identity, place and condition
    #[command(after_help = help::of_client!("pilotctl host show 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Show {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a host a name, which no other host has
    #[command(after_help = help::of_client!("pilotctl host rename 3f2b shop1"))]
    Rename(rename::Options),
    /// Give hosts labels, and take them away
    #[command(after_help = help::of_client!("pilotctl host label web1,web2 canary os=arm old-"))]
    Label(label::Options),
    /// Create an invitation: a code with which hosts enrol
    #[command(after_help = help::of_client!("pilotctl host invite --expires 1d --label web -o code"))]
    Invite(InviteOptions),
    /// Admit a host that has asked, after comparing its key's fingerprint
    #[command(after_help = help::of_client!("pilotctl host admit 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728 --label web"))]
    Admit {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        /// The fingerprint that `pilot status` shows on the host (without it, the
        /// command asks you to compare)
        #[arg(long)]
        fingerprint: Option<String>,
        #[command(flatten)]
        place: PlaceOptions,
        #[command(flatten)]
        connection: Connection,
    },
    /// Clear the note that a host was restored or cloned, until it happens again
    #[command(after_help = help::of_client!("pilotctl host acknowledge 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Acknowledge {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Have a host replace its key with its next ping
    #[command(after_help = help::of_client!("pilotctl host rotate 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Rotate {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Disable a host: control rejects its requests, and its jobs wait
    #[command(after_help = help::of_client!("pilotctl host disable 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Disable {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Enable a disabled host
    #[command(after_help = help::of_client!("pilotctl host enable 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Enable {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a host: control rejects its requests, and its jobs end
    #[command(after_help = help::of_client!("pilotctl host rm 3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728"))]
    Rm {
        /// Its id or the beginning of it, its name, or a hostname that only it has
        #[arg(add = Kind::Hosts.offered())]
        host: String,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        connection: Connection,
    },
}

/// `pilotctl host ls`
#[derive(clap::Args)]
pub(super) struct ListOptions {
    #[command(flatten)]
    selection: Selection,
    /// Only hosts that are connected
    #[arg(long, conflicts_with = "offline")]
    online: bool,
    /// Only hosts that are not connected
    #[arg(long)]
    offline: bool,
    /// Include removed hosts
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    connection: Connection,
}

/// `pilotctl host invite`
#[derive(clap::Args)]
pub(super) struct InviteOptions {
    /// How many hosts may use the code
    #[arg(long, default_value_t = 1, value_parser = size::count::<u32>)]
    uses: u32,
    /// How long the code is valid
    #[arg(long, default_value = "1h", value_parser = duration::parse)]
    expires: Duration,
    /// File to write the code to, which only you may read (default: print it)
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
        Command::Ls(options) => show::list(&options),
        Command::Rename(options) => rename::run(options),
        Command::Label(options) => label::run(options),
        Command::Show { host, connection } => show::show(&connection, &host),
        Command::Invite(options) => invite(options),
        Command::Acknowledge { host, connection } => {
            decide(&connection, &host, "acknowledge", "acknowledged")
        }
        Command::Disable { host, connection } => decide(&connection, &host, "disable", "disabled"),
        Command::Enable { host, connection } => decide(&connection, &host, "enable", "enabled"),
        Command::Rotate { host, connection } => {
            let client = connection.client()?;
            let uuid = named::host(&client, &host)?;
            let path = format!("/host/{uuid}/rotate");
            client.post(&path, &json!({}))?;
            let asked = json!({ "rotation_asked": uuid });
            let text = format!("{uuid} replaces its key with its next ping");
            output::done(connection.json, &asked, text)
        }
        Command::Admit {
            host,
            fingerprint,
            place,
            connection,
        } => admit::admit(&connection, &host, fingerprint, place),
        Command::Rm {
            host,
            confirmation,
            connection,
        } => {
            let client = connection.client()?;
            let uuid = named::host(&client, &host)?;
            confirmation.ask(&format!("the host {host} ({uuid}), and ends its jobs"))?;
            client.delete(&format!("/host/{uuid}"))?;
            let removed = json!({ "removed": uuid });
            output::done(connection.json, &removed, format_args!("removed {uuid}"))
        }
    }
}

/// Sends the service a decision about a host.
fn decide(
    connection: &Connection,
    host: &str,
    what: &str,
    done: &'static str,
) -> Result<(), Failure> {
    let client = connection.client()?;
    let uuid = named::host(&client, host)?;
    client.post(&format!("/host/{uuid}/{what}"), &json!({}))?;
    output::done(
        connection.json,
        &json!({ done: uuid }),
        format_args!("{done} {uuid}"),
    )
}

fn invite(options: InviteOptions) -> Result<(), Failure> {
    // Open the file first: otherwise a valid code could be lost.
    let file = match &options.output {
        Some(path) => {
            let begun = NewFile::begin(path, 0o600);
            Some((path, begun.map_err(|error| Failure::file(path, error))?))
        }
        None => None,
    };
    let request = InvitationRequest {
        uses: options.uses.into(),
        expires: options.expires.as_secs(),
        place: options.place.over(Place::default()),
    };
    let answer =
        options
            .connection
            .client()?
            .create("/enrolment", &json!(request), &retry::new_key())?;
    let mut invited = json(&answer)?;
    let Invitation { code, url, .. } = read(invited.clone())?;
    let Some((path, file)) = file else {
        output::made(options.connection.json, &invited, code)?;
        print_address(url);
        return Ok(());
    };
    file.finish(format!("{code}\n").as_bytes())
        .map_err(|error| Failure::file(path, error))?;
    // The code is in the file, not in the output.
    if let Some(members) = invited.as_object_mut() {
        members.remove("code");
    }
    invited["file"] = path.display().to_string().into();
    output::made(options.connection.json, &invited, path.display())?;
    print_address(url);
    Ok(())
}

/// Prints the address at which hosts enrol, if the service has it.
fn print_address(url: Option<String>) {
    if let Some(url) = url {
        output::note(format_args!("hosts enrol with it at {url}"));
    }
}
