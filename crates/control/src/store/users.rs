//! Users.

use super::row::{integer, stream};
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::user::{Role, User};
use serde_json::json;
use sqlx::SqliteConnection;
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

    /// Removes a user, unless it is the last admin.
    pub(crate) async fn remove_user(&self, name: &str, by: &Author) -> Result<UserChange> {
        let mut transaction = self.begin().await?;
        let role = match may_change(&mut transaction, name, None).await? {
            Ok(role) => role,
            Err(why_not) => return Ok(why_not),
        };
        // First what is checked: users may remove themselves.
        let change = by.did(Action::UserRemove, name);
        let change = change.before(json!({ "role": role }));
        self.record(&mut transaction, change).await?;
        sqlx::query("DELETE FROM operator WHERE name = $1")
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(UserChange::Done)
    }

    /// Gives a user another role, unless it is the last admin. The same role is no change.
    pub(crate) async fn set_role(&self, name: &str, role: Role, by: &Author) -> Result<UserChange> {
        let mut transaction = self.begin().await?;
        let before = match may_change(&mut transaction, name, Some(role)).await? {
            Ok(before) => before,
            Err(why_not) => return Ok(why_not),
        };
        if before == role {
            return Ok(UserChange::Done);
        }
        // First what is checked: admins may give themselves another role.
        let change = by.did(Action::UserRole, name);
        let change = change.before(json!({ "role": before }));
        let change = change.after(json!({ "role": role }));
        self.record(&mut transaction, change).await?;
        sqlx::query("UPDATE operator SET role = $2 WHERE name = $1")
            .bind(name)
            .bind(role.name())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(UserChange::Done)
    }

    /// Gives a user a password with another hash.
    pub(crate) async fn set_password(
        &self,
        name: &str,
        hash: &str,
        by: &Author,
    ) -> Result<UserChange> {
        let mut transaction = self.begin().await?;
        // First what is checked: users may change their own.
        let change = by.did(Action::UserPassword, name);
        let change = change.after(json!({ "password": "changed" }));
        self.record(&mut transaction, change).await?;
        let updated = sqlx::query("UPDATE operator SET password = $2 WHERE name = $1")
            .bind(name)
            .bind(hash)
            .execute(&mut *transaction)
            .await?;
        if updated.rows_affected() == 0 {
            return Ok(UserChange::NoUser);
        }
        transaction.commit().await?;
        Ok(UserChange::Done)
    }
}

/// What came of a change of a user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UserChange {
    /// It is done.
    Done,
    /// There is no such user.
    NoUser,
    /// Nobody would be left who can manage users.
    LastAdmin,
}

/// The present role of a user who may be removed, or get the role `next`; or why not.
async fn may_change(
    connection: &mut SqliteConnection,
    name: &str,
    next: Option<Role>,
) -> Result<Result<Role, UserChange>> {
    let present: Option<(String,)> = sqlx::query_as("SELECT role FROM operator WHERE name = $1")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await?;
    let Some((present,)) = present else {
        return Ok(Err(UserChange::NoUser));
    };
    let present = role(&present)?;
    let (others,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM operator WHERE role = $1 AND name <> $2")
            .bind(Role::Admin.name())
            .bind(name)
            .fetch_one(connection)
            .await?;
    let loses_admin = present == Role::Admin && next != Some(Role::Admin);
    Ok(match loses_admin && others == 0 {
        true => Err(UserChange::LastAdmin),
        false => Ok(present),
    })
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
