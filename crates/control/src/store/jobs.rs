//! Batches and jobs, for operators.

use super::hosts::PlaceRow;
use super::listing::{JOB, OF_JOBS, has_job_within};
use super::narrowed::{is_within, within};
use super::row::{from_json, host_id, integer, stream, to_json, unsigned};
use super::vault::Vault;
use super::{Error, Result, Store, ids, listing};
use crate::domain::audit::{Action, Author};
use crate::domain::host::PlaceFilter;
use crate::domain::job::{Batch, BatchFilter, Job, JobFilter};
use crate::domain::keyed_request::{Earlier, KeyedRequest};
use crate::domain::scope::Scope;
use api::{BatchId, JobId, JobNumber};
use serde_json::json;
use sqlx::{FromRow, QueryBuilder, SqliteConnection};
use std::ops::ControlFlow;
use wire::HostId;
use wire::command::Command;
use wire::ping::JobResult;
use wire::register::Registration;

/// How many hosts of a batch the audit log names: others who write wait meanwhile.
const HOSTS_IN_LOG: usize = 64;

/// Why jobs were not created.
#[derive(Debug)]
pub(crate) enum JobsError {
    /// The user sent a request with this key before.
    KeyUsed(Earlier<BatchId>),
    /// No host with this id is enrolled, or none in the author's scope.
    UnknownHost(HostId),
    /// The store failed.
    Store(Error),
}

impl<E: Into<Error>> From<E> for JobsError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// The outcome of cancelling a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// There is no such job.
    Unknown,
    /// It had ended already.
    Ended,
    /// No host had it, so it has ended.
    AtOnce,
    /// This host has to end it.
    ByHost(HostId),
}

/// The kind of an id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IdKind {
    /// A batch.
    Batch,
    /// A job of this batch.
    JobOf(BatchId),
    /// Nothing.
    Nothing,
}

#[derive(FromRow)]
pub(super) struct BatchRow {
    batch_id: i64,
    name: String,
    notes: String,
    batch_label: String,
    owner: String,
    fx_key: String,
    fx_version: i64,
    created: i64,
}

impl BatchRow {
    pub(super) fn batch(self) -> Result<Batch> {
        Ok(Batch {
            id: self.batch_id.into(),
            name: self.name,
            notes: self.notes,
            label: from_json("label", &self.batch_label)?,
            owner: self.owner,
            fx_key: self.fx_key,
            fx_version: self.fx_version,
            created: unsigned(self.created),
        })
    }
}

#[derive(FromRow)]
struct DetailRow {
    command: String,
    #[sqlx(flatten)]
    job: JobRow,
}

impl DetailRow {
    fn detail(self, vault: &Vault) -> Result<(Job, Command)> {
        let command = vault.open_batch_command(self.job.batch.batch_id, &self.command)?;
        Ok((self.job.job()?, command))
    }
}

#[derive(FromRow)]
struct JobRow {
    id: i64,
    number: Option<i64>,
    host: String,
    received: Option<i64>,
    cancelled: Option<i64>,
    ended: Option<i64>,
    result: Option<String>,
    log: String,
    facts: String,
    #[sqlx(flatten)]
    place: PlaceRow,
    #[sqlx(flatten)]
    batch: BatchRow,
}

impl JobRow {
    fn job(self) -> Result<Job> {
        let facts: Registration = from_json("facts", &self.facts)?;
        let mut result: Option<JobResult> = self
            .result
            .map(|text| from_json("result", &text))
            .transpose()?;
        if let Some(result) = &mut result {
            result.log = self.log;
        }
        Ok(Job {
            id: self.id.into(),
            number: self.number.map(JobNumber::new),
            batch: self.batch.batch()?,
            host: host_id(&self.host)?,
            hostname: facts.hostname,
            place: self.place.place()?,
            received: self.received.map(unsigned),
            cancelled: self.cancelled.map(unsigned),
            ended: self.ended.map(unsigned),
            result,
        })
    }
}

async fn find_earlier(
    connection: &mut SqliteConnection,
    owner: &str,
    keyed: &KeyedRequest,
) -> Result<Option<Earlier<BatchId>>> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT id, asked_hash FROM batch WHERE owner = $1 AND asked_key = $2")
            .bind(owner)
            .bind(&keyed.key)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|(id, hash)| keyed.compare(&hash, id.into())))
}

/// How many jobs one statement creates. Everybody who writes waits while a batch is created, and
/// most of the time that 10,000 jobs take one by one is that of 10,000 statements.
const JOBS_TOGETHER: usize = 500;

