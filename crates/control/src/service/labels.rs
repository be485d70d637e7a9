//! Labels of hosts.

use super::{Actor, Service, hosts};
use crate::domain::Error;
use crate::domain::label::Relabelling;
use crate::domain::user::Permission;
use crate::store::Relabelled;
use wire::HostId;

/// Changes the labels of hosts, of all or of none; returns how many have others now.
///
/// # Errors
/// [`Error::NotFound`] if there is no such host, [`Error::Invalid`] if it would have too many.
pub(crate) async fn change(
    service: &Service,
    actor: &Actor,
    hosts: Vec<HostId>,
    change: Relabelling,
) -> Result<u64, Error> {
    actor.may(Permission::Operate)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        let relabelled = store.relabel(&hosts, |labels| change.apply(labels), &author);
        match relabelled.await? {
            Relabelled::Changed(changed) => {
                tracing::info!(
                    hosts = changed,
                    by = actor.who,
                    "changed the labels of hosts"
                );
                Ok(changed)
            }
            Relabelled::UnknownHost(host) => Err(hosts::unknown(host)),
            Relabelled::Refused(host, why) => Err(Error::Invalid(format!("host {host}: {why}"))),
        }
    };
    service.to_its_end(actor, work).await
}
