//! Reads request bodies, bounded in size and in time.

use super::error::Error;
use axum::body::{Body, Bytes, HttpBody};
use sha2::{Digest, Sha256};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a body may take: an initial time, extended as long as the body arrives at the
/// minimum rate.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    grace: Duration,
    /// Bytes per second.
    rate: u64,
}

impl Patience {
    /// For requests without credentials: strangers could occupy connections with slow bodies.
    pub(crate) const STRANGER: Self = Self {
        grace: Duration::from_secs(5),
        rate: 1024,
    };

    /// For hosts and users. A result of 256 KiB takes a minute over a bad radio link.
    pub(crate) const KNOWN: Self = Self {
        grace: Duration::from_secs(120),
        rate: 4096,
    };

    fn for_bytes(self, count: u64) -> Duration {
        self.grace + Duration::from_secs(count / self.rate)
    }
}

/// Reads a body of at most `largest` bytes.
pub(crate) async fn read(body: Body, largest: usize, patience: Patience) -> Result<Vec<u8>, Error> {
    let mut reader = Reader::new(body, largest, largest);
    match reader.read(patience).await? {
        Progress::Late => Err(Error::Slow),
        Progress::Whole => reader.finish().1,
    }
}

/// How far reading a body has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It was read to its end.
    Whole,
    /// It is too slow; the caller may go on with more patience.
    Late,
}

/// A body that is being read.
pub(crate) struct Reader {
    body: Body,
    began: Instant,
    kept: Vec<u8>,
    count: usize,
    digest: Sha256,
    most_kept: usize,
    most_read: usize,
}

impl Reader {
    /// Keeps only the digest of a body of more than `most_kept` bytes; refuses one of more than
    /// `most_read`.
    pub(crate) fn new(body: Body, most_kept: usize, most_read: usize) -> Self {
        Self {
            body,
            began: Instant::now(),
            kept: Vec::new(),
            count: 0,
            digest: Sha256::new(),
            most_kept,
            most_read,
        }
    }

    /// How long it may be, as far as its head says.
    pub(crate) fn most(&self) -> u64 {
        self.body.size_hint().upper().unwrap_or(u64::MAX)
    }

    /// Reads to its end, or until the patience is over.
    ///
    /// # Errors
    /// When it is too large or breaks off.
    pub(crate) async fn read(&mut self, patience: Patience) -> Result<Progress, Error> {
        loop {
            let deadline = self.began + patience.for_bytes(self.count as u64);
            match timeout_at(deadline, chunk(&mut self.body)).await {
                Err(_) => return Ok(Progress::Late),
                Ok(None) => return Ok(Progress::Whole),
                Ok(Some(Ok(bytes))) => self.take(&bytes)?,
                Ok(Some(Err(error))) => {
                    let text = format!("the body could not be read to its end: {error}");
                    return Err(Error::BadRequest(text));
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.count += bytes.len();
        if self.count > self.most_read {
            return Err(too_large(self.most_kept));
        }
        self.digest.update(bytes);
        if self.count > self.most_kept {
            self.kept = Vec::new();
        } else {
            self.kept.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// How many bytes are kept of what was read.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// The digest of the body, and the body unless it is too large to keep.
    pub(crate) fn finish(self) -> ([u8; 32], Result<Vec<u8>, Error>) {
        let kept = if self.count > self.most_kept {
            Err(too_large(self.most_kept))
        } else {
            Ok(self.kept)
        };
        (self.digest.finalize().into(), kept)
    }
}

fn too_large(most: usize) -> Error {
    Error::TooLarge(format!(
        "the body is too large: it may have up to {most} bytes"
    ))
}

async fn chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        // Trailers are ignored.
        if let Some(chunk) = frame.map(|frame| frame.into_data().ok()).transpose() {
            return Some(chunk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::Frame;
    use std::task::{Context, Poll};

    #[tokio::test]
    async fn the_digest_of_a_body_that_is_too_large_to_keep_is_computed() {
        let mut reader = Reader::new(Body::from("four"), 3, 4);
        assert_eq!(reader.read(Patience::KNOWN).await.unwrap(), Progress::Whole);
        let (digest, kept) = reader.finish();
        assert_eq!(digest, wire::labelled::sha256(b"four"));
        assert!(matches!(kept, Err(Error::TooLarge(_))));
        let mut reader = Reader::new(Body::from("fives"), 3, 4);
        assert!(matches!(
            reader.read(Patience::KNOWN).await,
            Err(Error::TooLarge(_))
        ));
    }

    /// A body that never arrives.
    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn abuse_a_body_that_arrives_slowly() {
        let began = Instant::now();
        let refused = read(Body::new(Silent), 100, Patience::STRANGER).await;
        assert!(matches!(refused, Err(Error::Slow)));
        assert_eq!(began.elapsed().as_secs(), 5);
        let mut reader = Reader::new(Body::new(Silent), 100, 100);
        for patience in [Patience::STRANGER, Patience::KNOWN] {
            assert_eq!(reader.read(patience).await.unwrap(), Progress::Late);
        }
        assert_eq!(began.elapsed().as_secs(), 125, "a host has more time");
    }

    #[test]
    fn patience_grows_with_the_bytes_that_arrived() {
        let patience = Patience {
            grace: Duration::from_secs(5),
            rate: 1024,
        };
        assert_eq!(patience.for_bytes(0), Duration::from_secs(5));
        assert_eq!(patience.for_bytes(64 * 1024), Duration::from_secs(69));
    }
}
