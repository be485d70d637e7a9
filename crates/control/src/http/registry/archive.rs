//! Answers with the archive of a package, or with a part of it.

use super::part::{Requested, requested};
use super::pieces::pieces;
use crate::domain::Error;
use crate::service::packages::Archive;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::io;
use tokio::fs::File;

/// Answers with an archive, or the requested part of it. Its entity tag is its digest.
///
/// # Errors
/// Those of the file system.
pub(super) async fn answer(archive: Archive, headers: &HeaderMap) -> Result<Response, Error> {
    let Archive { file, seal, path } = archive;
    let part = part(file, &seal.digest, headers).await;
    part.map_err(|error| Error::io(&format!("reading {}", path.display()), &error))
}

async fn part(file: File, digest: &str, headers: &HeaderMap) -> io::Result<Response> {
    let length = file.metadata().await?.len();
    let tag = format!("\"{digest}\"");
    let (status, start, count) = match requested(headers, &tag, length) {
        Requested::Whole => (StatusCode::OK, 0, length),
        Requested::Bytes { start, count } => (StatusCode::PARTIAL_CONTENT, start, count),
        Requested::Beyond => return Ok(beyond(length)),
    };
    let body = Body::from_stream(pieces(file.into_std().await, start, count));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, count.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
    ];
    let mut answer = (status, headers, body).into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {start}-{}/{length}", start + count - 1);
        set_content_range(&mut answer, &range);
    }
    Ok(answer)
}

fn beyond(length: u64) -> Response {
    let mut answer = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    set_content_range(&mut answer, &format!("bytes */{length}"));
    answer
}

fn set_content_range(answer: &mut Response, range: &str) {
    if let Ok(range) = HeaderValue::from_str(range) {
        answer.headers_mut().insert(header::CONTENT_RANGE, range);
    }
}
