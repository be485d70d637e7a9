//! Key lists, and which of them each host trusts.

use super::narrowed::within;
use super::row::{from_json, integer, to_json, unsigned};
use super::{Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::scope::Scope;
use serde_json::json;
use sqlx::QueryBuilder;
use wire::HostId;
use wire::key_list::SignedKeyList;

impl Store {
    /// The newest imported list of a root key.
    pub(crate) async fn key_list(&self, root: &str) -> Result<Option<SignedKeyList>> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT signed FROM key_list WHERE root = $1 ORDER BY number DESC LIMIT 1",
        )
        .bind(root)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|(signed,)| from_json("key list", &signed))
            .transpose()
    }

    /// Stores a list of a root key.
    pub(crate) async fn import_key_list(
        &self,
        root: &str,
        number: u64,
        signed: &SignedKeyList,
        now: u64,
        by: &Author,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let imported = sqlx::query(
            "INSERT INTO key_list (root, number, signed, imported) VALUES ($1, $2, $3, $4)
             ON CONFLICT (root, number) DO NOTHING",
        )
        .bind(root)
        .bind(integer(number))
        .bind(to_json(signed)?)
        .bind(integer(now))
        .execute(&mut *transaction)
        .await?;
        if imported.rows_affected() == 1 {
            let change = by.did(Action::KeyListImport, number);
            let change = change.after(json!({ "root": root }));
            self.record(&mut transaction, change).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Stores which list a host trusts. If it is the stored one, that is no change of the host.
    pub(crate) async fn note_key_list(&self, host: HostId, number: u64) -> Result<()> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE host SET key_list = $2 WHERE id = $1 AND COALESCE(key_list, -1) <> $2",
                )
                .bind(host.to_string())
                .bind(integer(number))
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// How many enrolled hosts of a scope trust each list, newest first; `None` for those that
    /// have no root key, or have not reported a list yet.
    pub(crate) async fn key_list_counts(&self, scope: &Scope) -> Result<Vec<(Option<u64>, u64)>> {
        let mut select =
            QueryBuilder::new("SELECT key_list, COUNT(*) FROM host WHERE state = 'enrolled'");
        within(&mut select, scope);
        select.push(" GROUP BY key_list ORDER BY key_list DESC");
        let rows: Vec<(Option<i64>, i64)> = select.build_query_as().fetch_all(&self.pool).await?;
        let count = |(number, count): (Option<i64>, i64)| (number.map(unsigned), unsigned(count));
        Ok(rows.into_iter().map(count).collect())
    }
}
