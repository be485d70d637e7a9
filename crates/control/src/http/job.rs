//! `/job`: asking hosts to run a command, and what became of it.

use super::App;
use super::error::Error;
use super::host::PlaceQuery;
use super::json::JsonBody;
use super::operator::{Operate, Operator, Read};
use super::params::{Path, Query};
use crate::clock::unix_now;
use crate::domain::job::Job;
use crate::domain::jobs::JobRequest;
use crate::store::JobFilter;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::command::Command;
use wire::ping::JobResult;
use wire::time::rfc3339;

/// How many jobs one answer lists unless it is asked for more or fewer.
const LIMIT: i64 = 1_000;

/// How many jobs one answer lists at most.
const MOST: i64 = 10_000;

/// `POST|GET /job` and `GET|DELETE /job/{id}`.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/job", post(create).get(list))
        .route("/job/{id}", get(show).delete(cancel))
}

/// A job in a list, with the fields of existing services and its status.
#[derive(Serialize)]
struct JobEntry {
    id: i64,
    host_uuid: HostId,
    hostname: String,
    job_batch_id: i64,
    fx_key: String,
    fx_version: i64,
    status: &'static str,
    created: String,
    started: Option<String>,
    completed: Option<String>,
    log: String,
    error: bool,
    org_group: String,
    org: String,
    area: String,
    location: String,
    tag: Vec<String>,
}

/// A job by itself: also what was asked for, and the whole result.
#[derive(Serialize)]
struct JobDetail {
    #[serde(flatten)]
    entry: JobEntry,
    name: String,
    owner: String,
    command: Command,
    result: Option<JobResult>,
}

impl JobEntry {
    fn new(job: &Job) -> Self {
        let result = job.result.as_ref();
        Self {
            id: job.id,
            host_uuid: job.host,
            hostname: job.hostname.clone(),
            job_batch_id: job.batch.id,
            fx_key: job.batch.fx_key.clone(),
            fx_version: job.batch.fx_version,
            status: job.status(),
            created: rfc3339(job.batch.created),
            started: result
                .and_then(|result| result.start.clone())
                .or(job.received.map(rfc3339)),
            completed: result
                .and_then(|result| result.end.clone())
                .or(job.ended.map(rfc3339)),
            log: result.map(|result| result.log.clone()).unwrap_or_default(),
            error: job.is_error(),
            org_group: job.place.org_group.clone(),
            org: job.place.org.clone(),
            area: job.place.area.clone(),
            location: job.place.location.clone(),
            tag: job.place.label.clone(),
        }
    }
}

impl JobDetail {
    fn new(job: Job) -> Self {
        Self {
            entry: JobEntry::new(&job),
            name: job.batch.name,
            owner: job.batch.owner,
            command: Command {
                job_id: job.id,
                ..job.command
            },
            result: job.result,
        }
    }
}

async fn create(
    operator: Operator<Operate>,
    State(app): State<App>,
    JsonBody(request): JsonBody<JobRequest>,
) -> Result<(StatusCode, String), Error> {
    let (hosts, command) = (request.host_uuid.len(), request.fx_key.clone());
    let batch = app.jobs().create(request, &operator.name).await?;
    tracing::info!(
        batch,
        command,
        hosts,
        by = operator.name,
        "created a batch of jobs"
    );
    Ok((StatusCode::CREATED, batch.to_string()))
}

#[derive(Deserialize)]
struct JobQuery {
    #[serde(default)]
    bid: i64,
    /// Ours: how many, the newest first.
    #[serde(default = "usual_limit")]
    limit: i64,
    /// Ours: `false` leaves the logs out.
    #[serde(default = "with_logs")]
    log: bool,
    #[serde(flatten)]
    place: PlaceQuery,
}

fn usual_limit() -> i64 {
    LIMIT
}

fn with_logs() -> bool {
    true
}

async fn list(
    _: Operator<Read>,
    State(app): State<App>,
    Query(query): Query<JobQuery>,
) -> Result<Json<Vec<JobEntry>>, Error> {
    let filter = JobFilter {
        batch: query.bid,
        place: query.place.filter(),
        with_logs: query.log,
        limit: query.limit.clamp(0, MOST),
    };
    let jobs = app.store().jobs(&filter).await?;
    Ok(Json(jobs.iter().map(JobEntry::new).collect()))
}

async fn show(
    _: Operator<Read>,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Json<JobDetail>, Error> {
    match app.store().job(id).await? {
        Some(job) => Ok(Json(JobDetail::new(job))),
        None => Err(Error::not_found(format!("there is no job {id}"))),
    }
}

async fn cancel(
    operator: Operator<Operate>,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<StatusCode, Error> {
    let Some(host) = app.store().cancel(id, unix_now()).await? else {
        return Err(Error::not_found(format!(
            "there is no job {id} that has not ended"
        )));
    };
    app.delivery.presence.wake(host);
    tracing::info!(job = id, by = operator.name, "cancelled a job");
    Ok(StatusCode::ACCEPTED)
}
