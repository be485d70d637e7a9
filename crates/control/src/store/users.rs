//! Users.

use super::narrowed::{scope_column, scope_of};
use super::row::{integer, stream};
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::scope::Scope;
use crate::domain::user::{ListedUser, Role, User};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use std::ops::ControlFlow;

type Row = (String, String, String, String);

impl Store {
    /// Adds a user; `false` if the name is taken.
    pub(crate) async fn add_user(&self, user: &User, now: u64, by: &Author) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let added = sqlx::query(
            "INSERT INTO operator (name, role, password, created, scope) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&user.name)
        .bind(user.role.name())
        .bind(&user.password)
        .bind(integer(now))
        .bind(scope_column(&user.scope)?)
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 0 {
            return Ok(false);
        }
        let change = by.did(Action::UserAdd, &user.name);
        let change = change.after(described(user.role, &user.scope));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A user by name.
    pub(crate) async fn user(&self, name: &str) -> Result<Option<User>> {
        let row: Option<Row> =
            sqlx::query_as("SELECT name, role, password, scope FROM operator WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
        row.map(user).transpose()
    }

    /// Passes the users whose names follow `after` to `take`, by name, until
    /// it breaks.
    pub(crate) async fn users(
        &self,
        after: &str,
        take: impl FnMut(ListedUser) -> ControlFlow<()>,
    ) -> Result<()> {
        let rows = sqlx::query_as::<_, (String, String, String)>(
            "SELECT name, role, scope FROM operator WHERE name > $1 ORDER BY name",
        )
        .bind(after)
        .fetch(&self.pool);
        stream(rows, listed, take).await
    }

    /// Removes a user, unless it is the last admin.
    pub(crate) async fn remove_user(&self, name: &str, by: &Author) -> Result<UserChange> {
        let mut transaction = self.begin().await?;
        let (role, scope) = match may_change(&mut transaction, name, |_, _| false).await? {
            Ok(present) => present,
            Err(why_not) => return Ok(why_not),
        };
        // First what is checked: users may remove themselves.
        let change = by.did(Action::UserRemove, name);
        let change = change.before(described(role, &scope));
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
        let stays = |_: Role, scope: &Scope| is_full_admin(role, scope);
        let (before, _) = match may_change(&mut transaction, name, stays).await? {
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

    /// Narrows a user to other hosts, unless it is the last admin. The same scope is no change.
    pub(crate) async fn set_scope(
        &self,
        name: &str,
        scope: &Scope,
        by: &Author,
    ) -> Result<UserChange> {
        let mut transaction = self.begin().await?;
        let stays = |role, _: &Scope| is_full_admin(role, scope);
        let (_, before) = match may_change(&mut transaction, name, stays).await? {
            Ok(before) => before,
            Err(why_not) => return Ok(why_not),
        };
        if before == *scope {
            return Ok(UserChange::Done);
        }
        // First what is checked: admins may narrow themselves.
        let change = by.did(Action::UserScope, name);
        let change = change.before(json!({ "scope": before.as_given() }));
        let change = change.after(json!({ "scope": scope.as_given() }));
        self.record(&mut transaction, change).await?;
        sqlx::query("UPDATE operator SET scope = $2 WHERE name = $1")
            .bind(name)
            .bind(scope_column(scope)?)
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

/// Whether this is a user who can manage users: an admin for all hosts.
fn is_full_admin(role: Role, scope: &Scope) -> bool {
    role == Role::Admin && scope.is_everything()
}

/// The present role and scope of a user who may be changed, or why not. `stays` says whether the
/// user can manage users after the change.
async fn may_change(
    connection: &mut SqliteConnection,
    name: &str,
    stays: impl FnOnce(Role, &Scope) -> bool,
) -> Result<Result<(Role, Scope), UserChange>> {
    let present: Option<(String, String)> =
        sqlx::query_as("SELECT role, scope FROM operator WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((present, scope)) = present else {
        return Ok(Err(UserChange::NoUser));
    };
    let (present, scope) = (role(&present)?, scope_of(&scope)?);
    let (others,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM operator WHERE role = $1 AND scope = '' AND name <> $2",
    )
    .bind(Role::Admin.name())
    .bind(name)
    .fetch_one(connection)
    .await?;
    let loses_admin = is_full_admin(present, &scope) && !stays(present, &scope);
    Ok(match loses_admin && others == 0 {
        true => Err(UserChange::LastAdmin),
        false => Ok((present, scope)),
    })
}

fn described(role: Role, scope: &Scope) -> Value {
    match scope.is_everything() {
        true => json!({ "role": role }),
        false => json!({ "role": role, "scope": scope.as_given() }),
    }
}

fn listed((name, text, scope): (String, String, String)) -> Result<ListedUser> {
    Ok(ListedUser {
        name,
        role: role(&text)?,
        scope: scope_of(&scope)?,
    })
}

fn user((name, text, password, scope): Row) -> Result<User> {
    Ok(User {
        name,
        role: role(&text)?,
        password,
        scope: scope_of(&scope)?,
    })
}

fn role(text: &str) -> Result<Role> {
    text.parse()
        .map_err(|error: String| Error::unreadable("role", error))
}
