//! `pilotctl login` and `pilotctl logout`: a token of its own for this machine, in a context.

use super::client::{self, Client};
use super::context::{Context, Contexts, note_token};
use super::credentials::{basic, bearer};
use super::failure::Failure;
use super::{address, help, output, password, text_file, tls_files};
use crate::{percent, random};
use api::tokens::{IssuedToken, NewToken, Token};
use serde_json::json;
use std::path::{Path, PathBuf};
use wire::command::Secret;
use wire::encoding::hex;

/// How long a token is valid, in seconds.
const LIFETIME: u64 = 90 * 86_400;

/// The longest part of a token's name: a user's, or a machine's.
const LONGEST_PART: usize = 24;

/// `pilotctl login`
#[derive(clap::Args)]
#[command(after_help = help::of_client!("pilotctl login https://control.example.com:8443 --ca-file ca.pem"))]
pub(super) struct Login {
    /// Address of the service, https://host:port
    #[arg(value_name = "URL")]
    address: String,
    /// Name of the context (default: the name of the host in the address)
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// CA of the service (PEM), in place of the system's; it is copied
    #[arg(long, env = "PILOTCTL_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// User to sign in as (without it, the command asks)
    #[arg(long, env = "PILOTCTL_USER", value_name = "NAME")]
    user: Option<String>,
    /// File with the user's password, in one line (without it, the command asks)
    #[arg(long, env = "PILOTCTL_PASSWORD_FILE", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with an API token to use, in place of a new one
    #[arg(long, value_name = "FILE", conflicts_with = "password_file")]
    token_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `pilotctl logout`
#[derive(clap::Args)]
#[command(after_help = help::of_client!("pilotctl logout"))]
pub(super) struct Logout {
    /// The context (default: the one that is used)
    #[arg(long, env = "PILOTCTL_CONTEXT", value_name = "NAME")]
    context: Option<String>,
    /// File with the user's password, in one line (without it, the command asks)
    #[arg(long, env = "PILOTCTL_PASSWORD_FILE", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Logs in, and makes the context the one that is used.
pub(super) fn login(mut options: Login) -> Result<(), Failure> {
    options.address = address::named(&options.address)?;
    let options = &options;
    let contexts = Contexts::of_this_user()?;
    let name = options
        .context
        .clone()
        .unwrap_or_else(|| usual_name(&options.address));
    contexts.path(&name)?;
    let before = match contexts.names()?.contains(&name) {
        true => Some(contexts.load(&name)?),
        false => None,
    };
    if let Some(other) = before.as_ref().filter(|other| other.url != options.address) {
        return Err(Failure::Usage(format!(
            "the context {name} is for {}: name another with --context, or remove it (`pilotctl logout --context {name}`)",
            other.url
        )));
    }
    let (context, signed_in) = match &options.token_file {
        Some(path) => (with_token(options, path)?, None),
        None => with_password(options).map(|(context, client)| (context, Some(client)))?,
    };
    let stored = contexts.store(&name, &context);
    // The token that no context has any more. It ends by itself, too.
    let left = match &stored {
        Ok(()) => before.as_ref(),
        Err(_) => Some(&context),
    };
    if let (Some(client), Some(left)) = (signed_in, left) {
        let _ = revoke(&client, left);
    }
    stored?;
    contexts.make_current(&name)?;
    let until = context
        .expires
        .map(|time| format!(", until {time}"))
        .unwrap_or_default();
    let whose = context
        .user
        .as_deref()
        .map(|user| format!(" as {user}"))
        .unwrap_or_default();
    output::done(
        options.json,
        &json!({
            "context": name, "url": context.url, "user": context.user,
            "token": context.token_name, "expires": context.expires,
        }),
        format_args!(
            "logged in to {}{whose}{until}; the context {name} is used now",
            context.url
        ),
    )
}

/// A context with a token that was made elsewhere. Whether it is accepted is asked.
fn with_token(options: &Login, path: &Path) -> Result<Context, Failure> {
    let ca = ca(options)?;
    let client = Client::new(
        &options.address,
        ca.as_deref(),
        bearer(path)?,
        "the user of the token",
    )?;
    // What the token allows does not matter: to be refused for that, it is accepted.
    match client.get("/host?limit=1") {
        Ok(_) | Err(Failure::Refused(_)) => {}
        Err(failure) => return Err(failure),
    }
    Ok(Context {
        url: options.address.clone(),
        user: options.user.clone(),
        token: text_file::password(path)?,
        token_name: None,
        expires: None,
        ca,
    })
}

/// A context with a new token, and the client that made it.
fn with_password(options: &Login) -> Result<(Context, Client), Failure> {
    let ca = ca(options)?;
    let user = match options.user.as_deref().filter(|user| !user.is_empty()) {
        Some(user) => user.to_owned(),
        None => password::ask_user(&options.address)?,
    };
    let password = password::existing(options.password_file.as_deref(), &user, &options.address)?;
    let client = Client::new(
        &options.address,
        ca.as_deref(),
        basic(&user, &password),
        &user,
    )?;
    let new = NewToken {
        name: token_name(),
        expires: LIFETIME,
        ..NewToken::default()
    };
    let answer = client.post("/token", &json!(new))?;
    let IssuedToken { token, about } = client::read(client::json(&answer)?)?;
    let context = Context {
        url: options.address.clone(),
        user: Some(about.user),
        token: Secret::new(token),
        token_name: Some(about.name),
        expires: Some(about.expires),
        ca,
    };
    Ok((context, client))
}

/// The text of the CA file, which has to have a CA.
fn ca(options: &Login) -> Result<Option<String>, Failure> {
    let Some(path) = &options.ca_file else {
        return Ok(None);
    };
    tls_files::cas(path, Failure::Usage)?;
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    Ok(Some(text))
}

/// The name of the host in an address, as the name of a context.
fn usual_name(address: &str) -> String {
    let host = crate::domain::own_names::host_of(address).unwrap_or("control");
    let host = host.replace(
        |c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-',
        "-",
    );
    host.trim_start_matches(['.', '-'])
        .chars()
        .take(64)
        .collect()
}

/// A name that says whose token it is, and no other has: `USER-MACHINE-1a2b`.
fn token_name() -> String {
    let uname = rustix::system::uname();
    let machine = uname.nodename().to_string_lossy().into_owned();
    let user = super::author::this_machine().who;
    let user = user.strip_prefix("unix:").unwrap_or(&user).to_owned();
    let part = |text: &str| {
        let text = text.replace(
            |c: char| !c.is_ascii_alphanumeric() && !".-_".contains(c),
            "-",
        );
        text.chars().take(LONGEST_PART).collect::<String>()
    };
    format!(
        "{}-{}-{}",
        part(&user),
        part(&machine),
        hex(&random::bytes::<4>()).to_ascii_lowercase()
    )
}

/// Revokes the token of a context, and removes the context.
pub(super) fn logout(options: &Logout) -> Result<(), Failure> {
    let contexts = Contexts::of_this_user()?;
    let current = contexts.current()?;
    let name = options.context.clone().or(current).ok_or_else(|| {
        Failure::Usage("no context is used: name one with --context (`pilotctl context ls`)".into())
    })?;
    let context = contexts.load(&name)?;
    let revoked = match (&context.user, &context.token_name) {
        (Some(user), Some(_)) if password::is_at_hand(options.password_file.as_deref()) => {
            let password =
                password::existing(options.password_file.as_deref(), user, &context.url)?;
            let authorization = basic(user, &password);
            let client = Client::new(&context.url, context.ca.as_deref(), authorization, user)?;
            revoke(&client, &context)?;
            true
        }
        _ => {
            note_token(&context);
            false
        }
    };
    contexts.remove(&name)?;
    let end = if revoked {
        ", and its token revoked"
    } else {
        ""
    };
    output::done(
        options.json,
        &json!({ "removed": name, "revoked": revoked }),
        format_args!("the context {name} is removed{end}"),
    )
}

/// Removes the token of a context, if it is there yet.
fn revoke(client: &Client, context: &Context) -> Result<(), Failure> {
    let (Some(user), Some(name)) = (&context.user, &context.token_name) else {
        return Ok(());
    };
    let user = percent::encoded(user);
    let tokens: Vec<Token> = client.list_of(&format!("/token?user={user}"))?;
    match tokens.iter().any(|token| token.name == *name) {
        true => client
            .delete(&format!("/token/{user}/{}", percent::encoded(name)))
            .map(drop),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_token::check_new;

    #[test]
    fn names_are_made_of_what_is_known() {
        assert_eq!(
            usual_name("https://control.example.com:8443"),
            "control.example.com"
        );
        assert_eq!(usual_name("https://[2001:db8::1]:8443"), "2001-db8--1");
        assert_eq!(check_new(&token_name(), LIFETIME), Ok(()));
        assert_ne!(token_name(), token_name());
    }
}
