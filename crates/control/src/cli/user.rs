//! `pilotctl user`: the users of the service.

use super::data::{self, Data};
use super::failure::Failure;
use super::{author, help, output, password, table};
use crate::clock::unix_now;
use crate::domain::user::{Role, User, check_user_name};
use crate::service::passwords;
use crate::store::Store;
use clap::Subcommand;
use serde_json::json;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// `pilotctl user …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a user; the password comes from a prompt or from standard input
    #[command(
        after_help = help::of_files!("pilotctl user add ci --role publisher --password-file FILE --data /var/lib/pilotctl"),
        mut_arg("folder", |data| data.help(data::CREATED))
    )]
    Add {
        /// The name to sign in with
        name: String,
        /// What the user may do
        #[arg(long, value_enum, default_value = "operator")]
        role: Role,
        /// File with the password, in one line
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// List users
    #[command(after_help = help::of_files!("pilotctl user ls --data /var/lib/pilotctl"))]
    Ls {
        #[command(flatten)]
        options: Options,
    },
    /// Remove a user
    #[command(after_help = help::of_files!("pilotctl user rm ci --data /var/lib/pilotctl"))]
    Rm {
        /// The name
        name: String,
        #[command(flatten)]
        options: Options,
    },
}

/// Options of every command.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: Data,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
    runtime.block_on(async {
        match command {
            Command::Add {
                name,
                role,
                password_file,
                options,
            } => {
                check_user_name(&name).map_err(Failure::Usage)?;
                let password = password::new_password(password_file.as_deref())?;
                let user = User {
                    name,
                    role,
                    password: passwords::hash(&password)?,
                };
                add(&options.data.open().await?, &user, options.json).await
            }
            Command::Ls { options } => {
                list(&options.data.open_existing().await?, options.json).await
            }
            Command::Rm { name, options } => {
                remove(&options.data.open_existing().await?, &name, options.json).await
            }
        }
    })
}

async fn add(store: &Store, user: &User, json: bool) -> Result<(), Failure> {
    if !store
        .add_user(user, unix_now(), &author::this_machine())
        .await?
    {
        return Err(Failure::Refused(format!(
            "there is a user {} already: to give it another password or role, remove it first",
            user.name
        )));
    }
    let User { name, role, .. } = user;
    output::done(
        json,
        &json!({ "added": name, "role": role }),
        format_args!("added {name} as {role}"),
    )
}

async fn list(store: &Store, json: bool) -> Result<(), Failure> {
    let mut users = Vec::new();
    let take = |user| {
        users.push(user);
        ControlFlow::Continue(())
    };
    store.users("", take).await?;
    if json {
        let entries = users
            .iter()
            .map(|(name, role)| json!({ "name": name, "role": role }));
        output::json(&entries.collect())
    } else {
        let rows: Vec<_> = users
            .into_iter()
            .map(|(name, role)| vec![name, role.to_string()])
            .collect();
        table::print(&["NAME", "ROLE"], &rows)
    }
}

async fn remove(store: &Store, name: &str, json: bool) -> Result<(), Failure> {
    if !store.remove_user(name, &author::this_machine()).await? {
        return Err(Failure::Refused(format!("there is no user {name}")));
    }
    let removed = json!({ "removed": name });
    output::done(json, &removed, format_args!("removed {name}"))
}
