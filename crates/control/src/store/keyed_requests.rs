//! Requests with an Idempotency-Key, and what they were answered.

use super::row::{integer, unsigned};
use super::{Result, Store};
use crate::domain::repeats::{EarlierRequest, KeptAnswer, Repeat};
use sqlx::{FromRow, SqliteConnection};

#[derive(FromRow)]
struct Row {
    id: String,
    hash: Vec<u8>,
    begun: i64,
    status: Option<i64>,
    answer: Option<String>,
    place: Option<String>,
}

impl Row {
    fn earlier(self) -> EarlierRequest {
        let answer = self.status.map(|status| KeptAnswer {
            status: u16::try_from(status).unwrap_or_default(),
            body: self.answer.unwrap_or_default(),
            place: self.place.unwrap_or_default(),
        });
        EarlierRequest {
            id: self.id,
            hash: self.hash,
            begun: unsigned(self.begun),
            answer,
        }
    }
}

/// A request with a key, which is about to be carried out.
pub(crate) struct BegunRequest<'a> {
    /// The user.
    pub(crate) owner: &'a str,
    /// The key.
    pub(crate) key: &'a str,
    /// What it creates is known by this, if no earlier one has the key.
    pub(crate) id: &'a str,
    /// Its hash.
    pub(crate) hash: &'a [u8],
    /// When it begins, in unix seconds.
    pub(crate) now: u64,
}

impl Store {
    /// The hash of a request, under a key of the store.
    pub(crate) fn hash_request(&self, address: &str, body: &[u8]) -> Vec<u8> {
        self.vault.request_key.hash(address, body)
    }

    /// Begins a request, unless `decide` says otherwise by an earlier one with its key. A user has up
    /// to `most` keys; the oldest go first.
    pub(crate) async fn begin_keyed(
        &self,
        request: BegunRequest<'_>,
        most: u32,
        decide: impl FnOnce(EarlierRequest) -> Repeat,
    ) -> Result<Repeat> {
        let mut transaction = self.begin().await?;
        let earlier: Option<Row> = sqlx::query_as(
            "SELECT id, hash, begun, status, answer, place FROM keyed_request
             WHERE owner = $1 AND key = $2",
        )
        .bind(request.owner)
        .bind(request.key)
        .fetch_optional(&mut *transaction)
        .await?;
        let repeat = match earlier {
            None => Repeat::CarryOut(request.id.to_owned()),
            Some(earlier) => decide(earlier.earlier()),
        };
        if let Repeat::CarryOut(id) = &repeat {
            put(&mut transaction, &request, id).await?;
            make_room(&mut transaction, request.owner, most).await?;
        }
        transaction.commit().await?;
        Ok(repeat)
    }

    /// Keeps the answer to a request.
    pub(crate) async fn finish_keyed(
        &self,
        owner: &str,
        key: &str,
        answer: &KeptAnswer,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE keyed_request SET status = $3, answer = $4, place = $5
             WHERE owner = $1 AND key = $2",
        )
        .bind(owner)
        .bind(key)
        .bind(i64::from(answer.status))
        .bind(&answer.body)
        .bind(&answer.place)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets a request that created nothing.
    pub(crate) async fn forget_keyed(&self, owner: &str, key: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM keyed_request WHERE owner = $1 AND key = $2 AND status IS NULL")
            .bind(owner)
            .bind(key)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn put(
    connection: &mut SqliteConnection,
    request: &BegunRequest<'_>,
    id: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO keyed_request (owner, key, id, hash, begun)
         SELECT name, $2, $3, $4, $5 FROM operator WHERE name = $1
         ON CONFLICT (owner, key) DO UPDATE SET begun = $5",
    )
    .bind(request.owner)
    .bind(request.key)
    .bind(id)
    .bind(request.hash)
    .bind(integer(request.now))
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the oldest keys of a user that are too many; each request adds one.
async fn make_room(connection: &mut SqliteConnection, owner: &str, most: u32) -> Result<()> {
    sqlx::query(
        "DELETE FROM keyed_request WHERE owner = $1 AND key IN (
             SELECT key FROM keyed_request WHERE owner = $1 ORDER BY begun DESC, key LIMIT 16 OFFSET $2)",
    )
    .bind(owner)
    .bind(i64::from(most))
    .execute(connection)
    .await?;
    Ok(())
}
