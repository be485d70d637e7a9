//! Unlocks a database with its key, seals a database of a version without keys, and replaces
//! the key of a database.

use super::{Column, KeyFile, StoreKey, Vault};
use crate::domain::audit::{Action, Author};
use crate::store::{Error, Result, Store, audit};
use sqlx::{SqliteConnection, SqlitePool};
use std::io::{self, ErrorKind};
use std::path::Path;
use zeroize::Zeroizing;

/// The statements that read and write a sealed column.
struct Statements {
    column: Column,
    /// Reads names of rows as text, and values.
    read: &'static str,
    write: &'static str,
}

/// All sealed columns.
const SEALED: [Statements; 5] = [
    Statements {
        column: Column::HostKey,
        read: "SELECT id, sealed_key FROM host",
        write: "UPDATE host SET sealed_key = $1 WHERE id = $2",
    },
    Statements {
        column: Column::NextKey,
        read: "SELECT id, next_key FROM host WHERE next_key IS NOT NULL",
        write: "UPDATE host SET next_key = $1 WHERE id = $2",
    },
    Statements {
        column: Column::Definition,
        read: "SELECT key, definition FROM command",
        write: "UPDATE command SET definition = $1 WHERE key = $2",
    },
    Statements {
        column: Column::BatchCommand,
        read: "SELECT CAST(id AS TEXT), command FROM batch WHERE command <> ''",
        write: "UPDATE batch SET command = $1 WHERE id = CAST($2 AS BIGINT)",
    },
    Statements {
        column: Column::JobCommand,
        read: "SELECT CAST(job AS TEXT), command FROM unmoved_command",
        write: "UPDATE unmoved_command SET command = $1 WHERE job = CAST($2 AS BIGINT)",
    },
];

/// Reads a value that is to be sealed; `None` if it is to be left as it is.
type Reader<'a> = dyn FnMut(Column, &str, &str) -> Result<Option<Zeroizing<Vec<u8>>>> + Send + 'a;

impl Vault {
    /// Reads the key of a database that has one: before a migration needs it, as afterwards it may be
    /// too late.
    ///
    /// # Errors
    /// When the key is missing or wrong, or the disk fails.
    pub(in crate::store) async fn expect_key(pool: &SqlitePool, path: &Path) -> Result<()> {
        let connection = &mut *pool.acquire().await?;
        if !has_table(connection, "vault").await? {
            return Ok(());
        }
        let Some(id) = key_id(connection).await? else {
            return Ok(());
        };
        let file = read(path)?.ok_or_else(|| missing(path, &id))?;
        match file.find(&id) {
            Some(_) => Ok(()),
            None => Err(other_key(path, &id)),
        }
    }

    /// Reads the key from its file. If the database has no key yet, it gets one: the file is
    /// created if it is missing, and the values in the database are sealed.
    ///
    /// # Errors
    /// When the key is missing or wrong, or the disk fails.
    pub(in crate::store) async fn unlock(pool: &SqlitePool, path: &Path) -> Result<Self> {
        let file = read(path)?;
        let id = key_id(&mut *pool.acquire().await?).await?;
        match (id, file) {
            (Some(id), Some(file)) => match file.find(&id) {
                Some(key) => Ok(Self::new(&key, false)),
                None => Err(other_key(path, &id)),
            },
            (Some(id), None) => Err(missing(path, &id)),
            (None, Some(file)) => Self::adopt(pool, path, file, false).await,
            (None, None) => match KeyFile::create(path) {
                Ok(file) => Self::adopt(pool, path, file, true).await,
                // Another process was faster: use its key.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let file = read(path)?.ok_or_else(|| failed(path, error))?;
                    Self::adopt(pool, path, file, false).await
                }
                Err(error) => Err(not_made(path, &error)),
            },
        }
    }

    /// Seals the values of a database that has no key yet.
    async fn adopt(pool: &SqlitePool, path: &Path, file: KeyFile, is_new: bool) -> Result<Self> {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(id) = key_id(&mut transaction).await? {
            let key = file.find(&id).ok_or_else(|| other_key(path, &id))?;
            return Ok(Self::new(&key, is_new));
        }
        let key = file.into_first().ok_or_else(|| missing(path, ""))?;
        let vault = Self::new(&key, is_new);
        let mut open = |column: Column, _: &str, value: &str| plain(column, value).map(Some);
        let rows = vault.take_over(&mut transaction, &mut open).await?;
        note_key(&mut transaction, &key).await?;
        audit::begin(&mut transaction, &vault.audit_key).await?;
        transaction.commit().await?;
        if rows > 0 {
            forget_old_pages(pool).await?;
        }
        Ok(vault)
    }

    /// Reads every value with `open` and seals it; returns how many there were.
    async fn take_over(
        &self,
        connection: &mut SqliteConnection,
        open: &mut Reader<'_>,
    ) -> Result<usize> {
        let mut count = 0;
        for Statements {
            column,
            read,
            write,
        } in SEALED
        {
            let rows: Vec<(String, String)> =
                sqlx::query_as(read).fetch_all(&mut *connection).await?;
            count += rows.len();
            for (row, value) in rows {
                let Some(plain) = open(column, &row, &value)? else {
                    continue;
                };
                let sealed = self.seal(column, &row, &plain)?;
                let update = sqlx::query(write).bind(sealed).bind(row);
                update.execute(&mut *connection).await?;
            }
        }
        Ok(count)
    }
}

