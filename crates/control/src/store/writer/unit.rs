//! A unit of work, and who waits for it.

use crate::store::{Error, Result};
use sqlx::SqliteConnection;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// How long a unit may wait before it begins. An agent waits a minute for its answer.
pub(in crate::store) const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// What a unit does, on the connection of its transaction.
pub(in crate::store) type Doing<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

type Work<T> = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send>;

/// A unit of work, without the type that it returns.
pub(super) trait Piece: Send {
    /// Whether somebody waits for it.
    fn is_wanted(&self) -> bool;

    /// Whether it is one statement, which needs no transaction if it is alone.
    fn is_one_statement(&self) -> bool {
        false
    }

    /// Whether it stands at the beginning of each group.
    fn comes_first(&self) -> bool {
        false
    }

    /// Does it, if it is still wanted; `false` if it failed, and what it did is to be undone.
    fn carry_out<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>>;

    /// Tells who waits what came of it; `failure` is why the transaction was not committed.
    fn answer(self: Box<Self>, failure: Option<&Arc<Error>>);
}

/// Begins a unit, or gives it up: the writer does the one, or its asker the other, and the first
/// one counts.
#[derive(Clone, Default)]
struct Claim(Arc<AtomicBool>);

impl Claim {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }
}

/// The writer's end: where the answer is sent.
pub(super) struct Asker<T> {
    answer: oneshot::Sender<Result<T>>,
    claim: Claim,
}

/// The end of who waits for the answer.
pub(super) struct Answer<T> {
    answer: oneshot::Receiver<Result<T>>,
    claim: Claim,
}

/// Both ends of an answer.
pub(super) fn answer<T>() -> (Asker<T>, Answer<T>) {
    let ((sender, receiver), claim) = (oneshot::channel(), Claim::default());
    let asker = Asker {
        answer: sender,
        claim: claim.clone(),
    };
    let answer = Answer {
        answer: receiver,
        claim,
    };
    (asker, answer)
}

impl<T> Asker<T> {
    pub(super) fn is_waiting(&self) -> bool {
        !self.answer.is_closed()
    }

    /// Whether the work begins: from now on, who waits does so until it is done.
    pub(super) fn begin(&self) -> bool {
        self.is_waiting() && self.claim.take()
    }

    pub(super) fn send(self, outcome: Result<T>) {
        // An error means that nobody waits for it any more.
        drop(self.answer.send(outcome));
    }
}

impl<T> Answer<T> {
    /// Waits for the answer.
    ///
    /// # Errors
    /// Those of the work; [`Error::Busy`] if it has not begun in time, even if the writer waits
    /// for its connection.
    pub(super) async fn wait(mut self) -> Result<T> {
        let answered = tokio::select! {
            biased;
            answered = &mut self.answer => answered,
            () = sleep(LONGEST_WAIT) => match self.claim.take() {
                true => return Err(Error::Busy),
                false => self.answer.await,
            }
        };
        answered.unwrap_or_else(|_| Err(Error::closed()))
    }
}

/// A unit of work that returns `T`.
pub(super) struct Unit<T> {
    work: Option<Work<T>>,
    outcome: Option<Result<T>>,
    asker: Asker<T>,
}

impl<T> Unit<T> {
    pub(super) fn new<W>(work: W, asker: Asker<T>) -> Self
    where
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
    {
        Self {
            work: Some(Box::new(work)),
            outcome: None,
            asker,
        }
    }
}

impl<T: Send> Piece for Unit<T> {
    fn is_wanted(&self) -> bool {
        self.asker.is_waiting()
    }

    fn carry_out<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async move {
            if let Some(work) = self.work.take().filter(|_| self.asker.begin()) {
                let outcome = caught(async { work(connection).await }).await;
                self.outcome = Some(outcome);
            }
            matches!(self.outcome, Some(Ok(_)))
        })
    }

    fn answer(self: Box<Self>, failure: Option<&Arc<Error>>) {
        let shared = failure.map(|failure| Error::Shared(Arc::clone(failure)));
        self.asker.send(match (self.outcome, shared) {
            (Some(Err(error)), _) | (_, Some(error)) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Busy),
        });
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
