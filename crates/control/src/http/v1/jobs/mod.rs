//! `/v1/jobs`: the parts of batches, one for each host.

mod entries;
mod events;

use super::extract::{Filtered, id};
use super::hosts::filter;
use super::page::PageOf;
use crate::domain::job::{Job, JobFilter};
use crate::http::App;
use crate::http::authorized::{Authorized, Operate, Read};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::{jobs, retention};
use api::jobs::Cancelled;
use api::v1::{Filter, JobDetail, JobOutput, JobQuery, OutputQuery};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;

/// `GET /v1/jobs`, `GET|DELETE /v1/jobs/{job}`, `GET …/output` and `POST …/cancel`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/jobs", JobQuery::NAMES, list)
        .on(Method::GET, "/v1/jobs/{job}", show)
        .on(Method::DELETE, "/v1/jobs/{job}", remove)
        .on(Method::POST, "/v1/jobs/{job}/cancel", cancel)
        .merge(events::router())
        .on_query(
            Method::GET,
            "/v1/jobs/{job}/output",
            OutputQuery::NAMES,
            output,
        )
}

async fn list(
    user: Authorized<Read>,
    State(app): State<App>,
    page: PageOf,
    Filtered(query): Filtered<JobQuery>,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let filter = JobFilter {
        batch: query.batch.as_deref().map(id).transpose()?,
        with_logs: false,
        before: page.after()?,
        place: filter(query.place),
    };
    let take = |job: Job| page.add(job.id, &entries::listed(job));
    jobs::list(&app, &user.actor, &filter, take).await?;
    page.answer()
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(job): Path<String>,
) -> Result<Json<JobDetail>, Error> {
    let shown = jobs::show(&app, &user.actor, id(&job)?, 0, false).await?;
    Ok(Json(entries::detail(shown)))
}

async fn output(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(job): Path<String>,
    Filtered(query): Filtered<OutputQuery>,
) -> Result<Json<JobOutput>, Error> {
    let shown = jobs::show(&app, &user.actor, id(&job)?, query.from, true).await?;
    Ok(Json(entries::output(shown, query.from)))
}

async fn cancel(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(job): Path<String>,
) -> Result<(StatusCode, Json<Cancelled>), Error> {
    let outcome = jobs::cancel(&app, &user.actor, id(&job)?).await?;
    let status = match outcome.is_pending {
        true => StatusCode::ACCEPTED,
        false => StatusCode::OK,
    };
    let answer = Cancelled {
        status: outcome.status.to_owned(),
        ended: outcome.had_ended,
    };
    Ok((status, Json(answer)))
}

async fn remove(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(job): Path<String>,
) -> Result<StatusCode, Error> {
    retention::remove_job(&app, &user.actor, id(&job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
