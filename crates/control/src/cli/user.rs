//! `pilotctl user`: the users of the service, through the service or on the machine that has its
//! data.

use super::client::{Client, Connection, read};
use super::complete::Kind;
use super::confirm::Confirmation;
use super::data::OnThisMachine;
use super::failure::Failure;
use super::selection::{Selection, shown};
use super::{author, help, meant, output, password, table};
use crate::clock::unix_now;
use crate::domain::scope::Scope;
use crate::domain::user::{ListedUser, Role, User, check_user_name};
use crate::percent;
use crate::service::passwords;
use crate::store::{Store, UserChange};
use clap::Subcommand;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// `pilotctl user …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a user; the password comes from a prompt, from a file or from standard input
    #[command(
        after_help = help::of_client!("pilotctl user add ci --role publisher --password-file FILE"),
        mut_arg("password_file", |option| option.long("sign-in-password-file"))
    )]
    Add {
        /// The name to sign in with
        name: String,
        /// What the user may do
        #[arg(long, value_enum, default_value = "operator")]
        role: Role,
        #[command(flatten)]
        selection: Selection,
        /// File with the new user's password, in one line
        #[arg(id = "new_password_file", long = "password-file", value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// List users
    #[command(after_help = help::of_client!("pilotctl user ls"))]
    Ls {
        #[command(flatten)]
        options: Options,
    },
    /// Give a user another role; it holds from the next request on
    #[command(after_help = help::of_client!("pilotctl user role ci reader"))]
    Role {
        /// The name
        #[arg(add = Kind::Users.offered())]
        name: String,
        /// What the user may do from now on
        #[arg(value_enum)]
        role: Role,
        #[command(flatten)]
        options: Options,
    },
    /// Narrow a user to the hosts of some labels and places; it holds from the next request on
    #[command(after_help = help::of_client!("pilotctl user scope ci -l 'shop,!canary' --area north"))]
    Scope {
        /// The name
        #[arg(add = Kind::Users.offered())]
        name: String,
        #[command(flatten)]
        selection: Selection,
        /// Let the user see and change all hosts that the role allows
        #[arg(long)]
        everything: bool,
        #[command(flatten)]
        options: Options,
    },
    /// Give a user, or yourself, another password; it comes from a prompt, from a file or from
    /// standard input
    #[command(
        after_help = help::of_client!("pilotctl user password --password-file FILE"),
        mut_arg("password_file", |option| option.long("sign-in-password-file"))
    )]
    Password {
        /// The name (default: your own)
        #[arg(add = Kind::Users.offered())]
        name: Option<String>,
        /// File with the new password, in one line
        #[arg(id = "new_password_file", long = "password-file", value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// Remove a user
    #[command(after_help = help::of_client!("pilotctl user rm ci"))]
    Rm {
        /// The name
        #[arg(add = Kind::Users.offered())]
        name: String,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        options: Options,
    },
}

/// Options of every command.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: OnThisMachine,
    #[command(flatten)]
    connection: Connection,
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            name,
            role,
            selection,
            file,
            options,
        } => add(name, role, &selection.scope(), file, options),
        Command::Ls { options } => list(options),
        Command::Role {
            name,
            role,
            options,
        } => set_role(&name, role, options),
        Command::Scope {
            name,
            selection,
            everything,
            options,
        } => set_scope(&name, &selection.scope(), everything, options),
        Command::Password {
            name,
            file,
            options,
        } => set_password(name, file, options),
        Command::Rm {
            name,
            confirmation,
            options,
        } => {
            confirmation.ask(&format!("the user {name}, with the tokens"))?;
            remove(&name, options)
        }
    }
}

fn add(
    name: String,
    role: Role,
    scope: &api::Scope,
    file: Option<PathBuf>,
    options: Options,
) -> Result<(), Failure> {
    check_user_name(&name).map_err(Failure::Usage)?;
    let Options { data, connection } = options;
    let data = data.named();
    let client = match &data {
        Some(_) => None,
        None => Some(connection.client()?),
    };
    let password = password::new_password(file.as_deref())?;
    match (data, client) {
        (Some(data), _) => {
            let user = User {
                name: name.clone(),
                role,
                password: passwords::hash(&password)?,
                scope: parsed(scope)?,
            };
            data.run_on_new(async |store| add_here(store, &user).await)?;
        }
        (None, Some(client)) => {
            let user = json!({ "name": name, "role": role, "password": password, "scope": scope });
            client.post("/user", &user)?;
        }
        (None, None) => {}
    }
    output::done(
        connection.json,
        &json!({ "added": name, "role": role }),
        format_args!("added {name} as {role}"),
    )
}

async fn add_here(store: &Store, user: &User) -> Result<(), Failure> {
    let author = author::this_machine();
    match store.add_user(user, unix_now(), &author).await? {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "there is a user {} already: `pilotctl user password` and `pilotctl user role` change it",
            user.name
        ))),
    }
}

