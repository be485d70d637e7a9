//! A body that may come in several pieces: an answer that breaks off is gone on with
//! where it broke off (RFC 9110, section 14), if the registry can do that and still has
//! the same bytes.

use super::error::Error;
use crate::files::COPIED_AT_ONCE;
use crate::output::Meter;
use crate::package::{Archive, Draft, MAX_ARCHIVE};
use crate::store::Partial;

use std::io::{self, ErrorKind, Read, Write};
use ureq::Body;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use ureq::http::{HeaderName, Response};
use wire::seal::ArchiveHash;

/// What an attempt has to bring for the next one to count as the first again. With the
/// longest archive that are eight thousand attempts at most.
const WORTH_IT: u64 = 64 << 10;

/// An archive that is on its way.
pub(super) struct Download {
    draft: Draft,
    /// Where the same bytes are for the next pull, should this one be ended early.
    partial: Option<Partial>,
    /// Names the bytes that have come, where the registry has a name for them.
    validator: Option<String>,
    /// How far it has come at most: where a registry changes the archive again and
    /// again, that is no progress.
    furthest: u64,
    /// Of how many pieces it is made.
    pieces: u32,
    progress: Meter,
}

/// What an answer says of the bytes that follow.
struct Piece {
    start: u64,
    total: Option<u64>,
}

impl Download {
    /// What came in an earlier pull is there, if that was ended early.
    ///
    /// # Errors
    /// What the disk reports.
    pub(super) fn new(
        mut draft: Draft,
        mut partial: Option<Partial>,
        domain: &str,
    ) -> io::Result<Self> {
        let resumed = partial.as_mut().and_then(|kept| kept.resume(&mut draft));
        if resumed.is_none() {
            draft.restart()?;
        }
        Ok(Self {
            furthest: draft.length(),
            pieces: u32::from(resumed.is_some()),
            validator: resumed,
            draft,
            partial,
            progress: Meter::new(&format!("pulling from {domain}")),
        })
    }

    /// The values of `Range` and `If-Range`, where there is something to go on with.
    pub(super) fn wanted(&self) -> Option<(String, &str)> {
        let validator = self.validator.as_deref()?;
        Some((format!("bytes={}-", self.draft.length()), validator))
    }

    /// Takes what an answer brings, to the end of the archive.
    ///
    /// # Errors
    /// [`Error::GotFurther`] where it broke off after a good part.
    pub(super) fn take(&mut self, answer: Response<Body>) -> Result<(), Error> {
        let piece = self.place(&answer)?;
        if piece.total.is_some_and(|total| total > MAX_ARCHIVE) {
            return Err(Error::Body(format!(
                "more than the {MAX_ARCHIVE} bytes that an archive may have"
            )));
        }
        self.pieces += 1;
        self.progress.begin(piece.start, piece.total);
        let outcome = self.copy(answer).and_then(|()| self.check_end(&piece));
        outcome.map_err(|error| self.classify(error))
    }

    /// Whether it was put together, and so may not be what the registry has.
    pub(super) fn is_patched(&self) -> bool {
        self.pieces > 1
    }

    /// The hash of what has come.
    pub(super) fn hash(&self) -> &ArchiveHash {
        self.draft.hash()
    }

    /// Forgets what has come.
    pub(super) fn restart(&mut self) -> Result<(), Error> {
        self.validator = None;
        self.pieces = 0;
        self.keep_as(None);
        self.draft.restart().map_err(Error::Disk)
    }

    /// The archive, once all of it has come.
    pub(super) fn finish(self) -> Archive {
        if let Some(partial) = self.partial {
            partial.remove();
        }
        self.draft.finish()
    }

    /// Finds the place of what an answer brings, and forgets what it does not follow.
    fn place(&mut self, answer: &Response<Body>) -> Result<Piece, Error> {
        match answer.status().as_u16() {
            206 => match self.continued(answer) {
                Some(piece) => Ok(piece),
                None => self.lost("another part than the one that was asked for"),
            },
            416 => self.lost("it has fewer bytes now"),
            _ => {
                self.restart()?;
                self.validator = strong(header(answer, ETAG));
                self.keep_as(self.validator.clone().as_deref());
                let total = header(answer, CONTENT_LENGTH).and_then(|text| text.parse().ok());
                Ok(Piece { start: 0, total })
            }
        }
    }

    fn continued(&self, answer: &Response<Body>) -> Option<Piece> {
        let (start, total) = content_range(header(answer, CONTENT_RANGE)?)?;
        let same = header(answer, ETAG).is_none_or(|tag| self.validator.as_deref() == Some(tag));
        (same && start == self.draft.length()).then_some(Piece { start, total })
    }

    fn lost<T>(&mut self, why: &str) -> Result<T, Error> {
        self.restart()?;
        Err(Error::Interrupted(format!(
            "changed the archive while it was pulled ({why})"
        )))
    }

