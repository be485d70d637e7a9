//! Removes what control does not have to keep any longer.

use super::{Actor, Service, jobs, repeats};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::retention::Retention;
use crate::domain::user::Permission;
use crate::store::{self, RemovedJob, Store};
use api::{BatchId, JobId};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often control looks for what is too old.
const EVERY: Duration = Duration::from_secs(3_600);

/// How many rows one transaction removes: with outputs, up to 16 MiB, which SQLite overwrites.
const MOST: u32 = 16;

/// Others write four fifths of the time: a step waits four times as long as the one before took.
const PAUSES: u32 = 4;

/// How long one request may remove jobs: clients wait a minute.
const AT_ONCE: Duration = Duration::from_secs(5);

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    /// Jobs.
    pub(crate) jobs: u64,
    /// Outputs of jobs that are kept.
    pub(crate) outputs: u64,
    /// Batches without jobs.
    pub(crate) batches: u64,
    /// Hosts that an operator had removed.
    pub(crate) hosts: u64,
    /// Entries of the audit log.
    pub(crate) audit: u64,
}

/// Removes what is too old once an hour, until the service stops.
pub(crate) fn watch(service: &Service, retention: Retention) -> impl Future<Output = ()> + use<> {
    let store = service.store().clone();
    let mut stopping = service.delivery.stopping.clone();
    async move {
        loop {
            tokio::select! {
                () = sweep_and_log(&store, retention) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
            tokio::select! {
                () = sleep(EVERY) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }
}

async fn sweep_and_log(store: &Store, retention: Retention) {
    match sweep(store, retention, unix_now()).await {
        Ok(removed) if removed == Removed::default() => {}
        Ok(Removed {
            jobs,
            outputs,
            batches,
            hosts,
            audit,
        }) => tracing::info!(
            jobs,
            outputs,
            batches,
            hosts,
            audit,
            "removed what was kept long enough"
        ),
        Err(error) => {
            tracing::warn!(%error, "old jobs could not be removed: control tries again in an hour");
        }
    }
}

/// Removes all that is too old at `now` (unix seconds).
pub(crate) async fn sweep(store: &Store, retention: Retention, now: u64) -> store::Result<Removed> {
    let cutoffs = retention.cutoffs(now, store.time_of_hosts().await?);
    all(|| repeats::remove_old(store, now, MOST)).await?;
    let mut removed = Removed::default();
    if let Some(cutoff) = cutoffs.outputs {
        removed.outputs = all(|| store.remove_outputs(cutoff, MOST)).await?;
    }
    if let Some(cutoff) = cutoffs.jobs {
        removed.jobs = all(|| store.remove_jobs(cutoff, MOST)).await?;
        removed.batches = all(|| store.remove_batches(cutoff, MOST)).await?;
        removed.hosts = all(|| store.remove_gone_hosts(cutoff, MOST)).await?;
    }
    if let Some(cutoff) = cutoffs.audit {
        removed.audit = all(|| store.remove_audit(cutoff, MOST)).await?;
    }
    Ok(removed)
}

/// All steps; returns how many rows they removed.
async fn all<F>(step: impl FnMut() -> F) -> store::Result<u64>
where
    F: Future<Output = store::Result<u64>>,
{
    Ok(in_steps(None, step).await?.removed)
}

/// Removes a job that has ended.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Conflict`] if it has not ended.
pub(crate) async fn remove_job(service: &Service, actor: &Actor, id: JobId) -> Result<(), Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        let id = jobs::find(&service, &actor, id).await?;
        match service.store().remove_job(id, &actor.author()).await? {
            RemovedJob::Yes => {
                tracing::info!(job = id.number(), by = actor.who, "removed a job");
                Ok(())
            }
            RemovedJob::Open => Err(Error::Conflict(format!(
                "job {id} has not ended: cancel it first (`pilotctl job cancel {id}`)"
            ))),
            RemovedJob::Unknown => Err(jobs::unknown(&service, &actor, id).await),
        }
    };
    service.to_its_end(actor, work).await
}

/// Removes a batch and its jobs, all of which have to have ended. Of who has a scope, those are its
/// jobs; the others stay, and with them the batch. That may take longer than the
/// client waits: then a repeated call removes the rest.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Conflict`] if a job has not ended.
pub(crate) async fn remove_batch(
    service: &Service,
    actor: &Actor,
    id: BatchId,
) -> Result<Steps, Error> {
    actor.may(Permission::Operate)?;
    let work = move |service, actor| async move { remove_some(&service, &actor, id).await };
    service.to_its_end(actor, work).await
}

async fn remove_some(service: &Service, actor: &Actor, id: BatchId) -> Result<Steps, Error> {
    jobs::expect_batch(service, actor, id).await?;
    let store = service.store();
    let open = store.open_jobs_of_batch(id, &actor.scope).await?;
    if open > 0 {
        return Err(Error::Conflict(format!(
            "{open} jobs of batch {id} have not ended: nothing was removed"
        )));
    }
    let author = actor.author();
    let begun = store.begin_to_remove_batch(id, MOST, &author);
    let begun = begun.await?;
    let mut steps = in_steps(Some(AT_ONCE), || {
        store.remove_jobs_of_batch(id, MOST, &actor.scope)
    })
    .await?;
    steps.removed += begun;
    if !steps.more {
        store.remove_batch(id).await?;
        tracing::info!(batch = id.number(), by = actor.who, "removed a batch");
    }
    Ok(steps)
}

/// What came of several steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// How many rows were removed.
    pub(crate) removed: u64,
    /// Whether there was no time for more.
    pub(crate) more: bool,
}

/// Repeats a step that removes up to [`MOST`] rows until it finds no more, or for so long.
async fn in_steps<F>(longest: Option<Duration>, mut step: impl FnMut() -> F) -> store::Result<Steps>
where
    F: Future<Output = store::Result<u64>>,
{
    let (mut removed, started) = (0, Instant::now());
    loop {
        let began = Instant::now();
        let of_step = step().await?;
        removed += of_step;
        let more = of_step >= MOST.into();
        if !more || longest.is_some_and(|longest| started.elapsed() >= longest) {
            return Ok(Steps { removed, more });
        }
        sleep(began.elapsed() * PAUSES).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test(start_paused = true)]
    async fn a_step_leaves_others_four_times_its_own_time() {
        let number = Cell::new(0);
        let began = Instant::now();
        let step = || async {
            number.set(number.get() + 1);
            sleep(Duration::from_millis(10)).await;
            Ok(if number.get() < 3 { MOST.into() } else { 7 })
        };
        let steps = in_steps(None, step).await.unwrap();
        let removed = 2 * u64::from(MOST) + 7;
        let more = false;
        assert_eq!((steps, number.get()), (Steps { removed, more }, 3));
        assert_eq!(began.elapsed(), Duration::from_millis(3 * 10 + 2 * 40));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_ends_before_its_client_gives_up() {
        let slow = || async {
            sleep(Duration::from_secs(1)).await;
            Ok(MOST.into())
        };
        let steps = in_steps(Some(AT_ONCE), slow).await.unwrap();
        assert_eq!((steps.removed, steps.more), (2 * u64::from(MOST), true));
    }
}
