//! Questions that share one statement: all that are asked while one is answered are the next one.

use super::pulses::MOST_TOGETHER;
use super::{Error, Result};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// The most questions of one statement. Each connection that reads prepares the statement of each size
/// once, and larger ones take longer than they save.
const MOST_QUESTIONS: usize = 128;

/// A question, and who asks it.
type Asked<Q, A> = (Q, oneshot::Sender<Result<A>>);

/// Where questions of a kind are asked.
pub(super) struct Together<Q, A>(mpsc::Sender<Asked<Q, A>>);

impl<Q, A> Clone for Together<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q: Send + 'static, A: Send + 'static> Together<Q, A> {
    /// Begins to answer. `answer` is given up to [`MOST_QUESTIONS`] and returns as many
    /// answers, in the same order.
    pub(super) fn start<F>(mut answer: impl FnMut(Vec<Q>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Vec<A>>> + Send,
    {
        let (ask, mut asked) = mpsc::channel::<Asked<Q, A>>(MOST_QUESTIONS);
        tokio::spawn(async move {
            let mut some = Vec::new();
            while asked.recv_many(&mut some, MOST_QUESTIONS).await > 0 {
                let wanted = some.drain(..).filter(|(_, asker)| !asker.is_closed());
                let (questions, askers): (Vec<_>, Vec<_>) = wanted.unzip();
                if !questions.is_empty() {
                    pass_on(answer(questions).await, askers);
                }
            }
        });
        Self(ask)
    }

    /// Returns when nobody answers any more.
    pub(super) async fn ended(&self) {
        self.0.closed().await;
    }

    /// The answer to a question.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn ask(&self, question: Q) -> Result<A> {
        let (answer, answered) = oneshot::channel();
        let asked = self.0.send((question, answer)).await;
        asked.map_err(|_| Error::closed())?;
        answered.await.unwrap_or_else(|_| Err(Error::closed()))
    }
}

fn pass_on<A>(answers: Result<Vec<A>>, askers: Vec<oneshot::Sender<Result<A>>>) {
    // An error of a sender means that nobody waits for it any more.
    match answers {
        Ok(answers) => {
            for (answer, asker) in answers.into_iter().zip(askers) {
                asker.send(Ok(answer)).ok();
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for asker in askers {
                asker.send(Err(Error::Shared(Arc::clone(&error)))).ok();
            }
        }
    }
}

/// Statements come in few sizes, so that each is prepared once.
pub(super) fn padded(count: usize) -> usize {
    count.next_power_of_two().min(MOST_TOGETHER)
}

/// `rows` groups of `columns` placeholders.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let numbers = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", numbers.collect::<Vec<_>>().join(","))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tokio::task::JoinSet;

    #[test]
    fn statements_come_in_few_sizes() {
        assert_eq!(placeholders(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(placeholders(2, 1), "($1),($2)");
        let sizes: BTreeSet<_> = (1..=MOST_TOGETHER).map(padded).collect();
        assert_eq!(sizes.len(), 11);
    }

    #[tokio::test]
    async fn all_that_are_asked_while_one_is_answered_share_the_next_statement() {
        let (begin, mut begun) = mpsc::unbounded_channel();
        let (go_on, gate) = oneshot::channel::<()>();
        let mut gate = Some(gate);
        let doubles = Together::start(move |some: Vec<u32>| {
            begin.send(some.len()).unwrap();
            let gate = gate.take();
            async move {
                if let Some(gate) = gate {
                    gate.await.unwrap();
                }
                Ok(some.into_iter().map(|one| 2 * one).collect())
            }
        });
        let ask = |one| {
            let doubles = doubles.clone();
            async move { (one, doubles.ask(one).await.unwrap()) }
        };
        let mut asked = JoinSet::new();
        asked.spawn(ask(0));
        assert_eq!(begun.recv().await, Some(1));
        (1..=5).for_each(|one| drop(asked.spawn(ask(one))));
        while doubles.0.capacity() > MOST_QUESTIONS - 5 {
            tokio::task::yield_now().await;
        }
        go_on.send(()).unwrap();
        for (one, double) in asked.join_all().await {
            assert_eq!(double, 2 * one);
        }
        assert_eq!(begun.recv().await, Some(5));
    }
}
