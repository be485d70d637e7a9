//! Operators' accounts.

use super::row::{give, integer};
use super::{Error, Result, Store};
use crate::domain::operator::{Account, Role};
use std::ops::ControlFlow;

type Row = (String, String, String);

impl Store {
    /// Adds an account; `false` when the name is taken.
    pub(crate) async fn add_account(&self, account: &Account, now: u64) -> Result<bool> {
        let added = sqlx::query(
            "INSERT INTO operator (name, role, password, created) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&account.name)
        .bind(account.role.name())
        .bind(&account.password)
        .bind(integer(now))
        .execute(&self.pool)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// An account by its name.
    pub(crate) async fn account(&self, name: &str) -> Result<Option<Account>> {
        let row: Option<Row> =
            sqlx::query_as("SELECT name, role, password FROM operator WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
        row.map(account).transpose()
    }

    /// Gives names and roles of the accounts away whose names follow `after`, by name, as
    /// [`Store::jobs`] does jobs.
    pub(crate) async fn accounts(
        &self,
        after: &str,
        take: impl FnMut((String, Role)) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = sqlx::query_as::<_, (String, String)>(
            "SELECT name, role FROM operator WHERE name > $1 ORDER BY name",
        )
        .bind(after)
        .fetch(&self.pool);
        give(rows, |(name, text)| Ok((name, role(&text)?)), take).await
    }

    /// Removes an account; `false` when there is none.
    pub(crate) async fn remove_account(&self, name: &str) -> Result<bool> {
        let removed = sqlx::query("DELETE FROM operator WHERE name = $1")
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(removed.rows_affected() == 1)
    }
}

fn account((name, text, password): Row) -> Result<Account> {
    Ok(Account {
        name,
        role: role(&text)?,
        password,
    })
}

fn role(text: &str) -> Result<Role> {
    text.parse()
        .map_err(|error: String| Error::unreadable("role", error))
}
