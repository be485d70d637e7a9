//! The audit log.

use super::{Actor, Service};
use crate::domain::Error;
use crate::domain::audit::{AuditFilter, Entry, Findings};
use crate::domain::user::Permission;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::sleep;
use wire::encoding::hex;

/// How often control's log gets the newest entry.
const EVERY: Duration = Duration::from_secs(3_600);

/// Passes entries to `take` until it breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    filter: &AuditFilter,
    take: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::ReadAudit)?;
    Ok(service.store().audit(filter, take).await?)
}

/// Verifies that no entry was changed, removed or added. One at a time: that reads the whole log.
///
/// # Errors
/// Those of the role and the database; [`Error::Busy`] while the log is verified for somebody else.
pub(crate) async fn verify(service: &Service, actor: &Actor) -> Result<Findings, Error> {
    actor.may(Permission::ReadAudit)?;
    let Ok(_permit) = service.verifying.try_acquire() else {
        return Err(Error::Busy(
            "the audit log is being verified for somebody else: try again in a minute".into(),
        ));
    };
    Ok(service.store().verify_audit().await?)
}

/// Notes the newest entry in control's own log, outside the database, when the service starts and
/// once an hour: entries that were cut off while no control ran still stand in these lines.
pub(crate) fn watch(service: &Service) -> impl Future<Output = ()> + use<> {
    let service = service.clone();
    let mut stopping = service.delivery.stopping.clone();
    async move {
        loop {
            note_newest(&service).await;
            tokio::select! {
                () = sleep(EVERY) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }
}

/// Notes the newest entry in control's own log.
pub(crate) async fn note_newest(service: &Service) {
    match service.store().newest_entry().await {
        Ok(Some(entry)) => tracing::info!(
            number = entry.number,
            mac = hex(&entry.mac),
            "the newest entry of the audit log"
        ),
        Ok(None) => {
            tracing::error!("the audit log is not as control wrote it: see `pilotctl audit verify`")
        }
        Err(error) => tracing::warn!(%error, "cannot read the newest entry of the audit log"),
    }
}
