//! `/v1/batches`: orders to run a command on hosts.

use super::body::{Creation, Made};
use super::events::{News, Watched, begin, event};
use super::extract::{Filtered, id, time};
use super::page::PageOf;
use crate::domain::job::{self, BatchFilter};
use crate::http::App;
use crate::http::authorized::{Authorized, Operate, Read, Run};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::{Actor, batches, jobs, retention};
use api::jobs::{BatchRequest, Removed};
use api::v1::{Batch, BatchDetail, BatchQuery, CreatedBatch, Filter, NewBatch};
use api::{BatchId, Time};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

/// `GET|POST /v1/batches`, `GET|DELETE /v1/batches/{batch}` and `GET …/events`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/batches", BatchQuery::NAMES, list)
        .on(Method::POST, "/v1/batches", create)
        .on(Method::GET, "/v1/batches/{batch}", show)
        .on(Method::DELETE, "/v1/batches/{batch}", remove)
        .on(Method::GET, "/v1/batches/{batch}/events", events)
}

async fn create(
    user: Authorized<Run>,
    State(app): State<App>,
    creation: Creation<NewBatch>,
) -> Result<Response, Error> {
    user.actor.may_run(&creation.new.command)?;
    let work = |app, actor, new: NewBatch, id: Option<String>| async move {
        let request = BatchRequest {
            name: new.name,
            notes: new.notes,
            label: new.labels,
            host_uuid: new.hosts.into_iter().collect(),
            fx_key: new.command,
            fx_version: 0,
        };
        let id = jobs::create(&app, &actor, request, id.as_deref()).await?;
        Ok(Made {
            body: CreatedBatch { id },
            place: format!("/v1/batches/{id}"),
        })
    };
    creation.once(&app, &user.actor, false, work).await
}

async fn remove(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(batch): Path<String>,
) -> Result<Json<Removed>, Error> {
    let steps = retention::remove_batch(&app, &user.actor, id(&batch)?).await?;
    Ok(Json(Removed {
        jobs: steps.removed,
        more: steps.more,
    }))
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    page: PageOf,
    Filtered(query): Filtered<BatchQuery>,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let filter = BatchFilter {
        from: time("since", query.since.as_deref())?.unwrap_or(0),
        until: time("until", query.until.as_deref())?.unwrap_or(u64::MAX),
        name: query.name,
        owner: query.owner,
        before: page.after()?,
    };
    let take = |batch: job::Batch| page.add(batch.id, &entry(batch));
    jobs::batches(&app, &user.actor, &filter, take).await?;
    page.answer()
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(batch): Path<String>,
) -> Result<Json<BatchDetail>, Error> {
    Ok(Json(detail(&app, &user.actor, id(&batch)?).await?))
}

async fn detail(app: &App, actor: &Actor, id: BatchId) -> Result<BatchDetail, Error> {
    let (batch, counts) = batches::show(app, actor, id).await?;
    Ok(BatchDetail {
        batch: entry(batch),
        jobs: counts.jobs,
        ended: counts.ended,
        statuses: counts.statuses,
    })
}

async fn events(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(batch): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let progress = Progress {
        id: id(&batch)?,
        shown: None,
    };
    begin(app, user.actor, headers, progress).await
}

/// How far a batch has come.
struct Progress {
    id: BatchId,
    /// What the client knows.
    shown: Option<BatchDetail>,
}

impl Watched for Progress {
    async fn look(&mut self, app: &App, actor: &Actor) -> Result<News, Error> {
        let now = detail(app, actor, self.id).await?;
        let is_over = now.ended == now.jobs;
        let mut events = Vec::new();
        if self.shown.as_ref() != Some(&now) {
            events.push(event("progress", &now)?);
        }
        if is_over {
            events.push(event("end", &now)?);
        }
        self.shown = Some(now);
        Ok(News { events, is_over })
    }
}

fn entry(batch: job::Batch) -> Batch {
    Batch {
        id: batch.id,
        name: batch.name,
        notes: batch.notes,
        labels: batch.label,
        owner: batch.owner,
        command: batch.fx_key,
        created: Time::at(batch.created),
    }
}
