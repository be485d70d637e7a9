//! What monitors ask the service.

use super::Service;
use super::cached::Cached;
use crate::clock::unix_now;
use crate::domain::host::HostState;
use crate::domain::job::OPEN_STATUSES;
use crate::domain::scarce::{Change, Scarce};
use crate::domain::unavailable::Unavailable;
use crate::metrics::{CountByState, Descriptors, Metrics};
use crate::store;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// How long an answer about readiness is good: a monitor must not be a load.
const FRESH_READINESS: Duration = Duration::from_secs(1);

/// How long counts of the database are good: they read every open job.
const FRESH_COUNTS: Duration = Duration::from_secs(5);

/// How often open descriptors are counted.
const COUNT_DESCRIPTORS: Duration = Duration::from_secs(10);

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What monitors were answered recently.
pub(super) struct Answers {
    readiness: Cached<Result<(), Unavailable>>,
    counts: Cached<Option<Counts>>,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            readiness: Cached::new(FRESH_READINESS),
            counts: Cached::new(FRESH_COUNTS),
        }
    }
}

/// Why the service is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotReady {
    /// It stops.
    Stopping,
    /// It cannot work at the moment.
    Unavailable(Unavailable),
}

/// How many hosts and open jobs there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Hosts in each state.
    pub(crate) hosts: CountByState,
    /// Jobs that have not ended, by status.
    pub(crate) open_jobs: CountByState,
}

impl Service {
    /// Figures for monitors.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.delivery.metrics
    }

    /// Whether requests that need the database would be carried out.
    ///
    /// # Errors
    /// Why not.
    pub(crate) async fn readiness(&self) -> Result<(), NotReady> {
        if *self.delivery.stopping.borrow() {
            return Err(NotReady::Stopping);
        }
        let service = self.clone();
        let ask = async move { service.ask_store().await };
        let answer = self.monitoring.readiness.get(ask).await;
        let answer = answer.unwrap_or(Err(Unavailable::Away));
        answer.map_err(NotReady::Unavailable)
    }

    async fn ask_store(&self) -> Result<(), Unavailable> {
        answers(Unavailable::Away, self.store().can_read()).await?;
        // The writer goes on, but there is much to write before this.
        answers(Unavailable::Busy, self.store().can_write(unix_now())).await
    }

    /// How many hosts and open jobs there are; `None` if the database does not answer.
    pub(crate) async fn counts(&self) -> Option<Counts> {
        let service = self.clone();
        let count = async move { service.count().await };
        self.monitoring.counts.get(count).await.ok()?
    }

    async fn count(&self) -> Option<Counts> {
        let counts = async {
            let hosts = self.store().hosts_by_state().await?;
            let open_jobs = self.store().open_jobs_by_status().await?;
            let hosts = hosts
                .into_iter()
                .map(|(state, count)| (state.name(), count));
            Ok::<_, store::Error>(Counts {
                hosts: of_all(HostState::ALL.map(HostState::name), hosts.collect()),
                open_jobs: of_all(OPEN_STATUSES, open_jobs),
            })
        };
        match timeout(PATIENCE, counts).await {
            Ok(Ok(counts)) => Some(counts),
            Ok(Err(error)) => {
                tracing::warn!(%error, "metrics lack the counts of hosts and jobs");
                None
            }
            Err(_) => {
                tracing::warn!("metrics lack the counts of hosts and jobs: the database is slow");
                None
            }
        }
    }
}

/// Logs when file descriptors are about to run out, and when there are enough again, until the
/// service stops. When they have run out, it is too late to raise the limit without harm.
pub(crate) fn watch_descriptors(service: &Service) -> impl Future<Output = ()> + use<> {
    let mut stopping = service.delivery.stopping.clone();
    async move {
        let (mut scarce, descriptors) = (Scarce::default(), Arc::new(Descriptors::new()));
        loop {
            let descriptors = Arc::clone(&descriptors);
            // There may be an entry to read for each of them.
            let count = move || Option::as_ref(&descriptors)?.count();
            if let Ok(Some((open, most))) = spawn_blocking(count).await {
                log_scarce(scarce.count(open, most), open, most);
            }
            tokio::select! {
                () = sleep(COUNT_DESCRIPTORS) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }
}

fn log_scarce(change: Option<Change>, open: u64, most: u64) {
    match change {
        Some(Change::Begins) => tracing::warn!(
            open,
            most,
            "file descriptors are about to run out: raise the limit of open files (LimitNOFILE)"
        ),
        Some(Change::Ends) => tracing::info!(open, most, "there are enough file descriptors again"),
        None => {}
    }
}

/// Whether the database does this in time; if it takes longer, that is `late`.
async fn answers(
    late: Unavailable,
    done: impl Future<Output = store::Result<()>>,
) -> Result<(), Unavailable> {
    match timeout(PATIENCE, done).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the service is not ready");
            Err(error.unavailable().unwrap_or(Unavailable::Away))
        }
        Err(_) => Err(late),
    }
}

/// The count of each state: 0 if none was counted.
fn of_all<const N: usize>(states: [&'static str; N], counted: CountByState) -> CountByState {
    let counted: HashMap<_, _> = counted.into_iter().collect();
    let count = |state| counted.get(state).copied().unwrap_or_default();
    states.map(|state| (state, count(state))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_nothing_is_in_counts_zero() {
        let counted = of_all(["a", "b"], vec![("b", 2)]);
        assert_eq!(counted, [("a", 0), ("b", 2)]);
    }
}
