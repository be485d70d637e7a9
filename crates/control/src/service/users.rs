//! Users.

use super::{Actor, Service};
use crate::domain::Error;
use crate::domain::user::{Permission, Role};
use std::ops::ControlFlow;

/// Passes names and roles of the users whose names follow `after` to `take`, by name, until it
/// breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    after: &str,
    take: impl FnMut((String, Role)) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::ManageUsers)?;
    Ok(service.store().users(after, take).await?)
}
