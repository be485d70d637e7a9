//! Whether the author of a change may still make it, asked in the transaction of the change.

use super::row::unsigned;
use super::{Error, Result};
use crate::clock::unix_now;
use crate::domain::audit::{Change, Proof, Standing};
use sqlx::SqliteConnection;

/// Refuses a change whose user was removed, demoted, or got another password meanwhile, or whose
/// token was removed or has expired.
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
    let row: Option<(String, String, Option<i64>)> = sqlx::query_as(
        "SELECT role, password, (SELECT expires FROM api_token WHERE id = $2 AND owner = $1)
         FROM operator WHERE name = $1",
    )
    .bind(user)
    .bind(token)
    .fetch_optional(connection)
    .await?;
    let read = |(role, password, expires): (String, String, Option<i64>)| {
        let unreadable = |error: String| Error::unreadable("role", error);
        Ok(Standing {
            role: role.parse().map_err(unreadable)?,
            password: Proof::password(&password),
            token_expires: expires.map(unsigned),
        })
    };
    row.map(read).transpose()
}