fn list(options: Options) -> Result<(), Failure> {
    let users: Vec<Value> = match options.data.named() {
        Some(data) => data.run(async |store| {
            let mut users = Vec::new();
            let take = |ListedUser { name, role, scope }: ListedUser| {
                let scope = scope.as_given().into_iter().next().unwrap_or_default();
                users.push(json!({ "name": name, "role": role, "scope": scope }));
                ControlFlow::Continue(())
            };
            store.users("", take).await?;
            Ok(users)
        })?,
        None => options.connection.client()?.list("/user")?,
    };
    if options.connection.json {
        return output::json(&Value::Array(users));
    }
    let row = |user: &Value| {
        let scope = read(user["scope"].clone()).unwrap_or_default();
        vec![
            table::text(user, "name"),
            table::text(user, "role"),
            shown(&scope),
        ]
    };
    let rows: Vec<_> = users.iter().map(row).collect();
    table::print(&["NAME", "ROLE", "SCOPE"], &rows)
}

fn parsed(scope: &api::Scope) -> Result<Scope, Failure> {
    Scope::of(scope).map_err(Failure::Usage)
}

fn set_scope(
    name: &str,
    scope: &api::Scope,
    everything: bool,
    options: Options,
) -> Result<(), Failure> {
    if everything != scope.is_everything() {
        return Err(Failure::Usage(
            "to which hosts? Give labels (-l) or a place, or --everything alone".into(),
        ));
    }
    let put = |client: &Client| client.put(&path(name, "/scope"), &json!(scope)).map(drop);
    let own = parsed(scope)?;
    let here =
        async |store: &Store| Ok(store.set_scope(name, &own, &author::this_machine()).await?);
    let json = options.connection.json;
    change(name, options, put, here)?;
    let changed = json!({ "changed": name, "scope": scope });
    let text = match everything {
        true => format!("{name} is not narrowed now: the role holds for all hosts"),
        false => format!("{name} is narrowed to {} now", shown(scope)),
    };
    output::done(json, &changed, text)
}

fn set_role(name: &str, role: Role, options: Options) -> Result<(), Failure> {
    let body = json!({ "role": role });
    let put = |client: &Client| client.put(&path(name, "/role"), &body).map(drop);
    let here =
        async |store: &Store| Ok(store.set_role(name, role, &author::this_machine()).await?);
    let json = options.connection.json;
    change(name, options, put, here)?;
    let changed = json!({ "changed": name, "role": role });
    output::done(json, &changed, format_args!("{name} is {role} now"))
}

fn set_password(
    name: Option<String>,
    file: Option<PathBuf>,
    options: Options,
) -> Result<(), Failure> {
    let own = options.connection.user();
    let name = name.or(own).ok_or_else(|| {
        Failure::Usage("whose password? Name the user, or set PILOTCTL_USER".into())
    })?;
    let password = password::new_password(file.as_deref())?;
    let body = json!({ "password": password });
    let put = |client: &Client| client.put(&path(&name, "/password"), &body).map(drop);
    let here = async |store: &Store| {
        let hash = passwords::hash(&password)?;
        Ok(store
            .set_password(&name, &hash, &author::this_machine())
            .await?)
    };
    let json = options.connection.json;
    change(&name, options, put, here)?;
    let changed = json!({ "changed": name });
    output::done(
        json,
        &changed,
        format_args!("{name} has another password now"),
    )
}

fn remove(name: &str, options: Options) -> Result<(), Failure> {
    let delete = |client: &Client| client.delete(&path(name, "")).map(drop);
    let here = async |store: &Store| Ok(store.remove_user(name, &author::this_machine()).await?);
    let json = options.connection.json;
    change(name, options, delete, here)?;
    let removed = json!({ "removed": name });
    output::done(json, &removed, format_args!("removed {name}"))
}

/// Changes a user through the service, or on this machine.
fn change(
    name: &str,
    options: Options,
    call: impl FnOnce(&Client) -> Result<(), Failure>,
    here: impl AsyncFnOnce(&Store) -> Result<UserChange, Failure>,
) -> Result<(), Failure> {
    let Some(data) = options.data.named() else {
        let client = options.connection.client()?;
        return call(&client)
            .map_err(|failure| meant::explained(failure, &client, Kind::Users, name));
    };
    match data.run(here)? {
        UserChange::Done => Ok(()),
        UserChange::NoUser => Err(Failure::Refused(format!("there is no user {name}"))),
        UserChange::LastAdmin => Err(Failure::Refused(format!(
            "{name} is the only admin for all hosts: give another user the role admin first"
        ))),
    }
}

fn path(name: &str, what: &str) -> String {
    format!("/user/{}{what}", percent::encoded(name))
}
