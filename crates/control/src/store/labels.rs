//! Changing the labels of hosts.

use super::narrowed::is_within;
use super::row::{from_json, to_json};
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::host::Place;
use serde_json::json;
use sqlx::SqliteConnection;
use wire::HostId;

/// What came of changing the labels of hosts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Relabelled {
    /// So many hosts have other labels now.
    Changed(u64),
    /// Nothing was changed: there is no such host.
    UnknownHost(HostId),
    /// Nothing was changed: this host cannot have these labels, for this reason.
    Refused(HostId, String),
}

impl Store {
    /// Gives hosts the labels that `change` makes of those that they have; all or none. Sessions
    /// of hosts do not know labels, and go on.
    pub(crate) async fn relabel(
        &self,
        hosts: &[HostId],
        change: impl Fn(&[String]) -> Result<Vec<String>, String>,
        by: &Author,
    ) -> Result<Relabelled> {
        let (mut transaction, mut changed) = (self.begin().await?, 0);
        for host in hosts {
            if !is_within(&mut transaction, *host, &by.scope).await? {
                return Ok(Relabelled::UnknownHost(*host));
            }
            let Some(before) = labels(&mut transaction, *host).await? else {
                return Ok(Relabelled::UnknownHost(*host));
            };
            let after = match change(&before) {
                Ok(after) => after,
                Err(why) => return Ok(Relabelled::Refused(*host, why)),
            };
            if after == before {
                continue;
            }
            let allowed = by.scope.check_change(&labelled(&before), &labelled(&after));
            allowed.map_err(Error::Refused)?;
            put(&mut transaction, *host, &after).await?;
            let entry = by.did(Action::HostLabel, host);
            let entry = entry.before(json!({ "label": before }));
            let entry = entry.after(json!({ "label": after }));
            self.record(&mut transaction, entry).await?;
            changed += 1;
        }
        transaction.commit().await?;
        Ok(Relabelled::Changed(changed))
    }
}

/// Nowhere, with these labels.
fn labelled(labels: &[String]) -> Place {
    Place {
        label: labels.to_vec(),
        ..Place::default()
    }
}

async fn labels(connection: &mut SqliteConnection, host: HostId) -> Result<Option<Vec<String>>> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT label FROM host WHERE id = $1 AND state <> 'removed'")
            .bind(host.to_string())
            .fetch_optional(connection)
            .await?;
    row.map(|(label,)| from_json("label", &label)).transpose()
}

async fn put(connection: &mut SqliteConnection, host: HostId, labels: &[String]) -> Result<()> {
    sqlx::query("UPDATE host SET label = $2 WHERE id = $1")
        .bind(host.to_string())
        .bind(to_json(&labels.to_vec())?)
        .execute(connection)
        .await?;
    Ok(())
}