impl Store {
    /// Seals everything with a new key. Meanwhile the file has both keys, so that the database
    /// opens after an interruption. No other process may have it open.
    ///
    /// Returns what is wrong with each value that control could not read: it stays as it is, and
    /// as unreadable. One damaged value must not prevent that a stolen key is replaced.
    ///
    /// # Errors
    /// When the disk or the database fails.
    pub(crate) async fn rekey(&self, path: &Path, by: &Author) -> Result<Vec<String>> {
        let missing = || missing(path, "");
        let key = StoreKey::generate();
        let mut transaction = self.begin().await?;
        let id = key_id(&mut transaction).await?.ok_or_else(missing)?;
        let old = read(path)?.and_then(|file| file.find(&id));
        let old = old.ok_or_else(missing)?;
        let new = Vault::new(&key, false);
        let file = KeyFile::of(vec![key, old]);
        file.write(path).map_err(|error| failed(path, error))?;
        let mut unreadable = Vec::new();
        let mut open = |column: Column, row: &str, value: &str| {
            let opened = self.vault.open(column, row, value);
            Ok(opened
                .map_err(|error| unreadable.push(format!("{error}; {}", column.remedy())))
                .ok())
        };
        new.take_over(&mut transaction, &mut open).await?;
        let key = file.into_first().ok_or_else(missing)?;
        note_key(&mut transaction, &key).await?;
        audit::carry_over(&mut transaction, &self.vault.audit_key, &new.audit_key).await?;
        let change = by.did(Action::StoreRekey, key.id()).before(id.into());
        audit::append(&mut transaction, &new.audit_key, change).await?;
        transaction.commit().await?;
        forget_old_pages(&self.turns).await?;
        let file = KeyFile::of(vec![key]);
        file.write(path).map_err(|error| failed(path, error))?;
        Ok(unreadable)
    }
}

/// A value of a version without keys: a host key is in hexadecimal, JSON is plain.
fn plain(column: Column, value: &str) -> Result<Zeroizing<Vec<u8>>> {
    Ok(Zeroizing::new(match column {
        Column::HostKey | Column::NextKey => from_hex(value)
            .ok_or_else(|| Error::unreadable(column.name(), "it is not hexadecimal"))?,
        Column::Definition | Column::BatchCommand | Column::JobCommand => value.as_bytes().to_vec(),
    }))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(byte).collect()
}

/// Whether the database has a table of this name.
pub(in crate::store) async fn has_table(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<bool> {
    let found = sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

async fn key_id(connection: &mut SqliteConnection) -> Result<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as("SELECT key_id FROM vault")
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|(id,)| id))
}

async fn note_key(connection: &mut SqliteConnection, key: &StoreKey) -> Result<()> {
    sqlx::query(
        "INSERT INTO vault (id, key_id) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET key_id = $1",
    )
    .bind(key.id())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes deleted values from the unused parts of the file.
async fn forget_old_pages(pool: &SqlitePool) -> Result<()> {
    for statement in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        sqlx::query(statement).execute(pool).await?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Option<KeyFile>> {
    KeyFile::read(path).map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::Io(path.display().to_string(), error)
}

fn missing(path: &Path, id: &str) -> Error {
    Error::Key(format!(
        "{}: the key of this database ({id}) is missing: restore it from its backup, or name its file with --store-key. Without it the host keys and the secrets of commands cannot be read",
        path.display()
    ))
}

fn other_key(path: &Path, id: &str) -> Error {
    Error::Key(format!(
        "{}: this is the key of another database, or from before `pilotctl store rekey`; this database has key {id}: name its file with --store-key",
        path.display()
    ))
}

fn not_made(path: &Path, error: &io::Error) -> Error {
    Error::Key(format!(
        "{}: cannot create the key of the database: {error}; create it outside the data folder with `pilotctl store make-key`, and name it with --store-key",
        path.display()
    ))
}
