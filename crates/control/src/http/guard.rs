//! Answers requests whose handlers panic or hang.

use super::error::Error;
use crate::domain;
use crate::domain::unavailable::Unavailable;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;
use tokio::time::timeout;

/// Answers a request whose handler panics.
pub(super) async fn panics(request: Request, next: Next) -> Response {
    let answer = caught(async { Ok(next.run(request).await) });
    answer.await.unwrap_or_else(IntoResponse::into_response)
}

/// Runs the work for at most `limit`.
///
/// # Errors
/// Those of the work; also if it panicked or took too long.
pub(super) async fn guarded<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let in_time = timeout(limit, caught(work)).await;
    in_time.unwrap_or_else(|_| Err(Unavailable::Away.into()))
}

/// Does what needs no waiting.
///
/// # Errors
/// If it panicked.
pub(super) fn guarded_now<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| panicked())
}

/// Catches a panic. Dropping the work rolls back its transactions, and no lock is held
/// across an await.
pub(super) fn caught<T>(
    work: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    // Boxed: an async function would have room for it twice, for as long as a ping is held.
    let mut work = Box::pin(work);
    poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
}

fn panicked() -> Error {
    domain::Error::Internal("a handler panicked: see the lines before this one".into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_panic_and_a_hang_become_errors() {
        let minute = Duration::from_secs(60);
        let panicked = guarded(minute, async { panic!("on purpose") }).await;
        let panicked: Result<(), Error> = panicked;
        assert_eq!(panicked.unwrap_err().into_response().status(), 500);
        let hung: Result<(), Error> = guarded(Duration::ZERO, pending()).await;
        let answer = hung.unwrap_err().into_response();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
}
