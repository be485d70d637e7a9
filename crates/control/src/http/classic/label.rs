//! `POST /host/label`: an operator changes the labels of hosts.

use crate::domain::label::Relabelling;
use crate::http::App;
use crate::http::authorized::{Authorized, Operate};
use crate::http::error::Error;
use crate::http::json::{Json, JsonBody};
use crate::http::routes::Routes;
use crate::service::labels;
use api::labels::{LabelChange, Relabelled};
use axum::extract::State;
use axum::http::Method;

/// `POST /host/label`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::POST, "/host/label", change)
}

async fn change(
    user: Authorized<Operate>,
    State(app): State<App>,
    JsonBody(change): JsonBody<LabelChange>,
) -> Result<Json<Relabelled>, Error> {
    let labels = Relabelling::new(&change.add, change.remove).map_err(Error::BadRequest)?;
    let changed = labels::change(&app, &user.actor, change.host_uuid, labels).await?;
    Ok(Json(Relabelled { changed }))
}
