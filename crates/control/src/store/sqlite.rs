//! SQLite: opening the file.

use super::vault::Vault;
use super::{Error, Result, Store, shown};
use crate::files;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The database's name in the folder of the data.
pub(crate) const FILE: &str = "pilotctl.db";

/// How many can read at once.
const CONNECTIONS: u32 = 8;

/// How long a writer waits for another.
const BUSY: Duration = Duration::from_secs(10);

impl Store {
    /// Opens `pilotctl.db` in a folder that only its owner may enter, makes
    /// both where they are missing and brings the layout up to date. The key of
    /// what is secret in it is in the file `key`, made with the database.
    ///
    /// # Errors
    /// Says which file or which step failed.
    pub(crate) async fn open(folder: &Path, key: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let io = |error| Error::Io(path.display().to_string(), error);
        files::private_folder(folder).map_err(io)?;
        // SQLite gives its journal files the mode of the database.
        files::private_file(&path).map_err(io)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("secure_delete", "on")
            // At debug the log is to say what happened, not how.
            .disable_statement_logging();
        // A new file gets its journal from the first connection, which for that has to be
        // alone: others are told that it is locked, and do not wait.
        let alone = SqlitePoolOptions::new().max_connections(1);
        let first = alone.connect_with(options.clone()).await?;
        MIGRATIONS.run(&first).await?;
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            // Opened once: there may be no file descriptor left for one later.
            .min_connections(CONNECTIONS)
            .idle_timeout(None)
            .max_lifetime(None)
            // What rolls back by itself, as on a full disk, cannot be rolled back again,
            // and sqlx takes that for a transaction that goes on.
            .before_acquire(|connection, _| {
                let is_idle = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_idle) })
            })
            .connect_with(options)
            .await?;
        first.close().await;
        let vault = Arc::new(Vault::unlock(&pool, key).await?);
        shown::fill_in(&pool, &vault).await?;
        Ok(Self { pool, vault })
    }
}

/// Copies the database of a folder, as it is at one moment, into another folder,
/// which is made. Whoever works with it meanwhile is not disturbed, and its
/// layout stays as it is.
///
/// # Errors
/// Says which file or which step failed.
pub(crate) async fn back_up(folder: &Path, to: &Path) -> Result<()> {
    let copy = to.join(FILE);
    let io = |error| Error::Io(copy.display().to_string(), error);
    files::private_folder(to).map_err(io)?;
    // SQLite fills an empty file, and leaves its mode.
    let file = files::private_file(&copy).map_err(io)?;
    let mut database = SqliteConnectOptions::new()
        .filename(folder.join(FILE))
        .busy_timeout(BUSY)
        .connect()
        .await?;
    sqlx::query("VACUUM INTO ?")
        .bind(copy.display().to_string())
        .execute(&mut database)
        .await?;
    database.close().await?;
    file.sync_all().map_err(io)
}
