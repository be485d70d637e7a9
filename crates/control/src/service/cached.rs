//! An answer that is good for a while.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinError;
use tokio::time::Instant;

/// The last answer to a question that costs something. Those who ask at the same time wait for
/// one answer.
pub(super) struct Cached<T> {
    fresh: Duration,
    last: Arc<Mutex<Option<(Instant, T)>>>,
}

impl<T: Clone + Send + 'static> Cached<T> {
    /// Nothing was asked yet. An answer will be good for so long.
    pub(super) fn new(fresh: Duration) -> Self {
        Self {
            fresh,
            last: Arc::default(),
        }
    }

    /// The last answer, or if that is too old, a new one. It is found also if who asks hangs up: a
    /// monitor with less patience than the answer takes gets it when it asks again.
    ///
    /// # Errors
    /// If asking panicked.
    pub(super) async fn get(
        &self,
        ask: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        let (last, fresh) = (Arc::clone(&self.last), self.fresh);
        let answer = tokio::spawn(async move {
            let mut last = last.lock().await;
            if let Some((at, answer)) = &*last
                && at.elapsed() < fresh
            {
                return answer.clone();
            }
            let answer = ask.await;
            *last = Some((Instant::now(), answer.clone()));
            answer
        });
        answer.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::oneshot;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_repeated_until_it_is_too_old() {
        let cached = Cached::new(Duration::from_secs(1));
        let asked = Arc::new(AtomicUsize::new(0));
        let ask = || {
            let asked = Arc::clone(&asked);
            async move { asked.fetch_add(1, Ordering::SeqCst) }
        };
        let first = cached.get(ask()).await.unwrap();
        assert_eq!((first, cached.get(ask()).await.unwrap()), (0, 0));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(cached.get(ask()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn an_answer_is_kept_though_who_asked_has_hung_up() {
        let cached = Arc::new(Cached::new(Duration::from_secs(60)));
        let (begin, begun) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let asker = tokio::spawn({
            let cached = Arc::clone(&cached);
            async move {
                let ask = async move {
                    begin.send(()).unwrap();
                    answered.await.unwrap()
                };
                cached.get(ask).await
            }
        });
        begun.await.unwrap();
        asker.abort();
        assert!(asker.await.unwrap_err().is_cancelled());
        answer.send("found").unwrap();
        let again = cached.get(async { "asked again" }).await.unwrap();
        assert_eq!(again, "found");
    }
}
