//! The files of archives: one folder per repository, one file per reference.

use super::part::{Requested, requested};
use crate::domain::Error;
use crate::files;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::fs;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use wire::PackageName;
use wire::seal::Seal;

/// The file of a package. Repository and reference are checked names, so the path stays below
/// the root.
pub(super) fn path(root: &Path, name: &PackageName, reference: &str) -> PathBuf {
    root.join(name.folder()).join(format!("{reference}.zip"))
}

/// A temporary file to receive an archive, on the same file system as its place. It is
/// removed unless it is moved there.
///
/// # Errors
/// When it cannot be created.
pub(super) fn receive(root: &Path) -> Result<NamedTempFile, Error> {
    files::private_folder(root)
        .and_then(|()| files::unfinished(root))
        .map_err(not_written)
}

/// The error for an archive that could not be written.
pub(super) fn not_written(error: io::Error) -> Error {
    Error::io("writing an archive", &error)
}

/// The error for an archive that could not be read.
pub(super) fn not_read(path: &Path, error: &io::Error) -> Error {
    Error::io(&format!("reading {}", path.display()), error)
}

/// Moves a received archive to its place, durably.
///
/// # Errors
/// Those of the file system.
pub(super) fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), files::private_folder)?;
    files::persist(file, path)
}

/// Removes an archive, if it is there.
///
/// # Errors
/// Those of the file system.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Answers with an archive, or the requested part of it. Its entity tag is its digest.
///
/// # Errors
/// Those of the file system.
pub(super) async fn answer(
    mut file: File,
    seal: &Seal,
    headers: &HeaderMap,
) -> io::Result<Response> {
    let length = file.metadata().await?.len();
    let tag = format!("\"{}\"", seal.digest);
    let (status, start, count) = match requested(headers, &tag, length) {
        Requested::Whole => (StatusCode::OK, 0, length),
        Requested::Bytes { start, count } => (StatusCode::PARTIAL_CONTENT, start, count),
        Requested::Beyond => return Ok(beyond(length)),
    };
    file.seek(SeekFrom::Start(start)).await?;
    let body = Body::from_stream(ReaderStream::new(file.take(count)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_repository_is_not_inside_another_one() {
        let name = |text: &str| text.parse::<PackageName>().unwrap();
        assert_eq!(
            path(Path::new("/d"), &name("r.io/a/b/c"), "r1"),
            Path::new("/d/a%2Fb%2Fc/r1.zip")
        );
    }
}
