//! Hosts, for operators.

use super::narrowed::{is_within, within};
use super::row::{from_json, host_id, integer, stream, to_json, unsigned};
use super::{Error, Result, Store, listing};
use crate::domain::audit::{Action, Author};
use crate::domain::condition::Condition;
use crate::domain::host::{Host, HostFilter, HostState, Place};
use crate::domain::scope::Scope;
use api::invitations::Admission;
use serde_json::{Value, json};
use sqlx::{FromRow, QueryBuilder, SqliteConnection};
use std::ops::ControlFlow;
use wire::HostId;
use wire::ping::JobResult;
use wire::register::{Operation, Registration};

pub(super) const COLUMNS: &str = "SELECT number, id, name, state, fingerprint, facts, org_group, org, area, location, label, \
     last_seen, clone_seen, rotation_asked, key_changed, disabled, declines, declines_since, skew, restored_seen, restored_times
     FROM host JOIN pulse ON pulse.host = host.number";

#[derive(FromRow)]
struct Row {
    number: i64,
    id: String,
    name: Option<String>,
    state: String,
    fingerprint: String,
    facts: String,
    #[sqlx(flatten)]
    place: PlaceRow,
    last_seen: Option<i64>,
    clone_seen: Option<i64>,
    rotation_asked: Option<i64>,
    key_changed: Option<i64>,
    disabled: Option<i64>,
    #[sqlx(flatten)]
    condition: ConditionRow,
}

/// The columns of a host's condition.
#[derive(Clone, FromRow)]
pub(super) struct ConditionRow {
    declines: Option<String>,
    declines_since: Option<i64>,
    skew: i64,
    restored_seen: Option<i64>,
    restored_times: i64,
}

impl ConditionRow {
    pub(super) fn condition(self) -> Condition {
        Condition {
            declines: self.declines,
            declines_since: self.declines_since.map(unsigned),
            skew: self.skew,
            restored_seen: self.restored_seen.map(unsigned),
            restored_times: unsigned(self.restored_times),
        }
    }
}

/// The columns of a host's place.
#[derive(FromRow)]
pub(super) struct PlaceRow {
    org_group: String,
    org: String,
    area: String,
    location: String,
    label: String,
}

impl PlaceRow {
    pub(super) fn place(self) -> Result<Place> {
        Ok(Place {
            label: from_json("label", &self.label)?,
            org_group: self.org_group,
            org: self.org,
            area: self.area,
            location: self.location,
        })
    }
}

impl Row {
    fn host(self) -> Result<Host> {
        let id = host_id(&self.id)?;
        Ok(Host {
            number: self.number,
            id,
            name: self.name,
            state: HostState::new(&self.state, self.disabled.is_some())
                .ok_or_else(|| Error::unreadable("state of a host", &self.state))?,
            fingerprint: self.fingerprint,
            facts: from_json("facts", &self.facts)?,
            place: self.place.place()?,
            last_seen: self.last_seen.map(unsigned),
            clone_seen: self.clone_seen.map(unsigned),
            rotation_asked: self.rotation_asked.map(unsigned),
            key_changed: self.key_changed.map(unsigned),
            condition: self.condition.condition(),
        })
    }
}

/// The outcome of admissions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// All hosts are enrolled.
    All,
    /// No host was admitted: this one has not asked to enrol.
    UnknownHost(HostId),
    /// No host was admitted: the key of this one has this other fingerprint.
    OtherKey(HostId, String),
}

/// What came of removing a host.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RemovedHost {
    /// Whether it was there.
    pub(crate) is_new: bool,
    /// How many of its jobs ended with that.
    pub(crate) jobs: u64,
}

impl Store {
    /// Passes hosts of a scope to `take`, in the order of their numbers, until it breaks.
    pub(crate) async fn hosts(
        &self,
        filter: &HostFilter,
        scope: &Scope,
        take: impl FnMut(Host) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut select = listing::hosts(COLUMNS, filter, scope);
        let rows = select.build_query_as::<Row>().fetch(&self.pool);
        stream(rows, Row::host, take).await
    }

