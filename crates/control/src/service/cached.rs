//! An answer that is good for a while.

use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The last answer to a question that costs something. Those who ask at the same time wait for
/// one answer.
pub(super) struct Cached<T> {
    fresh: Duration,
    last: Mutex<Option<(Instant, T)>>,
}

impl<T: Clone> Cached<T> {
    /// Nothing was asked yet. An answer will be good for so long.
    pub(super) fn new(fresh: Duration) -> Self {
        Self {
            fresh,
            last: Mutex::new(None),
        }
    }

    /// The last answer, or if that is too old, a new one.
    pub(super) async fn get(&self, ask: impl Future<Output = T>) -> T {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < self.fresh
        {
            return answer.clone();
        }
        let answer = ask.await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_repeated_until_it_is_too_old() {
        let cached = Cached::new(Duration::from_secs(1));
        let asked = Cell::new(0);
        let ask = || async {
            asked.set(asked.get() + 1);
            asked.get()
        };
        assert_eq!([cached.get(ask()).await, cached.get(ask()).await], [1, 1]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(cached.get(ask()).await, 2);
    }
}
