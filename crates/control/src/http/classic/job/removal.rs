//! Removing jobs that have ended.

use super::id;
use crate::http::App;
use crate::http::authorized::{Authorized, Operate};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::service::retention;
use api::jobs::Removed;
use axum::extract::State;
use axum::http::Method;

/// `POST /job/{id}/remove` and `POST /job/batch/{id}/remove`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::POST, "/job/{id}/remove", remove)
        .on(Method::POST, "/job/batch/{id}/remove", remove_batch)
}

async fn remove(
    user: Authorized<Operate>,
    State(app): State<App>,
    Path(job): Path<String>,
) -> Result<Json<Removed>, Error> {
    retention::remove_job(&app, &user.actor, id(&job)?).await?;
    Ok(Json(Removed {
        jobs: 1,
        more: false,
    }))
}

async fn remove_batch(
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
