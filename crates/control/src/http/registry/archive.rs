//! Answers with the archive of a package, or with a part of it.

use super::part::{Requested, requested};
use crate::domain::Error;
use crate::service::packages::Archive;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::try_unfold;
use std::io::{self, Read, SeekFrom};
use tokio::fs::File;
use tokio::io::AsyncSeekExt;
use tokio::task::spawn_blocking;

/// How much is read and sent at a time. Another thread reads each piece, which costs more than the
/// reading does; a pull has up to two pieces in memory.
const PIECE: u64 = 128 << 10;

/// Answers with an archive, or the requested part of it. Its entity tag is its digest.
///
/// # Errors
/// Those of the file system.
pub(super) async fn answer(archive: Archive, headers: &HeaderMap) -> Result<Response, Error> {
    let Archive { file, seal, path } = archive;
    let part = part(file, &seal.digest, headers).await;
    part.map_err(|error| Error::io(&format!("reading {}", path.display()), &error))
}

async fn part(mut file: File, digest: &str, headers: &HeaderMap) -> io::Result<Response> {
    let length = file.metadata().await?.len();
    let tag = format!("\"{digest}\"");
    let (status, start, count) = match requested(headers, &tag, length) {
        Requested::Whole => (StatusCode::OK, 0, length),
        Requested::Bytes { start, count } => (StatusCode::PARTIAL_CONTENT, start, count),
        Requested::Beyond => return Ok(beyond(length)),
    };
    file.seek(SeekFrom::Start(start)).await?;
    let body = Body::from_stream(pieces(file.into_std().await, count));
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

/// So many bytes of a file from its position on, read without a copy of them.
fn pieces(file: std::fs::File, count: u64) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold((file, count), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = move || {
            let (mut piece, size) = (Vec::new(), left.min(PIECE));
            piece.reserve_exact(usize::try_from(size).unwrap_or_default());
            match file.by_ref().take(size).read_to_end(&mut piece)? as u64 == size {
                true => Ok((Bytes::from(piece), (file, left - size))),
                false => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            }
        };
        let read = spawn_blocking(read).await.map_err(io::Error::other)?;
        read.map(Some)
    })
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
