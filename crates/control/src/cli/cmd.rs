//! `pilotctl cmd`: commands.

use super::client::{Client, Connection};
use super::complete::Kind;
use super::confirm::Confirmation;
use super::failure::Failure;
use super::{duration, help, meant, output, size, table, text_file};
use crate::percent;
use api::commands::{Definition, Summary};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::command::{Input, Limits, SecretInput, VarInput};

/// `pilotctl cmd …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Define a command, from a file of JSON or from options
    #[command(after_help = help::of_client!("pilotctl cmd put --key hello --package registry.example.com/ops/hello:1 \\\n    --function hello --var NAME=world --secret-file TOKEN=token.txt"))]
    Put(Box<PutOptions>),
    /// List commands
    #[command(after_help = help::of_client!("pilotctl cmd ls"))]
    Ls {
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a command; secrets are masked
    #[command(after_help = help::of_client!("pilotctl cmd show hello"))]
    Show {
        /// Its key
        #[arg(add = Kind::Commands.offered())]
        key: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove a command
    #[command(after_help = help::of_client!("pilotctl cmd rm hello"))]
    Rm {
        /// Its key
        #[arg(add = Kind::Commands.offered())]
        key: String,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        connection: Connection,
    },
}

/// The options that define a command without a file; they conflict with a file.
const INSTEAD: [&str; 17] = [
    "key",
    "description",
    "package",
    "function",
    "var",
    "secret_file",
    "registry_user",
    "registry_password_file",
    "timeout",
    "max_output",
    "detach",
    "keep",
    "limit_memory",
    "limit_file_size",
    "limit_descriptors",
    "limit_processes",
    "limit_cpu",
];

/// `pilotctl cmd put`
#[derive(clap::Args)]
pub(super) struct PutOptions {
    /// File with the JSON of `PUT /cmd`, - for standard input
    #[arg(conflicts_with_all = INSTEAD, required_unless_present = "key")]
    file: Option<PathBuf>,
    /// Name of the command
    #[arg(long, requires_all = ["package", "function"], add = Kind::Commands.offered())]
    key: Option<String>,
    /// What it is for
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// domain/group/name:tag
    #[arg(long, add = Kind::Packages.offered())]
    package: Option<String>,
    /// An exported function of the package
    #[arg(long)]
    function: Option<String>,
    /// A variable (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    var: Vec<(String, String)>,
    /// A secret: the text of a file, without one final newline (may be repeated)
    #[arg(long, value_name = "NAME=FILE", value_parser = pair, add = completion::path_after_equals())]
    secret_file: Vec<(String, String)>,
    /// User name for the package registry, if it is not control's own
    #[arg(
        long,
        requires = "registry_password_file",
        default_value = "",
        hide_default_value = true
    )]
    registry_user: String,
    /// File with the password for the package registry, in one line
    #[arg(long, value_name = "FILE", requires = "registry_user")]
    registry_password_file: Option<PathBuf>,
    /// Time limit
    #[arg(long, value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// How many bytes of output the host keeps
    #[arg(long, value_name = "SIZE", value_parser = size::parse_u32)]
    max_output: Option<u32>,
    /// Let processes outlive the job
    #[arg(long)]
    detach: bool,
    /// Keep the working folder on the host, for debugging there
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    limits: LimitOptions,
    #[command(flatten)]
    connection: Connection,
}

/// The resource limits of the function
#[derive(clap::Args)]
struct LimitOptions {
    /// Address space of each process
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    limit_memory: Option<u64>,
    /// Size of each file that is written
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    limit_file_size: Option<u64>,
    /// Open descriptors of each process
    #[arg(long, value_name = "NUMBER", value_parser = size::count::<u64>)]
    limit_descriptors: Option<u64>,
    /// Processes and threads of the job; on a host without cgroups, of the job's
    /// Unix user
    #[arg(long, value_name = "NUMBER", value_parser = size::count::<u64>)]
    limit_processes: Option<u64>,
    /// Processor time of each process
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    limit_cpu: Option<Duration>,
}

impl LimitOptions {
    fn limits(&self) -> Limits {
        Limits {
            memory: self.limit_memory,
            file_size: self.limit_file_size,
            descriptors: self.limit_descriptors,
            processes: self.limit_processes,
            cpu: self.limit_cpu.map(|duration| duration.as_secs()),
        }
    }
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Put(options) => put(*options),
        Command::Ls { connection } => list(&connection),
        Command::Show { key, connection } => {
            let client = connection.client()?;
            let shown = client.get(&path_of(&key));
            output::json(&shown.map_err(|failure| meant(failure, &client, &key))?)
        }
        Command::Rm {
            key,
            confirmation,
            connection,
        } => {
            let client = connection.client()?;
            confirmation.ask(&format!("the command {key}"))?;
            let removed = client.delete(&path_of(&key));
            removed.map_err(|failure| meant(failure, &client, &key))?;
            let removed = json!({ "removed": key });
            output::done(connection.json, &removed, format_args!("removed {key}"))
        }
    }
}

