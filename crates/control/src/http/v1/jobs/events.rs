//! `/v1/jobs/{job}/events`: what a job prints, as it prints it.

use super::entries;
use crate::http::App;
use crate::http::authorized::{Authorized, Read};
use crate::http::error::Error;
use crate::http::params::Path;
use crate::http::routes::Routes;
use crate::http::v1::events::{News, Watched, begin, event};
use crate::http::v1::extract::id;
use crate::service::{Actor, jobs};
use api::JobId;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

/// The last event that a client got, when it begins again.
const LAST: &str = "last-event-id";

/// `GET /v1/jobs/{job}/events`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::GET, "/v1/jobs/{job}/events", events)
}

async fn events(
    user: Authorized<Read>,
    State(app): State<App>,
    Path(job): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let output = Output {
        id: id(&job)?,
        from: offset(&headers)?,
        status: String::new(),
    };
    begin(app, user.actor, headers, output).await
}

/// How many bytes of the output the client has.
fn offset(headers: &HeaderMap) -> Result<u64, Error> {
    let Some(last) = headers.get(LAST) else {
        return Ok(0);
    };
    let offset = last.to_str().ok().and_then(|last| last.parse().ok());
    offset.ok_or_else(|| Error::BadRequest("Last-Event-ID is not the id of an event".into()))
}

/// The output and the status of a job.
struct Output {
    id: JobId,
    /// How many bytes of the output the client has.
    from: u64,
    /// The status that the client knows.
    status: String,
}

impl Watched for Output {
    async fn look(&mut self, app: &App, actor: &Actor) -> Result<News, Error> {
        let shown = jobs::show(app, actor, self.id, self.from, true).await?;
        let job = entries::listed(shown.job.clone());
        let output = entries::output(shown, self.from);
        let mut events = Vec::new();
        if !output.text.is_empty() {
            self.from = output.next;
            events.push(event("output", &output)?.id(self.from.to_string()));
        }
        let name = match output.ended {
            true => "end",
            false => "status",
        };
        if output.ended || job.status != self.status {
            events.push(event(name, &job)?.id(self.from.to_string()));
        }
        self.status = job.status;
        Ok(News {
            events,
            is_over: output.ended,
        })
    }
}
