//! `/v1/openapi.json`: the document of all calls.

use crate::http::authorized::SignedIn;
use crate::http::routes::Routes;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};

/// The document. A test makes it anew and compares.
const DOCUMENT: &str = include_str!("../../../../../docs/openapi.json");

/// `GET /v1/openapi.json`.
pub(super) fn router() -> Routes {
    Routes::default().on(Method::GET, "/v1/openapi.json", document)
}

async fn document(_: SignedIn) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
