//! `/audit`: who changed what.

use crate::domain::audit::{AuditFilter, Entry, What};
use crate::http::App;
use crate::http::authorized::{Authorized, ReadAudit};
use crate::http::error::Error;
use crate::http::json::Json;
use crate::http::list::Part;
use crate::http::params::Query;
use crate::http::routes::Routes;
use crate::http::shapes;
use crate::service::audit;
use api::Time;
use api::audit::Verified;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use serde::Deserialize;

/// `GET /audit` and `GET /audit/verify`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on_query(
            Method::GET,
            "/audit",
            &["who", "what", "on", "since", "oldest", "limit", "after"],
            list,
        )
        .on(Method::GET, "/audit/verify", verify)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuditQuery {
    who: String,
    /// An action, or a kind of thing.
    what: String,
    on: String,
    /// A time as in answers.
    since: String,
    /// Whether the oldest come first.
    oldest: bool,
    #[serde(flatten)]
    part: Part,
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, Error> {
        Ok(AuditFilter {
            who: self.who.clone(),
            what: what(&self.what)?,
            on: self.on.clone(),
            since: since(&self.since)?,
            oldest_first: self.oldest,
            after: self.part.after()?,
        })
    }
}

fn what(text: &str) -> Result<Option<What>, Error> {
    let what = What::parse(text);
    if what.is_none() && !text.is_empty() {
        return Err(Error::BadRequest(format!(
            "what={}: {}",
            text.chars().take(64).collect::<String>(),
            shapes::known_actions()
        )));
    }
    Ok(what)
}

fn since(text: &str) -> Result<u64, Error> {
    match Time::parse(text) {
        Some(time) => Ok(time.unix()),
        None if text.is_empty() => Ok(0),
        None => Err(Error::BadRequest(
            "since= is no time: write it as 2026-11-30T15:00:00Z".into(),
        )),
    }
}

async fn list(
    user: Authorized<ReadAudit>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Error> {
    let mut list = query.part.list()?;
    let take = |row: Entry| list.add(row.number, &shapes::audit_entry(row));
    audit::list(&app, &user.actor, &query.filter()?, take).await?;
    list.answer(&uri, "filter by who=, what=, on= or since=")
}

async fn verify(
    user: Authorized<ReadAudit>,
    State(app): State<App>,
) -> Result<Json<Verified>, Error> {
    let findings = audit::verify(&app, &user.actor).await?;
    Ok(Json(findings.into()))
}
