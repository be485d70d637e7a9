//! `pilotctl store`: the database, and the key that seals what is secret in it.

mod status;

use super::data::Data;
use super::failure::Failure;
use super::{author, exposure, help, output, size, table};
use crate::store::KeyFile;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// `pilotctl store …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a key for a database that does not exist yet, or has none
    #[command(after_help = help::of_files!("pilotctl store make-key /etc/pilotctl/store.key"))]
    MakeKey {
        /// The file to create
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Seal everything with a new key; stop the service first
    #[command(after_help = help::of_files!("pilotctl store rekey --data /var/lib/pilotctl"))]
    Rekey {
        #[command(flatten)]
        data: Data,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show how large the database is and what is in it; the service may run meanwhile
    #[command(after_help = help::of_files!("pilotctl store status --data /var/lib/pilotctl"))]
    Status {
        /// Folder with the service's data
        #[arg(long, env = "PILOTCTL_DATA", value_name = "DIR")]
        data: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::MakeKey { file, json } => make_key(&file, json),
        Command::Rekey { data, json } => runtime()?.block_on(rekey(&data, json)),
        Command::Status { data, json } => runtime()?.block_on(status::show(&data, json)),
    }
}

fn runtime() -> Result<Runtime, Failure> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build();
    runtime.map_err(|error| Failure::Refused(format!("starting up: {error}")))
}

fn make_key(file: &Path, json: bool) -> Result<(), Failure> {
    KeyFile::create(file).map_err(|error| Failure::file(file, error))?;
    let made = json!({ "made": file.display().to_string() });
    output::made(json, &made, file.display())
}

async fn rekey(data: &Data, json: bool) -> Result<(), Failure> {
    data.expect_folder()?;
    let _lock = data.lock()?;
    let store = data.open().await?;
    let key = data.key_file()?;
    let unreadable = store.rekey(&key, &author::this_machine()).await?;
    store.close().await;
    for value in &unreadable {
        eprintln!("pilotctl: left as it was: {value}");
    }
    let made = json!({ "rekeyed": key.display().to_string(), "unreadable": unreadable });
    output::done(
        json,
        &made,
        format_args!(
            "{} has a new key: keep a copy of it, and keep the old key as long as older backups",
            key.display()
        ),
    )
}
