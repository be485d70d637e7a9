//! Names of hosts.

use super::narrowed::{is_within, within};
use super::row::host_id;
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::host::HostState;
use crate::domain::naming::{Candidate, MOST_NAMED};
use crate::domain::scope::Scope;
use serde_json::json;
use sqlx::{QueryBuilder, Sqlite};
use wire::HostId;

/// What came of giving a host a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Renamed {
    /// It has the name.
    Done,
    /// There is no such host.
    UnknownHost,
    /// Another host has the name.
    Taken,
}

type Row = (String, String, Option<i64>, Option<String>, Option<String>);

impl Store {
    /// The hosts of a scope that a text may name, but for removed ones, and those whose ids begin with
    /// `prefix`; of each kind one more than an error names.
    pub(crate) async fn candidates(
        &self,
        text: &str,
        prefix: Option<&str>,
        scope: &Scope,
    ) -> Result<Vec<Candidate>> {
        let mut found = Vec::new();
        for mut select in selects(text, prefix, scope) {
            let rows: Vec<Row> = select.build_query_as().fetch_all(&self.pool).await?;
            for row in rows {
                found.push(candidate(row, text)?);
            }
        }
        Ok(found)
    }

    /// Gives a host a name, or takes it away. The same name is no change.
    pub(crate) async fn rename(
        &self,
        host: HostId,
        name: Option<&str>,
        by: &Author,
    ) -> Result<Renamed> {
        let mut transaction = self.begin().await?;
        if !is_within(&mut transaction, host, &by.scope).await? {
            return Ok(Renamed::UnknownHost);
        }
        let before: Option<(Option<String>,)> =
            sqlx::query_as("SELECT name FROM host WHERE id = $1 AND state <> 'removed'")
                .bind(host.to_string())
                .fetch_optional(&mut *transaction)
                .await?;
        let Some((before,)) = before else {
            return Ok(Renamed::UnknownHost);
        };
        if before.as_deref() == name {
            return Ok(Renamed::Done);
        }
        let renamed = sqlx::query(
            "UPDATE host SET name = $2 WHERE id = $1
             AND NOT EXISTS (SELECT 1 FROM host AS other WHERE other.name = $2)",
        )
        .bind(host.to_string())
        .bind(name)
        .execute(&mut *transaction)
        .await?;
        if renamed.rows_affected() == 0 {
            return Ok(Renamed::Taken);
        }
        let change = by.did(Action::HostRename, host);
        let change = change.before(json!({ "name": before }));
        let change = change.after(json!({ "name": name }));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(Renamed::Done)
    }
}

/// The statements that find what a text may name, each by an index.
fn selects(text: &str, prefix: Option<&str>, scope: &Scope) -> Vec<QueryBuilder<Sqlite>> {
    let begin = || {
        QueryBuilder::new(
            "SELECT id, state, disabled, name, hostname FROM host WHERE state <> 'removed' AND ",
        )
    };
    let mut selects = Vec::new();
    for column in ["name = ", "hostname = "] {
        let mut select = begin();
        select.push(column).push_bind(text.to_owned());
        selects.push(select);
    }
    if let Some(prefix) = prefix {
        let mut select = begin();
        // After all that an id has in the place of its next character.
        let end = format!("{prefix}g");
        select.push("id >= ").push_bind(prefix.to_owned());
        select.push(" AND id < ").push_bind(end);
        selects.push(select);
    }
    for select in &mut selects {
        within(select, scope);
        select.push(" LIMIT ").push_bind(MOST_NAMED as i64 + 1);
    }
    selects
}

fn candidate((id, state, disabled, name, hostname): Row, text: &str) -> Result<Candidate> {
    Ok(Candidate {
        id: host_id(&id)?,
        state: HostState::new(&state, disabled.is_some())
            .ok_or_else(|| Error::unreadable("state of a host", &state))?,
        is_named_so: name.as_deref() == Some(text),
        hostname: hostname.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_text_names_is_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let store = Store::open(&path("data"), &path("key")).await.unwrap();
        for (select, index) in selects("web", Some("3f2b8c1e-7d"), &Scope::everything())
            .iter()
            .zip([
                "host_by_name (name=?)",
                "host_by_hostname (hostname=?)",
                "sqlite_autoindex_host_1 (id>? AND id<?)",
            ])
        {
            let plan = store.plan(select).await;
            assert!(plan[0].starts_with("SEARCH host USING INDEX"), "{plan:?}");
            assert!(plan[0].ends_with(index) && plan.len() == 1, "{plan:?}");
        }
        assert_eq!(selects("web", None, &Scope::everything()).len(), 2);
    }
}
