//! Opening and copying the SQLite database.

use super::audit::Memory;
use super::batch_commands::Commands;
use super::vault::{Vault, has_table};
use super::writer::{LONGEST_WAIT, Writer};
use super::{
    Error, Result, Store, audit, batch_commands, list_columns, next_jobs, sessions, versions,
};
use crate::files;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The name of the database in the data folder.
pub(crate) const FILE: &str = "pilotctl.db";

/// The number of connections that read.
const CONNECTIONS: u32 = 8;

/// How long a writer waits for another.
pub(super) const BUSY: Duration = Duration::from_secs(10);

impl Store {
    /// Opens `pilotctl.db` in a folder that only its owner may enter, creates both if they are
    /// missing, and migrates the schema. The file `key` has the store key; it is created with
    /// the database.
    ///
    /// # Errors
    /// The file or the step that failed.
    pub(crate) async fn open(folder: &Path, key: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let io = |error| Error::Io(path.display().to_string(), error);
        files::private_folder(folder).map_err(io)?;
        // SQLite creates its journal files with the mode of the database.
        files::private_file(&path).map_err(io)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("secure_delete", "on")
            // The log has events of the service, not SQL statements.
            .disable_statement_logging();
        // The first connection creates the journal of a new file and has to be alone for that:
        // other connections would fail at once because the database is locked.
        let alone = SqlitePoolOptions::new().max_connections(1);
        let first = alone.connect_with(options.clone()).await?;
        let has_log = has_table(&mut *first.acquire().await?, "audit_ends").await?;
        if !has_log {
            Vault::expect_key(&first, key).await?;
        }
        MIGRATIONS.run(&first).await?;
        let pool = connections(CONNECTIONS, &options).await?;
        // All that writes takes turns on one connection, first come, first served: SQLite's own
        // lock is given to whom luck favours.
        let turns = connections(1, &options).await?;
        first.close().await;
        let vault = Arc::new(Vault::unlock(&turns, key).await?);
        if !has_log {
            audit::begin(&mut *turns.acquire().await?, &vault.audit_key).await?;
        }
        list_columns::fill_in(&turns, &vault).await?;
        batch_commands::move_to_batches(&turns, &vault).await?;
        Ok(Self {
            versions: versions::start(pool.clone()),
            sessions: sessions::start(pool.clone()),
            next_jobs: next_jobs::start(pool.clone()),
            commands: Commands::default(),
            pool,
            writer: Writer::start(turns.clone()),
            turns,
            vault,
            memory: Memory::default(),
        })
    }
}

async fn connections(number: u32, options: &SqliteConnectOptions) -> Result<SqlitePool> {
    let pool = SqlitePoolOptions::new()
        .max_connections(number)
        // Connections are never closed: later there may be no file descriptor for a new one.
        .min_connections(number)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(LONGEST_WAIT)
        // A connection to a file does not break while it is not used.
        .test_before_acquire(false)
        // On a full disk SQLite rolls back by itself. Then sqlx cannot roll back, and takes the
        // transaction for an open one.
        .before_acquire(|connection, _| {
            let is_idle = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_idle) })
        })
        .connect_with(options.clone())
        .await?;
    Ok(pool)
}

/// Copies the database of a folder, as it is at one moment, into another folder, which is
/// created. The service may run meanwhile. The schema is not migrated.
///
/// # Errors
/// The file or the step that failed.
pub(crate) async fn back_up(folder: &Path, to: &Path) -> Result<()> {
    let copy = to.join(FILE);
    let io = |error| Error::Io(copy.display().to_string(), error);
    files::private_folder(to).map_err(io)?;
    // SQLite keeps the mode of an empty file.
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
