//! Users.

use super::row::{integer, stream};
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::user::{Role, User};
use serde_json::json;
use std::ops::ControlFlow;

type Row = (String, String, String);

impl Store {
    /// Adds a user; `false` if the name is taken.
    pub(crate) async fn add_user(&self, user: &User, now: u64, by: &Author) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let added = sqlx::query(
            "INSERT INTO operator (name, role, password, created) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&user.name)
        .bind(user.role.name())
        .bind(&user.password)
        .bind(integer(now))
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(false);
        }
        let change = by.did(Action::UserAdd, &user.name);
        let change = change.after(json!({ "role": user.role }));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A user by name.
    pub(crate) async fn user(&self, name: &str) -> Result<Option<User>> {
        let row: Option<Row> =
            sqlx::query_as("SELECT name, role, password FROM operator WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
        row.map(user).transpose()
    }

    /// Passes names and roles of the users whose names follow `after` to `take`, by name, until
    /// it breaks.
    pub(crate) async fn users(
        &self,
        after: &str,
        take: impl FnMut((String, Role)) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = sqlx::query_as::<_, (String, String)>(
            "SELECT name, role FROM operator WHERE name > $1 ORDER BY name",
        )
        .bind(after)
        .fetch(&self.pool);
        stream(rows, |(name, text)| Ok((name, role(&text)?)), take).await
    }

    /// Removes a user; `false` if there is none.
    pub(crate) async fn remove_user(&self, name: &str, by: &Author) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let removed: Option<(String,)> =
            sqlx::query_as("DELETE FROM operator WHERE name = $1 RETURNING role")
                .bind(name)
                .fetch_optional(&mut *transaction)
                .await?;
        let Some((role,)) = removed else {
            return Ok(false);
        };
        let change = by.did(Action::UserRemove, name);
        let change = change.before(json!({ "role": role }));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn user((name, text, password): Row) -> Result<User> {
    Ok(User {
        name,
        role: role(&text)?,
        password,
    })
}

fn role(text: &str) -> Result<Role> {
    text.parse()
        .map_err(|error: String| Error::unreadable("role", error))
}