    /// A host of a scope, in any state.
    pub(crate) async fn host(&self, id: HostId, scope: &Scope) -> Result<Option<Host>> {
        let mut select = QueryBuilder::new(format!("{COLUMNS} WHERE id = "));
        select.push_bind(id.to_string());
        within(&mut select, scope);
        let row: Option<Row> = select.build_query_as().fetch_optional(&self.pool).await?;
        row.map(Row::host).transpose()
    }

    /// Stores the facts of a host, and the interval that the answer has.
    pub(crate) async fn register(&self, facts: &Registration, interval: i64) -> Result<Operation> {
        let facts = facts.clone();
        self.write(move |connection| {
            Box::pin(async move { register(connection, &facts, interval).await })
        })
        .await
    }

    /// Admits hosts, or changes the place of hosts that are admitted; all or none.
    pub(crate) async fn admit(&self, admissions: &[Admission], by: &Author) -> Result<Admitted> {
        let mut transaction = self.begin().await?;
        for admission in admissions {
            let host = admission.host_uuid;
            // A host that waits for admission is in no scope but the whole.
            if !is_within(&mut transaction, host, &by.scope).await? {
                return Ok(Admitted::UnknownHost(host));
            }
            let Some(fingerprint) = fingerprint(&mut transaction, host).await? else {
                return Ok(Admitted::UnknownHost(host));
            };
            if admission
                .fingerprint
                .as_ref()
                .is_some_and(|wanted| *wanted != fingerprint)
            {
                return Ok(Admitted::OtherKey(host, fingerprint));
            }
            let present = place(&mut transaction, host).await?;
            let change = by.scope.check_change(&present, &admission.place);
            change.map_err(Error::Refused)?;
            let before = described(&mut transaction, host).await?;
            put_place(&mut transaction, admission).await?;
            let after = json!({
                "state": "enrolled", "place": admission.place, "fingerprint": fingerprint,
            });
            let change = by.did(Action::HostAdmit, host);
            let change = change.before(before).after(after);
            self.record(&mut transaction, change).await?;
        }
        transaction.commit().await?;
        Ok(Admitted::All)
    }

