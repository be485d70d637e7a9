//! Where archives lie: one folder per repository, one file per reference.

use super::part::{Wanted, wanted};
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

/// The file of a package. Repository and reference are checked names, which
/// can leave no folder.
pub(super) fn path(root: &Path, name: &PackageName, reference: &str) -> PathBuf {
    root.join(name.folder()).join(format!("{reference}.zip"))
}

/// A file to receive an archive, on the file system where it will stay; it
/// disappears unless it is moved to its place.
///
/// # Errors
/// When it cannot be made.
pub(super) fn receive(root: &Path) -> Result<NamedTempFile, Error> {
    files::private_folder(root)
        .and_then(|()| files::unfinished(root))
        .map_err(not_written)
}

/// Why an archive could not be written, for whoever pushes it.
pub(super) fn not_written(error: io::Error) -> Error {
    Error::io("writing an archive", &error)
}

/// Why an archive could not be read, for the log.
pub(super) fn not_read(path: &Path, error: &io::Error) -> Error {
    Error::io(&format!("reading {}", path.display()), error)
}

/// Moves a received archive to its place, durably.
///
/// # Errors
/// What the file system reports.
pub(super) fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), files::private_folder)?;
    files::persist(file, path)
}

/// Removes an archive, if it is there.
///
/// # Errors
/// What the file system reports.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// An archive, or the part of it that is asked for. Its tag is its digest's.
///
/// # Errors
/// What the file system reports.
pub(super) async fn answer(
    mut file: File,
    seal: &Seal,
    headers: &HeaderMap,
) -> io::Result<Response> {
    let length = file.metadata().await?.len();
    let tag = format!("\"{}\"", seal.digest);
    let (status, start, count) = match wanted(headers, &tag, length) {
        Wanted::Whole => (StatusCode::OK, 0, length),
        Wanted::Bytes { start, count } => (StatusCode::PARTIAL_CONTENT, start, count),
        Wanted::Beyond => return Ok(beyond(length)),
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
    fn repositories_do_not_lie_in_each_other() {
        let name = |text: &str| text.parse::<PackageName>().unwrap();
        assert_eq!(
            path(Path::new("/d"), &name("r.io/a/b/c"), "r1"),
            Path::new("/d/a%2Fb%2Fc/r1.zip")
        );
    }
}
