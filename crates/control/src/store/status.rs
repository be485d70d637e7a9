//! How large a database is, and what is in it; the service may run meanwhile.

use super::figures::{hosts_by_state, open_jobs_by_status};
use super::row::unsigned;
use super::sqlite::{BUSY, FILE, MIGRATIONS};
use super::{Error, Result};
use crate::domain::host::HostState;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::Path;

/// What is in a database.
#[derive(Debug)]
pub(crate) struct Status {
    /// The size of its file, in bytes.
    pub(crate) bytes: u64,
    /// How many of them hold nothing and are used again.
    pub(crate) free_bytes: u64,
    /// How many hosts are in each state.
    pub(crate) hosts: Vec<(HostState, u64)>,
    /// How many batches there are.
    pub(crate) batches: u64,
    /// How many jobs have not ended, by status.
    pub(crate) open_jobs: Vec<(&'static str, u64)>,
    /// How many jobs have ended.
    pub(crate) ended_jobs: u64,
    /// When the oldest of them ended, in unix seconds.
    pub(crate) oldest_end: Option<u64>,
    /// The bytes of the outputs that are kept.
    pub(crate) output_bytes: u64,
}

/// Looks at the database of a folder, without changing it.
///
/// # Errors
/// Those of the file; [`Error::OtherSchema`] if another version of the program made it.
pub(crate) async fn status(folder: &Path) -> Result<Status> {
    let mut connection = SqliteConnectOptions::new()
        .filename(folder.join(FILE))
        .read_only(true)
        .busy_timeout(BUSY)
        .disable_statement_logging()
        .connect()
        .await?;
    let status = read(&mut connection).await;
    connection.close().await?;
    status
}

async fn read(connection: &mut SqliteConnection) -> Result<Status> {
    let applied = count(connection, "SELECT COUNT(*) FROM _sqlx_migrations").await?;
    if applied != MIGRATIONS.iter().count() as u64 {
        return Err(Error::OtherSchema);
    }
    let page = count(connection, "SELECT page_size FROM pragma_page_size").await?;
    Ok(Status {
        bytes: page * count(connection, "SELECT page_count FROM pragma_page_count").await?,
        free_bytes: page
            * count(
                connection,
                "SELECT freelist_count FROM pragma_freelist_count",
            )
            .await?,
        hosts: hosts_by_state(&mut *connection).await?,
        batches: count(connection, "SELECT COUNT(*) FROM batch").await?,
        open_jobs: open_jobs_by_status(&mut *connection).await?,
        ended_jobs: count(
            connection,
            "SELECT COUNT(*) FROM job WHERE ended IS NOT NULL",
        )
        .await?,
        oldest_end: oldest_end(connection).await?,
        output_bytes: count(connection, OUTPUT_BYTES).await?,
    })
}

/// Lengths are read without the texts.
const OUTPUT_BYTES: &str = "SELECT COALESCE(SUM(OCTET_LENGTH(log)), 0) FROM job";

async fn count(connection: &mut SqliteConnection, statement: &'static str) -> Result<u64> {
    let row: (i64,) = sqlx::query_as(statement).fetch_one(connection).await?;
    Ok(unsigned(row.0))
}

async fn oldest_end(connection: &mut SqliteConnection) -> Result<Option<u64>> {
    let row: (Option<i64>,) = sqlx::query_as("SELECT MIN(ended) FROM job WHERE ended IS NOT NULL")
        .fetch_one(connection)
        .await?;
    Ok(row.0.map(unsigned))
}
