//! `/job`: creating, listing, cancelling and removing jobs.

mod entries;
mod removal;

use super::host::PlaceQuery;
use crate::domain::job::{Job, JobFilter};
use crate::http::App;
use crate::http::authorized::{Authorized, Operate, Read, Run};
use crate::http::error::Error;
use crate::http::idempotency::IdempotencyKey;
use crate::http::json::{Json, JsonBody};
use crate::http::list::Part;
use crate::http::params::{Path, Query};
use crate::http::routes::Routes;
use crate::service::jobs;
use api::jobs::{BatchRequest, Cancelled, JobDetail};
use api::{BatchId, JobId};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use entries::listed;
use serde::Deserialize;
use std::str::FromStr;

/// `POST|GET /job` and `GET|DELETE /job/{id}`.
pub(super) fn router() -> Routes {
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
        .merge(removal::router())
}

async fn create(
    user: Authorized<Run>,
    State(app): State<App>,
    key: IdempotencyKey,
    JsonBody(request): JsonBody<BatchRequest>,
) -> Result<(StatusCode, String), Error> {
    let batch = jobs::create(&app, &user.actor, request, key.text()).await?;
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
    fn batch(&self) -> Result<Option<BatchId>, Error> {
        match self.bid.as_str() {
            "" | "0" => Ok(None),
            text => id(text).map(Some),
        }
    }
}

/// Parses the id of a job or batch.
fn id<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|_| Error::BadRequest(format!("{text:?} is not the id of a job or batch")))
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<JobQuery>,
) -> Result<Response, Error> {
    let mut list = query.part.list()?;
    let filter = JobFilter {
        batch: query.batch()?,
        with_logs: query.log,
        before: query.part.after()?,
        place: query.place.filter(),
    };
    let take = |job: Job| list.add(job.id, &listed(job));
    jobs::list(&app, &user.actor, &filter, take).await?;
    list.answer(
        &uri,
        "name a batch with bid=, or a place with og=, or=, ar= or lo=",
    )
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
    user: Authorized<Read>,
    State(app): State<App>,
    Path(job): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Json<JobDetail>, Error> {
    let job: JobId = id(&job)?;
    let shown = jobs::show(&app, &user.actor, job, query.from, query.follow).await?;
    Ok(Json(shown.into()))
}

async fn cancel(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(job): Path<String>,
) -> Result<(StatusCode, Json<Cancelled>), Error> {
    let outcome = jobs::cancel(&app, &user.actor, id(&job)?).await?;
    let code = match outcome.is_pending {
        true => StatusCode::ACCEPTED,
        false => StatusCode::OK,
    };
    let answer = Cancelled {
        status: outcome.status.to_owned(),
        ended: outcome.had_ended,
    };
    Ok((code, Json(answer)))
}