    /// Clears the notes that a host was restored or cloned. `false` if there is no such host.
    pub(crate) async fn acknowledge(&self, host: HostId, by: &Author) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !is_within(&mut transaction, host, &by.scope).await? {
            return Ok(false);
        }
        let before = described(&mut transaction, host).await?;
        let updated = sqlx::query(
            "UPDATE host SET clone_seen = NULL, restored_seen = NULL, restored_times = 0 WHERE id = $1",
        )
        .bind(host.to_string())
        .execute(&mut *transaction)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        let change = by.did(Action::HostAcknowledge, host).before(before);
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Disables an enrolled host since `since` (unix seconds), or enables it; `false` if no such
    /// host is enrolled. Disabling a disabled host keeps its time.
    pub(crate) async fn disable(
        &self,
        host: HostId,
        since: Option<u64>,
        by: &Author,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !is_within(&mut transaction, host, &by.scope).await? {
            return Ok(false);
        }
        let before = described(&mut transaction, host).await?;
        let updated = sqlx::query(
            "UPDATE host SET disabled = CASE WHEN $2 IS NULL THEN NULL ELSE COALESCE(disabled, $2) END
             WHERE id = $1 AND state = 'enrolled'",
        )
        .bind(host.to_string())
        .bind(since.map(integer))
        .execute(&mut *transaction)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        let action = match since {
            Some(_) => Action::HostDisable,
            None => Action::HostEnable,
        };
        let change = by.did(action, host).before(before);
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Removes a host and ends its jobs, each with the result of `end`. If a crash leaves some of
    /// its jobs, removing the host again ends them.
    pub(crate) async fn remove_host(
        &self,
        host: HostId,
        now: u64,
        end: impl Fn(i64) -> JobResult,
        by: &Author,
    ) -> Result<RemovedHost> {
        let is_new = self.note_removed(host, now, by).await?;
        let mut jobs = 0;
        loop {
            match self.end_some_jobs(host, now, &end).await? {
                0 => break,
                ended => jobs += ended,
            }
        }
        Ok(RemovedHost { is_new, jobs })
    }

    /// Marks a host as removed; `false` if there is no such host.
    async fn note_removed(&self, host: HostId, now: u64, by: &Author) -> Result<bool> {
        let mut transaction = self.begin().await?;
        if !is_within(&mut transaction, host, &by.scope).await? {
            return Ok(false);
        }
        let before = described(&mut transaction, host).await?;
        let removed =
            sqlx::query("UPDATE host SET state = 'removed', name = NULL, next_key = NULL, rotation_asked = NULL, removed = $2 WHERE id = $1 AND state <> 'removed'")
                .bind(host.to_string())
                .bind(integer(now))
                .execute(&mut *transaction)
                .await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        let change = by.did(Action::HostRemove, host).before(before);
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends some jobs of a removed host, a limited number so that other transactions need not
    /// wait long; returns how many.
    async fn end_some_jobs(
        &self,
        host: HostId,
        now: u64,
        end: impl Fn(i64) -> JobResult,
    ) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let open: Vec<(i64,)> =
            sqlx::query_as("SELECT id FROM job WHERE host = $1 AND ended IS NULL LIMIT 256")
                .bind(host.to_string())
                .fetch_all(&mut *transaction)
                .await?;
        for (job,) in &open {
            let result = end(*job);
            self.end(&mut transaction, (*job).into(), &result, now)
                .await?;
        }
        transaction.commit().await?;
        Ok(open.len() as u64)
    }
}

async fn register(
    connection: &mut SqliteConnection,
    facts: &Registration,
    interval: i64,
) -> Result<Operation> {
    let id = facts.machine_id.to_string();
    let known: Option<(String, bool)> =
        sqlx::query_as("SELECT facts, registered FROM host WHERE id = $1")
            .bind(&id)
            .fetch_optional(&mut *connection)
            .await?;
    let new_facts = to_json(facts)?;
    sqlx::query("UPDATE host SET facts = $2, registered = TRUE, interval = $3 WHERE id = $1")
        .bind(&id)
        .bind(&new_facts)
        .bind(interval)
        .execute(connection)
        .await?;
    Ok(match known {
        Some((_, false)) | None => Operation::Inserted,
        Some((old_facts, true)) if old_facts == new_facts => Operation::Unchanged,
        Some(_) => Operation::Updated,
    })
}

/// What the audit log says of a host before a change.
async fn described(connection: &mut SqliteConnection, host: HostId) -> Result<Value> {
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
        .bind(host.to_string())
        .fetch_optional(connection)
        .await?;
    let Some(host) = row.map(Row::host).transpose()? else {
        return Ok(Value::Null);
    };
    Ok(json!({
        "state": host.state.name(), "name": host.name, "hostname": host.facts.hostname, "place": host.place,
        "fingerprint": host.fingerprint, "cloned": host.clone_seen,
        "restored_times": host.condition.restored_times,
    }))
}

/// The fingerprint of the key of a host that has asked to enrol.
async fn fingerprint(connection: &mut SqliteConnection, host: HostId) -> Result<Option<String>> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT fingerprint FROM host WHERE id = $1 AND state <> 'removed'")
            .bind(host.to_string())
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|(fingerprint,)| fingerprint))
}

async fn place(connection: &mut SqliteConnection, host: HostId) -> Result<Place> {
    let row: PlaceRow =
        sqlx::query_as("SELECT org_group, org, area, location, label FROM host WHERE id = $1")
            .bind(host.to_string())
            .fetch_one(connection)
            .await?;
    row.place()
}

async fn put_place(connection: &mut SqliteConnection, admission: &Admission) -> Result<()> {
    let place = &admission.place;
    sqlx::query(
        "UPDATE host SET state = 'enrolled', org_group = $2, org = $3, area = $4, location = $5, label = $6
         WHERE id = $1",
    )
    .bind(admission.host_uuid.to_string())
    .bind(&place.org_group)
    .bind(&place.org)
    .bind(&place.area)
    .bind(&place.location)
    .bind(to_json(&place.label)?)
    .execute(connection)
    .await?;
    Ok(())
}
