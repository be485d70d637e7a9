//! One batch, and how far it has come.

use super::{Actor, Service, jobs};
use crate::domain::Error;
use crate::domain::job::{Batch, Counts};
use crate::domain::user::Permission;
use api::BatchId;

/// A batch, and the counts of its jobs.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub(crate) async fn show(
    service: &Service,
    actor: &Actor,
    id: BatchId,
) -> Result<(Batch, Counts), Error> {
    actor.may(Permission::Read)?;
    let Some(batch) = service.store().batch(id, &actor.scope).await? else {
        jobs::expect_batch(service, actor, id).await?;
        return Err(Error::NotFound(format!("there is no batch {id}")));
    };
    let mut counts = Counts::default();
    let count = |is_cancelled, is_received, result: Option<_>| {
        counts.add(is_cancelled, is_received, result.as_ref());
    };
    let store = service.store();
    store.count_jobs(id, &actor.scope, count).await?;
    Ok((batch, counts))
}
