//! Names of hosts.

use super::hosts::{self, Shown};
use super::{Actor, Service};
use crate::domain::Error;
use crate::domain::naming::{Purpose, check_name, choose, id_prefix};
use crate::domain::user::Permission;
use crate::store::Renamed;
use wire::HostId;

/// The host that a text names: its id, a beginning of it, its name, or the hostname of one host.
///
/// # Errors
/// [`Error::NotFound`] if it names none, [`Error::Conflict`] if it may be several, or the host does
/// not suit the purpose.
pub(crate) async fn find(
    service: &Service,
    actor: &Actor,
    text: &str,
    purpose: Purpose,
) -> Result<Shown, Error> {
    actor.may(Permission::Read)?;
    let id = match text.parse() {
        Ok(id) => id,
        Err(_) => chosen(service, actor, text, purpose).await?,
    };
    hosts::show(service, actor, id).await
}

async fn chosen(
    service: &Service,
    actor: &Actor,
    text: &str,
    purpose: Purpose,
) -> Result<HostId, Error> {
    let prefix = id_prefix(text);
    let candidates = service
        .store()
        .candidates(text, prefix.as_deref(), &actor.scope)
        .await?;
    choose(text, &candidates, purpose)
}

/// Gives a host a name that no other has; without one, takes its name away.
///
/// # Errors
/// [`Error::NotFound`] if there is no such host, [`Error::Invalid`] if it cannot be a name,
/// [`Error::Conflict`] if another host has it.
pub(crate) async fn rename(
    service: &Service,
    actor: &Actor,
    host: HostId,
    name: Option<String>,
) -> Result<(), Error> {
    actor.may(Permission::Define)?;
    name.as_deref()
        .map_or(Ok(()), check_name)
        .map_err(Error::Invalid)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        match store.rename(host, name.as_deref(), &author).await? {
            Renamed::Done => {
                tracing::info!(%host, name, by = actor.who, "gave the host another name");
                Ok(())
            }
            Renamed::UnknownHost => Err(hosts::unknown(host)),
            Renamed::Taken => Err(Error::Conflict(format!(
                "another host is called {}: choose another name",
                name.unwrap_or_default()
            ))),
        }
    };
    service.to_its_end(actor, work).await
}