/// Says which command was probably meant.
pub(super) fn meant(failure: Failure, client: &Client, key: &str) -> Failure {
    meant::explained(failure, client, Kind::Commands, key)
}

fn path_of(key: &str) -> String {
    format!("/cmd/{}", percent::encoded(key))
}

fn put(options: PutOptions) -> Result<(), Failure> {
    let client = options.connection.client()?;
    let as_json = options.connection.json;
    let body = match &options.file {
        Some(path) => from_file(path)?,
        None => from_options(options)?,
    };
    client.put("/cmd", &body)?;
    let key = table::text(&body, "key");
    output::made(as_json, &json!({ "key": key }), &key)
}

fn from_file(path: &Path) -> Result<Value, Failure> {
    let bytes = text_file::bytes(path)?;
    let unusable = |error: serde_json::Error| {
        let (file, line, column) = (text_file::name(path), error.line(), error.column());
        // serde's own message could quote a secret.
        let twice = error.to_string().starts_with("duplicate field");
        let what = if twice {
            "has a member twice"
        } else {
            "is not JSON; write it as `pilotctl cmd show` prints it"
        };
        Failure::Usage(format!("{file} {what} (line {line}, column {column})"))
    };
    let value = serde_json::from_slice(&bytes).map_err(unusable)?;
    // This check is needed because a value keeps the last of two members. The service
    // finds everything else.
    match serde_json::from_slice::<Definition>(&bytes) {
        Err(error) if error.to_string().starts_with("duplicate field") => Err(unusable(error)),
        _ => Ok(value),
    }
}

fn from_options(options: PutOptions) -> Result<Value, Failure> {
    let definition = Definition {
        key: options.key.unwrap_or_default(),
        description: options.description,
        package: options.package.unwrap_or_default(),
        function: options.function.unwrap_or_default(),
        input: Some(Input {
            var: options.var.into_iter().map(var_input).collect(),
            secret: options
                .secret_file
                .into_iter()
                .map(secret_input)
                .collect::<Result<_, _>>()?,
            file: Vec::new(),
        }),
        user: options.registry_user,
        pwd: match options.registry_password_file {
            Some(path) => text_file::password(&path)?,
            None => wire::command::Secret::default(),
        },
        timeout: options.timeout.map(seconds).transpose()?,
        max_output: options.max_output,
        detach: options.detach,
        limits: options.limits.limits(),
        keep: options.keep,
        ..Definition::default()
    };
    serde_json::to_value(definition)
        .map_err(|error| Failure::Refused(format!("writing JSON: {error}")))
}

fn seconds(duration: Duration) -> Result<u32, Failure> {
    u32::try_from(duration.as_secs())
        .map_err(|_| Failure::Usage("the time limit is too long".into()))
}

fn var_input((name, value): (String, String)) -> VarInput {
    VarInput {
        name,
        value: Some(value),
        kind: "string".into(),
        ..VarInput::default()
    }
}

fn secret_input((name, path): (String, String)) -> Result<SecretInput, Failure> {
    let value = text_file::secret(Path::new(&path))?;
    Ok(SecretInput {
        name,
        value: Some(value),
        ..SecretInput::default()
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=…".into()),
    }
}

fn list(connection: &Connection) -> Result<(), Failure> {
    let client = connection.client()?;
    if connection.json {
        return output::json(&client.list("/cmd")?.into());
    }
    let commands: Vec<Summary> = client.list_of("/cmd")?;
    let row = |command: Summary| {
        vec![
            command.key,
            command.package,
            command.function,
            command.description,
        ]
    };
    let rows: Vec<_> = commands.into_iter().map(row).collect();
    table::print(&["KEY", "PACKAGE", "FUNCTION", "DESCRIPTION"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_json_may_have_a_bom_and_has_each_member_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = |text: &str| {
            std::fs::write(file.path(), text).unwrap();
            from_file(file.path()).map_err(|failure| failure.to_string())
        };
        assert_eq!(read("\u{FEFF}{\"key\": \"a\"}\n").unwrap()["key"], "a");
        for (text, expected) in [
            (
                r#"{"pwd": "hunter2", "pwd": "hunter3"}"#,
                "has a member twice (line 1",
            ),
            (r#"{"pwd": "hunter2""#, "is not JSON"),
        ] {
            let refusal = read(text).unwrap_err();
            assert!(
                refusal.contains(expected) && !refusal.contains("hunter"),
                "{refusal}"
            );
        }
    }
}
