//! Operators' accounts.

use super::row::{give, integer};
use super::{Error, Result, Store};
use crate::domain::operator::Account;
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

    /// Gives the accounts away whose names follow `after`, by name, as
    /// [`Store::jobs`] does jobs.
    pub(crate) async fn accounts(
        &self,
        after: &str,
        take: impl FnMut(Account) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = sqlx::query_as::<_, Row>(
            "SELECT name, role, password FROM operator WHERE name > $1 ORDER BY name",
        )
        .bind(after)
        .fetch(&self.pool);
        give(rows, account, take).await
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

fn account((name, role, password): Row) -> Result<Account> {
    let role = role
        .parse()
        .map_err(|error: String| Error::unreadable("role", error))?;
    Ok(Account {
        name,
        role,
        password,
    })
}
