//! `pilotctl token`: API tokens, which programs sign in with in place of a password.

use super::client::{Connection, json, read};
use super::complete::Kind;
use super::confirm::Confirmation;
use super::failure::Failure;
use super::selection::{Selection, shown};
use super::{ago, duration, help, meant, output, table};
use crate::files::NewFile;
use crate::percent;
use api::tokens::{IssuedToken, NewToken, Token};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// `pilotctl token …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token, and show it once
    #[command(after_help = help::of_client!("pilotctl token add ci --may push,pull --expires 30d -o token"))]
    Add {
        /// Its name
        name: String,
        /// What it allows of what the user's role does: read, operate, push, pull, audit or
        /// run:COMMAND; may be repeated (default: what the role allows, but not audit)
        #[arg(long, value_name = "RIGHT", value_delimiter = ',')]
        may: Vec<String>,
        /// How long it is valid, at most 366d
        #[arg(long, default_value = "90d", value_parser = duration::parse)]
        expires: Duration,
        /// Whose token it is (default: your own)
        #[arg(long = "of", value_name = "USER", add = Kind::Users.offered())]
        owner: Option<String>,
        #[command(flatten)]
        selection: Selection,
        /// File to write it to, which only you may read (default: print it)
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List your tokens; an admin, those of all users
    #[command(after_help = help::of_client!("pilotctl token ls"))]
    Ls {
        /// Only those of this user
        #[arg(long = "of", value_name = "USER", add = Kind::Users.offered())]
        owner: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a token: the service rejects it from now on
    #[command(after_help = help::of_client!("pilotctl token rm ci"))]
    Rm {
        /// Its name
        #[arg(add = Kind::Tokens.offered())]
        name: String,
        /// Whose token it is (default: your own)
        #[arg(long = "of", value_name = "USER", add = Kind::Users.offered())]
        owner: Option<String>,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            name,
            may,
            expires,
            owner,
            selection,
            output,
            connection,
        } => {
            let new = NewToken {
                name,
                user: owner.unwrap_or_default(),
                may,
                expires: expires.as_secs(),
                scope: selection.scope(),
            };
            add(&new, output, &connection)
        }
        Command::Ls { owner, connection } => list(owner.as_deref(), &connection),
        Command::Rm {
            name,
            owner,
            confirmation,
            connection,
        } => remove(&name, owner.as_deref(), &confirmation, &connection),
    }
}

fn add(new: &NewToken, path: Option<PathBuf>, connection: &Connection) -> Result<(), Failure> {
    // Open the file first: otherwise a valid token could be lost.
    let file = match path {
        Some(path) => {
            let begun = NewFile::begin(&path, 0o600);
            let begun = begun.map_err(|error| Failure::file(&path, error))?;
            Some((path, begun))
        }
        None => None,
    };
    let mut issued = json(&connection.client()?.post("/token", &json!(new))?)?;
    let IssuedToken { token, .. } = read(issued.clone())?;
    let Some((path, file)) = file else {
        return output::made(connection.json, &issued, token);
    };
    file.finish(format!("{token}\n").as_bytes())
        .map_err(|error| Failure::file(&path, error))?;
    // The token is in the file, not in the output.
    if let Some(members) = issued.as_object_mut() {
        members.remove("token");
    }
    issued["file"] = path.display().to_string().into();
    output::made(connection.json, &issued, path.display())
}

fn list(owner: Option<&str>, connection: &Connection) -> Result<(), Failure> {
    let path = match owner {
        Some(owner) => format!("/token?user={}", percent::encoded(owner)),
        None => "/token".into(),
    };
    let tokens = connection.client()?.list(&path)?;
    if connection.json {
        return output::json(&Value::Array(tokens));
    }
    let rows: Result<Vec<_>, Failure> = tokens.into_iter().map(row).collect();
    table::print(&["NAME", "USER", "MAY", "SCOPE", "EXPIRES", "USED"], &rows?)
}

fn row(token: Value) -> Result<Vec<String>, Failure> {
    let token: Token = read(token)?;
    let used = token.last_used.map(ago::since);
    let (may, expires) = (token.may.join(","), ago::until(token.expires));
    let scope = shown(&token.scope);
    let used = used.unwrap_or_else(|| "never".into());
    Ok(vec![token.name, token.user, may, scope, expires, used])
}

fn remove(
    name: &str,
    owner: Option<&str>,
    confirmation: &Confirmation,
    connection: &Connection,
) -> Result<(), Failure> {
    let own = connection.user();
    let owner = owner.or(own.as_deref()).ok_or_else(|| {
        Failure::Usage("whose token? Set PILOTCTL_USER, or give --of USER".into())
    })?;
    let (user, token) = (percent::encoded(owner), percent::encoded(name));
    let client = connection.client()?;
    confirmation.ask(&format!("the token {name} of {owner}"))?;
    let removed = client.delete(&format!("/token/{user}/{token}"));
    removed.map_err(|failure| meant::explained(failure, &client, Kind::Tokens, name))?;
    let removed = json!({ "removed": name, "user": owner });
    output::done(
        connection.json,
        &removed,
        format_args!("removed {name} of {owner}"),
    )
}
