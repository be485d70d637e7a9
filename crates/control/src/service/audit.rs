//! The audit log.

use super::{Actor, Service};
use crate::domain::Error;
use crate::domain::audit::{AuditFilter, Entry, Findings};
use crate::domain::user::Permission;
use std::ops::ControlFlow;

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

/// Verifies that no entry was changed, removed or added.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn verify(service: &Service, actor: &Actor) -> Result<Findings, Error> {
    actor.may(Permission::ReadAudit)?;
    Ok(service.store().verify_audit().await?)
}