/// Creates a job for each of these hosts, if all are in the scope.
async fn put_jobs(
    connection: &mut SqliteConnection,
    batch: BatchId,
    jobs: &[(JobId, HostId)],
    scope: &Scope,
) -> Result<(), JobsError> {
    let mut insert = QueryBuilder::new("WITH given (job, host) AS (");
    insert.push_values(jobs, |mut row, (id, host)| {
        row.push_bind(id.number()).push_bind(host.to_string());
    });
    insert.push(") INSERT INTO job (id, batch, host) SELECT given.job, ");
    insert.push_bind(batch.number());
    insert
        .push(", host.id FROM given JOIN host ON host.id = given.host AND host.state = 'enrolled'");
    within(&mut insert, scope);
    let created = insert.build().execute(&mut *connection).await?;
    if created.rows_affected() == jobs.len() as u64 {
        return Ok(());
    }
    for (_, host) in jobs {
        if !is_enrolled(connection, *host, scope).await? {
            return Err(JobsError::UnknownHost(*host));
        }
    }
    Err(Error::unreadable("job", "fewer were created than there are hosts").into())
}

async fn is_enrolled(
    connection: &mut SqliteConnection,
    host: HostId,
    scope: &Scope,
) -> Result<bool> {
    let mut select =
        QueryBuilder::new("SELECT number FROM host WHERE state = 'enrolled' AND id = ");
    select.push_bind(host.to_string());
    within(&mut select, scope);
    let found: Option<(i64,)> = select.build_query_as().fetch_optional(connection).await?;
    Ok(found.is_some())
}

