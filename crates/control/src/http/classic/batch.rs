//! `/job/batch`: batches of jobs.

use super::host::has_label;
use crate::domain::job::{Batch, BatchFilter};
use crate::http::App;
use crate::http::authorized::{Authorized, Read};
use crate::http::error::Error;
use crate::http::list::Part;
use crate::http::params::Query;
use crate::http::routes::Routes;
use crate::service::jobs;
use api::Time;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use serde::Deserialize;
use std::ops::ControlFlow;
use time::macros::format_description;

/// `GET /job/batch`.
pub(super) fn router() -> Routes {
    Routes::default().on_query(
        Method::GET,
        "/job/batch",
        &["name", "owner", "label", "from", "to", "limit", "after"],
        batches,
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BatchQuery {
    name: String,
    owner: String,
    label: String,
    from: String,
    to: String,
    #[serde(flatten)]
    part: Part,
}

fn entry(batch: Batch) -> api::jobs::Batch {
    api::jobs::Batch {
        batch_id: batch.id,
        batch: batch.id,
        name: batch.name,
        notes: batch.notes,
        label: batch.label,
        owner: batch.owner,
        fx_key: batch.fx_key,
        created: Time::at(batch.created),
    }
}

async fn batches(
    user: Authorized<Read>,
    State(app): State<App>,
    uri: Uri,
    Query(query): Query<BatchQuery>,
) -> Result<Response, Error> {
    const DAY: u64 = 86_400;
    let filter = BatchFilter {
        from: day(&query.from)?.unwrap_or(0),
        until: day(&query.to)?.map_or(u64::MAX, |start| start + DAY),
        name: query.name,
        owner: query.owner,
        before: query.part.after()?,
    };
    let mut list = query.part.list()?;
    let take = |batch: Batch| match has_label(&batch.label, &query.label) {
        true => list.add(batch.id, &entry(batch)),
        false => ControlFlow::Continue(()),
    };
    jobs::batches(&app, &user.actor, &filter, take).await?;
    list.answer(&uri, "filter by name=, owner=, label=, from= or to=")
}

/// `dd-mm-yyyy`, as the first second of that day (UTC).
fn day(text: &str) -> Result<Option<u64>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let format = format_description!("[day]-[month]-[year]");
    let date = time::Date::parse(text, format)
        .map_err(|_| Error::BadRequest(format!("{text:?} is not a day: write dd-mm-yyyy")))?;
    let start = date.midnight().assume_utc().unix_timestamp();
    Ok(Some(u64::try_from(start).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_format_of_existing_services() {
        assert_eq!(day("02-01-1970").unwrap(), Some(86_400));
        assert_eq!(day("").unwrap(), None);
        assert!(day("1970-01-02").is_err() && day("31-02-2024").is_err());
    }
}
