//! `pilotctl context`: the controls that this user has logged in to.

mod saved;

use super::complete::Kind;
use super::failure::Failure;
use super::{ago, help, output, table};
use clap::Subcommand;
pub(super) use saved::{Context, Contexts};
use serde_json::{Value, json};

/// `pilotctl context …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// List the contexts of this user
    #[command(after_help = help::of_files!("pilotctl context ls"))]
    Ls {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Use a context where no other is named
    #[command(after_help = help::of_files!("pilotctl context use production"))]
    Use {
        /// Its name
        #[arg(add = Kind::Contexts.offered())]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a context, without its token
    #[command(after_help = help::of_files!("pilotctl context show"))]
    Show {
        /// Its name (default: the one that is used)
        #[arg(add = Kind::Contexts.offered())]
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a context from this machine only: its token stays valid (see `pilotctl logout`)
    #[command(after_help = help::of_files!("pilotctl context rm old"))]
    Rm {
        /// Its name
        #[arg(add = Kind::Contexts.offered())]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let contexts = Contexts::of_this_user()?;
    match command {
        Command::Ls { json } => list(&contexts, json),
        Command::Use { name, json } => {
            contexts.make_current(&name)?;
            output::done(
                json,
                &json!({ "current": name }),
                format_args!("{name} is used now"),
            )
        }
        Command::Show { name, json } => show(&contexts, name, json),
        Command::Rm { name, json } => {
            let context = contexts.load(&name).ok();
            contexts.remove(&name)?;
            if let Some(context) = context {
                note_token(&context);
            }
            output::done(
                json,
                &json!({ "removed": name }),
                format_args!("removed {name}"),
            )
        }
    }
}

/// Says that a token outlives its context, and how to end it.
pub(super) fn note_token(context: &Context) {
    if let (Some(token), Some(user)) = (&context.token_name, &context.user) {
        output::note(format_args!(
            "its token stays valid: end it with `pilotctl --url {} token rm {token} --of {user}`, signed in with a password",
            context.url
        ));
    }
}

fn list(contexts: &Contexts, as_json: bool) -> Result<(), Failure> {
    let current = contexts.current()?;
    let mut rows = Vec::new();
    let mut entries = Vec::new();
    for name in contexts.names()? {
        let context = contexts.load(&name)?;
        let is_current = current.as_deref() == Some(&name);
        entries.push(entry(&name, &context, is_current));
        rows.push(vec![
            name,
            if is_current { "current" } else { "" }.to_owned(),
            context.url,
            context.user.unwrap_or_default(),
            context.expires.map(ago::until).unwrap_or_default(),
        ]);
    }
    match as_json {
        true => output::json(&Value::Array(entries)),
        false => table::print(&["CONTEXT", "USED", "URL", "USER", "EXPIRES"], &rows),
    }
}

fn entry(name: &str, context: &Context, is_current: bool) -> Value {
    json!({
        "context": name, "current": is_current, "url": context.url, "user": context.user,
        "token": context.token_name, "expires": context.expires, "ca": context.ca.is_some(),
    })
}

fn show(contexts: &Contexts, name: Option<String>, as_json: bool) -> Result<(), Failure> {
    let current = contexts.current()?;
    let name = name.or_else(|| current.clone()).ok_or_else(|| {
        Failure::Usage(
            "no context is used: `pilotctl login` makes one, `pilotctl context use` chooses one"
                .into(),
        )
    })?;
    let context = contexts.load(&name)?;
    if as_json {
        let is_current = current.as_deref() == Some(&name);
        return output::json(&entry(&name, &context, is_current));
    }
    let file = contexts.path(&name)?.display().to_string();
    let ca = if context.ca.is_some() {
        "its own"
    } else {
        "the system's"
    };
    table::print_titled(&[
        ("context", name),
        ("url", context.url),
        ("user", context.user.unwrap_or_default()),
        ("token", context.token_name.unwrap_or_default()),
        (
            "expires",
            context
                .expires
                .map(|time| time.to_string())
                .unwrap_or_default(),
        ),
        ("CA", ca.to_owned()),
        ("file", file),
    ])
}
