//! Answers to requests of `/v1` that failed: problems as in RFC 9457. Every error becomes one,
//! wherever it comes from.

use api::v1::{PROBLEM_JSON, Problem, ROOT};
use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use std::sync::Arc;
use wire::printable;

/// What an error says.
#[derive(Clone)]
pub(super) struct Failure(Arc<Said>);

struct Said {
    kind: &'static str,
    detail: String,
    reason: Option<&'static str>,
}

impl Failure {
    /// An error of a kind, with a sentence for people and the cause why control cannot work.
    pub(super) fn new(kind: &'static str, detail: &str, reason: Option<&'static str>) -> Self {
        Self(Arc::new(Said {
            kind,
            detail: detail.to_owned(),
            reason,
        }))
    }
}

/// Whether an address belongs to `/v1`, also if there is none like that.
pub(super) fn is_v1(uri: &Uri) -> bool {
    let rest = uri.path().strip_prefix(ROOT);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer, with a problem as its body if it is an error.
pub(super) fn of(answer: Response) -> Response {
    if answer.extensions().get::<Failure>().is_none() {
        return answer;
    }
    let (mut parts, json) = read(answer);
    let json_type = HeaderValue::from_static(PROBLEM_JSON);
    parts.headers.insert(header::CONTENT_TYPE, json_type);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(json))
}

/// The head of an error, and the problem that it is, in JSON.
pub(super) fn read(error: Response) -> (Parts, String) {
    let (parts, _) = error.into_parts();
    let said = parts.extensions.get::<Failure>().map(|Failure(said)| said);
    let retry_after = parts.headers.get(header::RETRY_AFTER);
    let problem = Problem {
        kind: Problem::kind(said.map_or("internal", |said| said.kind)),
        title: parts.status.canonical_reason().unwrap_or_default().into(),
        status: parts.status.as_u16(),
        detail: said.map(|said| said.detail.clone()).unwrap_or_default(),
        reason: said.and_then(|said| said.reason).map(str::to_owned),
        retry_after: retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok()),
    };
    // It cannot fail: these are texts and numbers.
    let json = serde_json::to_string(&problem).unwrap_or_default();
    (parts, printable::json(&json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_merely_begins_like_the_root_is_not_below_it() {
        for (uri, expected) in [
            ("/v1", true),
            ("/v1/", true),
            ("/v1/nothing?x=1", true),
            ("/v10/hosts", false),
            ("/host/v1", false),
        ] {
            assert_eq!(is_v1(&uri.parse().unwrap()), expected, "{uri}");
        }
    }
}