    fn copy(&mut self, answer: Response<Body>) -> Result<(), Error> {
        let mut body = answer.into_body().into_reader();
        let mut buffer = vec![0; COPIED_AT_ONCE];
        loop {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => self.write(&buffer[..count])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::from_body(&error)),
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.progress.add(bytes.len());
        let written = self.draft.write_all(bytes);
        if let (Ok(()), Some(partial)) = (&written, &mut self.partial) {
            partial.add(bytes);
        }
        written.map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => Error::Body(error.to_string()),
            _ => Error::Disk(error),
        })
    }

    fn keep_as(&mut self, validator: Option<&str>) {
        if let Some(partial) = &mut self.partial {
            partial.begin(validator);
        }
    }

    /// A registry may give less at once than was asked for.
    fn check_end(&self, piece: &Piece) -> Result<(), Error> {
        match piece.total {
            Some(total) if total != self.draft.length() => {
                Err(Error::Interrupted("broke off".into()))
            }
            _ => Ok(()),
        }
    }

    fn classify(&mut self, error: Error) -> Error {
        let before = self.furthest;
        self.furthest = before.max(self.draft.length());
        match error {
            Error::Interrupted(what) if self.furthest - before >= WORTH_IT => {
                Error::GotFurther(what)
            }
            other => other,
        }
    }
}

fn header(answer: &Response<Body>, name: HeaderName) -> Option<&str> {
    answer.headers().get(name)?.to_str().ok()
}

/// A weak one (`W/"…"`) may name bytes that differ.
fn strong(tag: Option<&str>) -> Option<String> {
    tag.filter(|tag| tag.starts_with('"')).map(str::to_owned)
}

/// `bytes START-END/TOTAL`, where the total may be `*`.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = match total {
        "*" => None,
        number => Some(number.parse().ok()?),
    };
    Some((start.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Response<Body> {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        answer.body(Body::builder().data(body.to_vec())).unwrap()
    }

    /// A download of `0123456789` that broke off after four bytes.
    fn broken() -> Download {
        let draft = Draft::new(&std::env::temp_dir()).unwrap();
        let mut download = Download::new(draft, None, "r.io").unwrap();
        let first = [("etag", "\"a\""), ("content-length", "10")];
        let error = download.take(answer(200, &first, b"0123")).unwrap_err();
        assert!(error.may_pass(), "{error}");
        download
    }

    #[test]
    fn a_broken_download_goes_on_where_it_was() {
        let mut download = broken();
        assert_eq!(download.wanted(), Some(("bytes=4-".into(), "\"a\"")));
        let part = |range| [("etag", "\"a\""), ("content-range", range)];
        let middle = answer(206, &part("bytes 4-6/10"), b"456");
        assert!(download.take(middle).unwrap_err().may_pass());
        let rest = answer(206, &part("bytes 7-9/10"), b"789");
        download.take(rest).unwrap();
        assert!(download.is_patched());
        assert_eq!(download.finish().bytes(), b"0123456789");
    }

    #[test]
    fn another_archive_starts_anew() {
        let mut download = broken();
        let other = [("etag", "\"b\""), ("content-length", "5")];
        download.take(answer(200, &other, b"other")).unwrap();
        assert!(!download.is_patched());
        assert_eq!(download.finish().bytes(), b"other");
    }

    #[test]
    fn what_does_not_follow_is_forgotten() {
        for (status, headers) in [
            (
                206,
                &[("etag", "\"b\""), ("content-range", "bytes 4-9/10")][..],
            ),
            (206, &[("etag", "\"a\""), ("content-range", "bytes 3-9/10")]),
            (206, &[("etag", "\"a\"")]),
            (416, &[("content-range", "bytes */3")]),
        ] {
            let mut download = broken();
            let error = download
                .take(answer(status, headers, b"456789"))
                .unwrap_err();
            assert!(error.may_pass(), "{error}");
            assert_eq!((download.wanted(), download.draft.length()), (None, 0));
        }
    }

    #[test]
    fn without_a_strong_name_nothing_is_gone_on_with() {
        let draft = Draft::new(&std::env::temp_dir()).unwrap();
        let mut download = Download::new(draft, None, "r.io").unwrap();
        for headers in [&[("etag", "W/\"a\"")][..], &[]] {
            download.take(answer(200, headers, b"01")).unwrap();
            assert_eq!(download.wanted(), None);
        }
    }

    #[test]
    fn only_what_gets_further_counts_as_progress() {
        let draft = Draft::new(&std::env::temp_dir()).unwrap();
        let mut download = Download::new(draft, None, "r.io").unwrap();
        let part = vec![0; 65_536];
        let mut cut = |tag| {
            let headers = [("etag", tag), ("content-length", "100000")];
            download.take(answer(200, &headers, &part)).unwrap_err()
        };
        assert!(matches!(cut("\"a\""), Error::GotFurther(_)));
        assert!(matches!(cut("\"b\""), Error::Interrupted(_)));
    }

    #[test]
    fn an_archive_that_is_declared_too_long_is_not_read() {
        let draft = Draft::new(&std::env::temp_dir()).unwrap();
        let mut download = Download::new(draft, None, "r.io").unwrap();
        let length = (MAX_ARCHIVE + 1).to_string();
        let headers = [("content-length", length.as_str())];
        let error = download.take(answer(200, &headers, b"PK")).unwrap_err();
        assert!(matches!(error, Error::Body(_)), "{error}");
    }
}
