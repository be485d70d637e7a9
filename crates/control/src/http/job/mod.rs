//! `/job`: creating, listing and cancelling jobs.

mod entries;

use super::App;
use super::authorized::{Authorized, Operate, Read};
use super::error::Error;
use super::host::{HostEntry, PlaceQuery};
use super::idempotency::IdempotencyKey;
use super::json::{Json, JsonBody};
use super::list::Part;
use super::params::{Path, Query};
use super::routes::Routes;
use crate::clock::unix_now;
use crate::domain::job::Job;
use crate::domain::jobs::{BatchRequest, Created};
use crate::domain::waiting::Waiting;
use crate::store::{Cancelled, IdKind, JobFilter};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use entries::{JobDetail, ListedJob};
use serde::{Deserialize, Serialize};

/// `POST|GET /job` and `GET|DELETE /job/{id}`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .on(Method::POST, "/job", create)
        .on_query(
            Method::GET,
            "/job",
            &["bid", "log", "og", "or", "ar", "lo", "limit", "after"],
            list,
        )
        .on_query(Method::GET, "/job/{id}", &["from", "follow"], show)
        .on(Method::DELETE, "/job/{id}", cancel)
}

async fn create(
    user: Authorized<Operate>,
    State(app): State<App>,
    key: IdempotencyKey,
    JsonBody(request): JsonBody<BatchRequest>,
) -> Result<(StatusCode, String), Error> {
    let (hosts, command) = (request.host_uuid.len(), request.fx_key.clone());
    let keyed = key.of(&request)?;
    let batch = match app.jobs().create(request, keyed, &user.name).await? {
        Created::Now(batch) => batch,
        Created::Earlier(batch) => return Ok((StatusCode::CREATED, batch.to_string())),
    };
    tracing::info!(
        batch,
        command,
        hosts,
        by = user.name,
        "created a batch of jobs"
    );
    Ok((StatusCode::CREATED, batch.to_string()))
}

#[derive(Deserialize)]
struct JobQuery {
    /// A batch; empty or 0 for any.
    #[serde(default)]
    bid: String,
    /// Our own: `true` adds the output.
    #[serde(default)]
    log: bool,
    #[serde(flatten)]
    place: PlaceQuery,
    #[serde(flatten)]
    part: Part,
}

impl JobQuery {
    fn batch(&self) -> Result<Option<i64>, Error> {
        match self.bid.as_str() {
            "" | "0" => Ok(None),
            text => number(text).map(Some),
        }
    }
}

/// Parses the id of a job or batch.
fn number(text: &str) -> Result<i64, Error> {
    text.parse()
        .map_err(|_| Error::BadRequest(format!("{text:?} is not the id of a job or batch")))
}

async fn list(
    _: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<JobQuery>,
) -> Result<Response, Error> {
    let batch = query.batch()?;
    if let Some(batch) = batch {
        expect_batch(&app, batch).await?;
    }
    let mut list = query.part.list()?;
    let filter = JobFilter {
        batch,
        with_logs: query.log,
        before: query.part.after()?,
        place: query.place.filter(),
    };
    let take = |job: Job| list.add(job.id, &ListedJob::new(&job));
    app.store().jobs(&filter, take).await?;
    list.answer(
        &uri,
        "name a batch with bid=, or a place with og=, or=, ar= or lo=",
    )
}

/// Refuses the list of a batch that does not exist.
async fn expect_batch(app: &App, id: i64) -> Result<(), Error> {
    let text = match app.store().kind_of_id(id).await? {
        IdKind::Batch => return Ok(()),
        IdKind::JobOf(batch) => format!(
            "{id} is a job, of batch {batch}: see `pilotctl job show {id}` or `pilotctl job ls --batch {batch}`"
        ),
        IdKind::Nothing => format!("there is no batch {id}: see `pilotctl job ls`"),
    };
    Err(Error::not_found(text))
}

#[derive(Deserialize)]
struct ShowQuery {
    /// Only the output after this many bytes.
    #[serde(default)]
    from: u64,
    /// Whether the client follows the job.
    #[serde(default)]
    follow: bool,
}

async fn show(
    _: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Json<JobDetail>, Error> {
    let id = number(&id)?;
    let Some((job, command)) = app.store().job(id).await? else {
        return Err(unknown(&app, id).await);
    };
    if job.ended.is_some() {
        return Ok(Json(JobDetail::new(job, command, None, None)));
    }
    if query.follow {
        app.delivery.follow(job.host, id);
    }
    let waits = match job.received {
        None => why_it_waits(&app, &job).await?,
        Some(_) => None,
    };
    let progress = app.delivery.live.since(job.host, id, query.from);
    Ok(Json(JobDetail::new(job, command, waits, progress)))
}

/// Why no host has the job yet.
async fn why_it_waits(app: &App, job: &Job) -> Result<Option<String>, Error> {
    let Some(host) = app.store().host(job.host).await? else {
        return Ok(None);
    };
    let (has_held_ping, _) = app.delivery.presence.of(job.host);
    let (state, declines) = (host.state, host.condition.declines.clone());
    let entry = HostEntry::new(app, host, unix_now());
    let waiting = Waiting {
        state,
        declines,
        has_held_ping,
        is_connected: entry.connected,
        seen: entry.seen(),
        busy: app.store().job_held_by(job.host).await?,
    };
    Ok(waiting.why())
}

/// The answer to a cancel.
#[derive(Serialize)]
struct CancelAnswer {
    status: &'static str,
    /// Whether the job had ended before.
    ended: bool,
}

async fn cancel(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<CancelAnswer>), Error> {
    let id = number(&id)?;
    let cancelled = app.store().cancel(id, unix_now()).await?;
    if let Cancelled::ByHost(host) = cancelled {
        app.delivery.presence.wake(host);
    }
    let (code, ended) = match cancelled {
        Cancelled::Unknown => return Err(unknown(&app, id).await),
        Cancelled::Ended => (StatusCode::OK, true),
        Cancelled::AtOnce => (StatusCode::OK, false),
        Cancelled::ByHost(_) => (StatusCode::ACCEPTED, false),
    };
    if !ended {
        tracing::info!(job = id, by = user.name, "cancelled a job");
    }
    match app.store().job(id).await? {
        Some((job, _)) => {
            let status = job.status();
            Ok((code, Json(CancelAnswer { status, ended })))
        }
        None => Err(unknown(&app, id).await),
    }
}

async fn unknown(app: &App, id: i64) -> Error {
    match app.store().kind_of_id(id).await {
        Ok(IdKind::Batch) => Error::not_found(format!(
            "{id} is a batch, not a job: `pilotctl job ls --batch {id}` lists its jobs"
        )),
        Ok(_) => Error::not_found(format!("there is no job {id}: see `pilotctl job ls`")),
        Err(error) => error.into(),
    }
}
