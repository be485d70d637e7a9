//! API tokens.

use super::narrowed::{scope_column, scope_of};
use super::row::{from_json, integer, stream, to_json, unsigned};
use super::{Error, Result, Store};
use crate::domain::api_token::StoredToken;
use crate::domain::audit::{Action, Author};
use crate::domain::rights::Rights;
use serde_json::{Value, json};
use sqlx::{FromRow, SqliteConnection};
use std::ops::ControlFlow;

const SELECT: &str = "SELECT id, owner, operator.role, api_token.name, rights, hash, \
     api_token.created, expires, last_used, api_token.scope, operator.scope AS scope_of_user
     FROM api_token JOIN operator ON operator.name = api_token.owner";

#[derive(FromRow)]
struct Row {
    id: String,
    owner: String,
    role: String,
    name: String,
    rights: String,
    hash: Vec<u8>,
    created: i64,
    expires: i64,
    last_used: Option<i64>,
    scope: String,
    scope_of_user: String,
}

impl Row {
    fn token(self) -> Result<StoredToken> {
        let unreadable = |error: String| Error::unreadable("api_token", error);
        let rights: Vec<String> = from_json("rights", &self.rights)?;
        Ok(StoredToken {
            id: self.id,
            owner: self.owner,
            role: self.role.parse().map_err(unreadable)?,
            name: self.name,
            rights: Rights::parse(&rights).map_err(unreadable)?,
            hash: self.hash,
            created: unsigned(self.created),
            expires: unsigned(self.expires),
            last_used: self.last_used.map(unsigned),
            scope: scope_of(&self.scope)?,
            scope_of_user: scope_of(&self.scope_of_user)?,
        })
    }
}

/// What came of adding a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenAdded {
    /// It is stored.
    Yes,
    /// Its user is gone.
    NoUser,
    /// Its user has one of the same name.
    Taken,
    /// Its user has too many.
    TooMany,
}

impl Store {
    /// Adds a token, if its user has fewer than `most`.
    pub(crate) async fn add_api_token(
        &self,
        token: &StoredToken,
        most: u64,
        by: &Author,
    ) -> Result<TokenAdded> {
        let mut transaction = self.begin().await?;
        if let Some(why_not) = why_not(&mut transaction, token, most).await? {
            return Ok(why_not);
        }
        sqlx::query(
            "INSERT INTO api_token (id, owner, name, rights, hash, created, expires, scope)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&token.id)
        .bind(&token.owner)
        .bind(&token.name)
        .bind(to_json(&token.rights.texts())?)
        .bind(&token.hash)
        .bind(integer(token.created))
        .bind(integer(token.expires))
        .bind(scope_column(&token.scope)?)
        .execute(&mut *transaction)
        .await?;
        let change = by.did(Action::TokenAdd, target(&token.owner, &token.name));
        let change = change.after(described(token));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(TokenAdded::Yes)
    }

    /// The token that has this id.
    pub(crate) async fn api_token(&self, id: &str) -> Result<Option<StoredToken>> {
        let select = format!("{SELECT} WHERE id = $1");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(select))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(Row::token).transpose()
    }

    /// Passes the tokens of a user, or of all if `owner` is empty, to `take`, by user and name, until
    /// it breaks; those that follow `after`.
    pub(crate) async fn api_tokens(
        &self,
        owner: &str,
        after: (&str, &str),
        take: impl FnMut(StoredToken) -> ControlFlow<()>,
    ) -> Result<()> {
        let select = format!(
            "{SELECT} WHERE ($1 = '' OR owner = $1) AND (owner > $2 OR owner = $2 AND api_token.name > $3)
             ORDER BY owner, api_token.name"
        );
        let rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(select))
            .bind(owner)
            .bind(after.0)
            .bind(after.1)
            .fetch(&self.pool);
        stream(rows, Row::token, take).await
    }

    /// Removes a token; `false` if there is none.
    pub(crate) async fn remove_api_token(
        &self,
        owner: &str,
        name: &str,
        by: &Author,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let select = format!("{SELECT} WHERE owner = $1 AND api_token.name = $2");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(select))
            .bind(owner)
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(token) = row.map(Row::token).transpose()? else {
            return Ok(false);
        };
        sqlx::query("DELETE FROM api_token WHERE id = $1")
            .bind(&token.id)
            .execute(&mut *transaction)
            .await?;
        let change = by.did(Action::TokenRemove, target(owner, name));
        let change = change.before(described(&token));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes that a token was used, unless that was noted within the last minute.
    pub(crate) async fn note_use_of_api_token(&self, id: &str, now: u64) -> Result<()> {
        let (id, now) = (id.to_owned(), integer(now));
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE api_token SET last_used = $2 WHERE id = $1 AND COALESCE(last_used, 0) <= $2 - 60",
                )
                .bind(id)
                .bind(now)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn why_not(
    connection: &mut SqliteConnection,
    token: &StoredToken,
    most: u64,
) -> Result<Option<TokenAdded>> {
    let (users, tokens, same): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM operator WHERE name = $1),
             (SELECT COUNT(*) FROM api_token WHERE owner = $1),
             (SELECT COUNT(*) FROM api_token WHERE owner = $1 AND name = $2)",
    )
    .bind(&token.owner)
    .bind(&token.name)
    .fetch_one(connection)
    .await?;
    Ok(match (users, tokens, same) {
        (0, ..) => Some(TokenAdded::NoUser),
        (_, _, 1..) => Some(TokenAdded::Taken),
        (_, tokens, _) if unsigned(tokens) >= most => Some(TokenAdded::TooMany),
        _ => None,
    })
}

fn target(owner: &str, name: &str) -> String {
    format!("{owner}/{name}")
}

fn described(token: &StoredToken) -> Value {
    json!({
        "user": token.owner, "may": token.rights.texts(), "expires": token.expires,
        "scope": token.scope.as_given(),
    })
}
