//! A unit of work, and who waits for it.

use crate::store::{Error, Result};
use sqlx::SqliteConnection;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What a unit does, on the connection of its transaction.
pub(in crate::store) type Doing<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

type Work<T> = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send>;

/// A unit of work, without the type that it returns.
pub(super) trait Piece: Send {
    /// Whether somebody waits for it, and it is not too late to begin.
    fn is_wanted(&self) -> bool;

    /// Whether it is one statement, which needs no transaction if it is alone.
    fn is_one_statement(&self) -> bool {
        false
    }

    /// Does it; `false` if it failed, and what it did is to be undone.
    fn carry_out<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>>;

    /// Tells who waits what came of it; `failure` is why the transaction was not committed.
    fn answer(self: Box<Self>, failure: Option<&Arc<Error>>);
}

/// A unit of work that returns `T`.
pub(super) struct Unit<T> {
    work: Option<Work<T>>,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
    until: Instant,
}

impl<T> Unit<T> {
    /// Work that has to begin by `until`.
    pub(super) fn new<W>(work: W, answer: oneshot::Sender<Result<T>>, until: Instant) -> Self
    where
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
    {
        Self {
            work: Some(Box::new(work)),
            outcome: None,
            answer,
            until,
        }
    }
}

impl<T: Send> Piece for Unit<T> {
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed() && Instant::now() < self.until
    }

    fn carry_out<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                let outcome = caught(async { work(connection).await }).await;
                self.outcome = Some(outcome);
            }
            matches!(self.outcome, Some(Ok(_)))
        })
    }

    fn answer(self: Box<Self>, failure: Option<&Arc<Error>>) {
        let shared = failure.map(|failure| Error::Shared(Arc::clone(failure)));
        let outcome = match (self.outcome, shared) {
            (Some(Err(error)), _) | (_, Some(error)) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Busy),
        };
        // An error means that nobody waits for it any more.
        drop(self.answer.send(outcome));
    }
}

/// A panic ends one unit, not the writer.
async fn caught<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut work = std::pin::pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or(Poll::Ready(Err(Error::Panicked)))
    })
    .await
}
