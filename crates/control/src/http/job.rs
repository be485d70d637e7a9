//! `/job`: asking hosts to run a command, and what became of it.

use super::App;
use super::error::Error;
use super::host::{HostEntry, PlaceQuery};
use super::json::JsonBody;
use super::operator::{Operate, Operator, Read};
use super::params::{Path, Query};
use super::routes::Routes;
use crate::clock::unix_now;
use crate::domain::job::Job;
use crate::domain::jobs::JobRequest;
use crate::domain::live::Output;
use crate::store::{Cancelled, JobFilter};
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::command::Command;
use wire::ping::{JobResult, Phase};
use wire::time::rfc3339;

/// How many jobs one answer lists unless it is asked for more or fewer.
const LIMIT: i64 = 1_000;

/// How many jobs one answer lists at most.
const MOST: i64 = 10_000;

/// `POST|GET /job` and `GET|DELETE /job/{id}`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .on(Method::POST, "/job", create)
        .on(Method::GET, "/job", list)
        .on(Method::GET, "/job/{id}", show)
        .on(Method::DELETE, "/job/{id}", cancel)
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
    /// Why it has not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<String>,
    /// What it has printed so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressEntry>,
    result: Option<JobResult>,
}

/// The newest output of a job that runs.
#[derive(Serialize)]
struct ProgressEntry {
    phase: Option<Phase>,
    /// How many bytes it printed before `text`.
    at: u64,
    text: String,
    /// When the host last told.
    told: String,
}

impl From<Output> for ProgressEntry {
    fn from(output: Output) -> Self {
        Self {
            phase: output.phase,
            at: output.at,
            text: output.text,
            told: rfc3339(output.told),
        }
    }
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
    fn new(job: Job, waits: Option<String>, progress: Option<Output>) -> Self {
        Self {
            entry: JobEntry::new(&job),
            waits,
            progress: progress.map(ProgressEntry::from),
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

#[derive(Deserialize)]
struct ShowQuery {
    /// Only what the job printed after so many bytes.
    #[serde(default)]
    from: u64,
    /// Whether somebody waits for more.
    #[serde(default)]
    follow: bool,
}

async fn show(
    _: Operator<Read>,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(query): Query<ShowQuery>,
) -> Result<Json<JobDetail>, Error> {
    let job = app.store().job(id).await?;
    let job = job.ok_or_else(|| unknown(id))?;
    if job.ended.is_some() {
        return Ok(Json(JobDetail::new(job, None, None)));
    }
    if query.follow {
        app.delivery.follow(job.host, id);
    }
    let waits = match job.received {
        None => why_it_waits(&app, &job).await?,
        Some(_) => None,
    };
    let progress = app.delivery.live.since(job.host, id, query.from);
    Ok(Json(JobDetail::new(job, waits, progress)))
}

/// Why no host has the job yet.
async fn why_it_waits(app: &App, job: &Job) -> Result<Option<String>, Error> {
    let host = app.store().host(job.host).await?;
    let Some(host) = host else { return Ok(None) };
    let declines = host.condition.declines.clone();
    let declines = declines.map(|why| format!("the host takes no job: {why}"));
    let is_away = !HostEntry::new(app, host, unix_now()).connected;
    let away = is_away.then(|| "the host is not connected".to_owned());
    Ok(away.or(declines))
}

/// What became of a cancel.
#[derive(Serialize)]
struct CancelAnswer {
    status: &'static str,
    /// Whether the job had ended before.
    ended: bool,
}

async fn cancel(
    operator: Operator<Operate>,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<CancelAnswer>), Error> {
    let cancelled = app.store().cancel(id, unix_now()).await?;
    if let Cancelled::ByHost(host) = cancelled {
        app.delivery.presence.wake(host);
    }
    let (code, ended) = match cancelled {
        Cancelled::Unknown => return Err(unknown(id)),
        Cancelled::Ended => (StatusCode::OK, true),
        Cancelled::AtOnce => (StatusCode::OK, false),
        Cancelled::ByHost(_) => (StatusCode::ACCEPTED, false),
    };
    if !ended {
        tracing::info!(job = id, by = operator.name, "cancelled a job");
    }
    let job = app.store().job(id).await?.ok_or_else(|| unknown(id))?;
    let status = job.status();
    Ok((code, Json(CancelAnswer { status, ended })))
}

fn unknown(id: i64) -> Error {
    Error::not_found(format!("there is no job {id}"))
}