async fn put_batch(
    connection: &mut SqliteConnection,
    batch: &Batch,
    command: String,
    keyed: Option<&KeyedRequest>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO batch (id, name, notes, label, owner, fx_key, fx_version, created, asked_key, asked_hash, command)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(batch.id.number())
    .bind(&batch.name)
    .bind(&batch.notes)
    .bind(to_json(&batch.label)?)
    .bind(&batch.owner)
    .bind(&batch.fx_key)
    .bind(batch.fx_version)
    .bind(integer(batch.created))
    .bind(keyed.map(|keyed| &keyed.key))
    .bind(keyed.map(|keyed| &keyed.hash))
    .bind(command)
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// The batch that this user created with the same key before.
    pub(crate) async fn earlier_batch(
        &self,
        owner: &str,
        keyed: &KeyedRequest,
    ) -> Result<Option<Earlier<BatchId>>> {
        find_earlier(&mut *self.pool.acquire().await?, owner, keyed).await
    }

    /// Creates a batch with one job per host, all or none.
    pub(crate) async fn create_batch(
        &self,
        batch: &Batch,
        jobs: &[(JobId, HostId)],
        command: &Command,
        keyed: Option<&KeyedRequest>,
        by: &Author,
    ) -> Result<(), JobsError> {
        let sealed = self.vault.seal_batch_command(batch.id.number(), command)?;
        let mut transaction = self.begin().await?;
        if let Some(keyed) = keyed
            && let Some(earlier) = find_earlier(&mut transaction, &batch.owner, keyed).await?
        {
            return Err(JobsError::KeyUsed(earlier));
        }
        let given = jobs.iter().map(|(id, _)| id.number());
        ids::note(&mut transaction, given.chain([batch.id.number()])).await?;
        put_batch(&mut transaction, batch, sealed, keyed).await?;
        for some in jobs.chunks(JOBS_TOGETHER) {
            put_jobs(&mut transaction, batch.id, some, &by.scope).await?;
        }
        let hosts = jobs.iter().map(|(_, host)| host).take(HOSTS_IN_LOG);
        let hosts: Vec<_> = hosts.collect();
        let change = by.did(Action::BatchCreate, batch.id.number());
        let change = change.after(json!({
            "command": batch.fx_key, "package": command.package, "digest": command.digest,
            "name": batch.name, "jobs": jobs.len(), "hosts": hosts,
        }));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Passes jobs of a scope to `take`, newest first, until it breaks.
    pub(crate) async fn jobs(
        &self,
        filter: &JobFilter,
        scope: &Scope,
        take: impl FnMut(Job) -> ControlFlow<()>,
    ) -> Result<()> {
        let are_few_hosts = self.are_few_hosts(&filter.place, scope).await?;
        let mut select = listing::jobs(filter, scope, are_few_hosts);
        let rows = select.build_query_as::<JobRow>().fetch(&self.pool);
        stream(rows, JobRow::job, take).await
    }

    /// Whether place and scope name few hosts.
    async fn are_few_hosts(&self, place: &PlaceFilter, scope: &Scope) -> Result<bool> {
        if place.is_anywhere() && scope.is_everything() {
            return Ok(false);
        }
        let mut count = listing::size_of(place, scope);
        let count: i64 = count.build_query_scalar().fetch_one(&self.pool).await?;
        Ok(count <= listing::SMALL)
    }

    /// A job of a scope by its id, with its output, and its command with its secrets.
    pub(crate) async fn job(&self, id: JobId, scope: &Scope) -> Result<Option<(Job, Command)>> {
        let select = format!("SELECT batch.command, job.log, {JOB}{OF_JOBS} AND job.id = ");
        let mut select = QueryBuilder::new(select);
        select.push_bind(id.number());
        within(&mut select, scope);
        let row: Option<DetailRow> = select.build_query_as().fetch_optional(&self.pool).await?;
        row.map(|row| row.detail(&self.vault)).transpose()
    }

    /// The jobs of a scope that their hosts know by this number, at most two.
    pub(crate) async fn jobs_of_number(
        &self,
        number: JobNumber,
        scope: &Scope,
    ) -> Result<Vec<JobId>> {
        let mut select = QueryBuilder::new(
            "SELECT job.id FROM job CROSS JOIN host WHERE host.id = job.host AND job.number = ",
        );
        select.push_bind(number.number());
        within(&mut select, scope);
        select.push(" LIMIT 2");
        let rows: Vec<(i64,)> = select.build_query_as().fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// The job that a host holds, if it holds one.
    pub(crate) async fn job_held_by(&self, host: HostId) -> Result<Option<JobId>> {
        let row: Option<(i64,)> = sqlx::query_as(
            "SELECT id FROM job WHERE host = $1 AND ended IS NULL AND received IS NOT NULL
             ORDER BY id LIMIT 1",
        )
        .bind(host.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(id,)| id.into()))
    }

    /// The kind of an id in a scope.
    pub(crate) async fn kind_of_id(&self, id: i64, scope: &Scope) -> Result<IdKind> {
        let mut select = QueryBuilder::new("SELECT NULL FROM batch WHERE batch.id = ");
        select.push_bind(id);
        has_job_within(&mut select, scope);
        select.push(
            " UNION ALL SELECT job.batch FROM job CROSS JOIN host WHERE host.id = job.host AND job.id = ",
        );
        select.push_bind(id);
        within(&mut select, scope);
        let row: Option<(Option<i64>,)> =
            select.build_query_as().fetch_optional(&self.pool).await?;
        Ok(match row {
            Some((None,)) => IdKind::Batch,
            Some((Some(batch),)) => IdKind::JobOf(batch.into()),
            None => IdKind::Nothing,
        })
    }

    /// Passes batches that have jobs in a scope to `take`, newest first, until it breaks.
    pub(crate) async fn batches(
        &self,
        filter: &BatchFilter,
        scope: &Scope,
        take: impl FnMut(Batch) -> ControlFlow<()>,
    ) -> Result<()> {
        let few = self.are_few_hosts(&PlaceFilter::default(), scope).await?;
        let mut select = listing::batches(filter, scope, few);
        let rows = select.build_query_as::<BatchRow>().fetch(&self.pool);
        stream(rows, BatchRow::batch, take).await
    }

    /// Cancels a job. `end` says by whether it was offered with which result it ends at once;
    /// without one it ends when its host reports that. A job that has ended does not change.
    pub(crate) async fn cancel(
        &self,
        id: JobId,
        now: u64,
        end: impl FnOnce(bool) -> Option<JobResult>,
        by: &Author,
    ) -> Result<Cancelled> {
        let mut transaction = self.begin().await?;
        let job: Option<(String, Option<i64>, Option<i64>)> =
            sqlx::query_as("SELECT host, offered, ended FROM job WHERE id = $1")
                .bind(id.number())
                .fetch_optional(&mut *transaction)
                .await?;
        let Some((host, offered, ended)) = job else {
            return Ok(Cancelled::Unknown);
        };
        let host = host_id(&host)?;
        if !is_within(&mut transaction, host, &by.scope).await? {
            return Ok(Cancelled::Unknown);
        }
        if ended.is_some() {
            return Ok(Cancelled::Ended);
        }
        let noted =
            sqlx::query("UPDATE job SET cancelled = $2 WHERE id = $1 AND cancelled IS NULL")
                .bind(id.number())
                .bind(integer(now))
                .execute(&mut *transaction)
                .await?;
        if noted.rows_affected() == 1 {
            let change = by.did(Action::JobCancel, id.number());
            let change = change.before(json!({ "host": host, "offered": offered.is_some() }));
            self.record(&mut transaction, change).await?;
        }
        let end = end(offered.is_some());
        if let Some(result) = &end {
            self.end(&mut transaction, id, result, now).await?;
        }
        transaction.commit().await?;
        Ok(match end {
            Some(_) => Cancelled::AtOnce,
            None => Cancelled::ByHost(host),
        })
    }
}
