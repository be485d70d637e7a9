//! `pilotctl store`: the store key.

use super::data::Data;
use super::failure::Failure;
use super::{help, output};
use crate::store::KeyFile;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

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
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::MakeKey { file, json } => make_key(&file, json),
        Command::Rekey { data, json } => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
            runtime.block_on(rekey(&data, json))
        }
    }
}

fn make_key(file: &Path, json: bool) -> Result<(), Failure> {
    KeyFile::create(file).map_err(|error| Failure::file(file, error))?;
    let made = json!({ "made": file.display().to_string() });
    output::done(json, &made, file.display())
}

async fn rekey(data: &Data, json: bool) -> Result<(), Failure> {
    data.expect_folder()?;
    let _lock = data.lock()?;
    let store = data.open().await?;
    let key = data.key_file()?;
    store.rekey(&key).await?;
    store.close().await;
    let made = json!({ "rekeyed": key.display().to_string() });
    output::done(
        json,
        &made,
        format_args!(
            "{} has a new key: keep a copy of it, and keep the old key as long as older backups",
            key.display()
        ),
    )
}
