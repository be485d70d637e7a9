//! Whether the author of a change may still make it, asked in the transaction of the change.

use super::narrowed::scope_of;
use super::row::unsigned;
use super::{Error, Result};
use crate::clock::unix_now;
use crate::domain::audit::{Change, Proof, Standing};
use sqlx::{FromRow, SqliteConnection};

#[derive(FromRow)]
struct Row {
    role: String,
    password: String,
    scope: String,
    expires: Option<i64>,
    scope_of_token: String,
}

impl Row {
    fn standing(self) -> Result<Standing> {
        let unreadable = |error: String| Error::unreadable("role", error);
        Ok(Standing {
            role: self.role.parse().map_err(unreadable)?,
            password: Proof::password(&self.password),
            token_expires: self.expires.map(unsigned),
            scope: scope_of(&self.scope)?.and(&scope_of(&self.scope_of_token)?),
        })
    }
}

/// Refuses a change whose user was removed, demoted, or got another password or scope meanwhile, or
/// whose token was removed or has expired.
///
/// # Errors
/// [`Error::Refused`]: the transaction must not be committed.
pub(super) async fn check(connection: &mut SqliteConnection, change: &Change) -> Result<()> {
    let Some((author, proof)) = change.to_be_checked() else {
        return Ok(());
    };
    let standing = standing(connection, &author.who, proof).await?;
    let checked = change.check(standing.as_ref(), unix_now());
    checked.map_err(Error::Refused)
}

async fn standing(
    connection: &mut SqliteConnection,
    user: &str,
    proof: &Proof,
) -> Result<Option<Standing>> {
    let token = match proof {
        Proof::Password(_) => None,
        Proof::Token(id) => Some(id),
    };
    let row: Option<Row> = sqlx::query_as(
        "SELECT role, password, operator.scope, api_token.expires,
             COALESCE(api_token.scope, '') AS scope_of_token
         FROM operator LEFT JOIN api_token ON api_token.id = $2 AND api_token.owner = operator.name
         WHERE operator.name = $1",
    )
    .bind(user)
    .bind(token)
    .fetch_optional(connection)
    .await?;
    row.map(Row::standing).transpose()
}
