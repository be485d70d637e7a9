//! Whether sessions still hold: one question for all that are asked about at a moment.

use super::pulses::{self, MOST_TOGETHER};
use super::{Error, Result};
use sqlx::SqlitePool;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// A host, and who wants to know its version.
type Question = (i64, oneshot::Sender<Result<Option<i64>>>);

/// Where the versions of hosts are asked for.
#[derive(Clone)]
pub(super) struct Versions(mpsc::Sender<Question>);

impl Versions {
    /// Begins to answer.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (ask, mut asked) = mpsc::channel(MOST_TOGETHER);
        tokio::spawn(async move {
            let mut questions = Vec::new();
            while asked.recv_many(&mut questions, MOST_TOGETHER).await > 0 {
                answer(&pool, std::mem::take(&mut questions)).await;
            }
        });
        Self(ask)
    }

    /// Returns when nobody answers any more.
    pub(super) async fn ended(&self) {
        self.0.closed().await;
    }

    /// The present version of a host, by its number; `None` if there is no such host.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn of(&self, host: i64) -> Result<Option<i64>> {
        let (answer, answered) = oneshot::channel();
        let asked = self.0.send((host, answer)).await;
        asked.map_err(|_| Error::closed())?;
        answered.await.unwrap_or_else(|_| Err(Error::closed()))
    }
}

async fn answer(pool: &SqlitePool, questions: Vec<Question>) {
    let hosts: Vec<i64> = questions.iter().map(|(host, _)| *host).collect();
    let versions = pulses::versions(pool, &hosts).await.map_err(Arc::new);
    for (host, answer) in questions {
        let version = match &versions {
            Ok(versions) => Ok(versions.get(&host).copied()),
            Err(error) => Err(Error::Shared(Arc::clone(error))),
        };
        // An error means that nobody waits for it any more.
        answer.send(version).ok();
    }
}
