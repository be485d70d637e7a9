//! `/v1/audit`: who changed what.

use super::extract::{Filtered, time};
use super::page::PageOf;
use crate::domain;
use crate::domain::audit::{AuditFilter, Entry, What};
use crate::http::App;
use crate::http::authorized::{Authorized, ReadAudit};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::audit;
use api::audit::Verified;
use api::v1::{AuditQuery, Filter};
use axum::extract::State;
use axum::http::Method;
use axum::response::Response;

/// `GET /v1/audit` and `GET /v1/audit/verification`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(Method::GET, "/v1/audit", AuditQuery::NAMES, list)
        .on(Method::GET, "/v1/audit/verification", verify)
}

async fn list(
    user: Authorized<ReadAudit>,
    State(app): State<App>,
    page: PageOf,
    Filtered(query): Filtered<AuditQuery>,
) -> Result<Response, Error> {
    let mut page = page.begin(&app, &user.actor)?;
    let filter = AuditFilter {
        what: what(&query.what)?,
        since: time("since", query.since.as_deref())?.unwrap_or(0),
        who: query.who,
        on: query.on,
        oldest_first: query.oldest,
        after: page.after()?,
    };
    let take = |row: Entry| page.add(row.number, &shapes::audit_entry(row));
    audit::list(&app, &user.actor, &filter, take).await?;
    page.answer()
}

fn what(text: &str) -> Result<Option<What>, Error> {
    let what = What::parse(text);
    if what.is_none() && !text.is_empty() {
        let text = format!("what=: {}", shapes::known_actions());
        return Err(domain::Error::Invalid(text).into());
    }
    Ok(what)
}

async fn verify(
    user: Authorized<ReadAudit>,
    State(app): State<App>,
) -> Result<Json<Verified>, Error> {
    let findings = audit::verify(&app, &user.actor).await?;
    Ok(Json(findings.into()))
}
