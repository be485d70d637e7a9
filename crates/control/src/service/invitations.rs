//! Invitations.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::enrolment::{Invitation, KEEP_EXPIRED, check_invitation, secret_hash};
use crate::domain::keyed_request::{KeyedRequest, key_reused};
use crate::domain::label::check_given;
use crate::domain::user::Permission;
use crate::random;
use crate::store::Invited;
use api::invitations::InvitationRequest;
use wire::code::EnrolCode;
use wire::command::Secret;
use wire::encoding::base64url;

/// An invitation, as it is shown once.
pub(crate) struct Issued {
    /// Its code.
    pub(crate) code: EnrolCode,
    /// How many hosts may use it.
    pub(crate) uses: i64,
    /// When it expires, in unix seconds.
    pub(crate) expires: u64,
    /// The address by which hosts reach the service, if it is configured.
    pub(crate) url: Option<String>,
}

/// Creates an invitation. It replaces the one that an equal request with the same `key` created
/// before: the answer to that was lost, and with it the code.
///
/// # Errors
/// [`Error::Invalid`] when the number of uses or the time is out of bounds, or the key was used
/// for another request; [`Error::Forbidden`] when its hosts would be outside of the actor's scope.
pub(crate) async fn create(
    service: &Service,
    actor: &Actor,
    request: InvitationRequest,
    key: Option<&str>,
) -> Result<Issued, Error> {
    actor.may(Permission::Operate)?;
    check_invitation(request.uses, request.expires)?;
    check_given(&request.place.label).map_err(Error::Invalid)?;
    actor.scope.check_invited(&request.place)?;
    let keyed = key
        .map(|key| KeyedRequest::new(key, &request, &actor.scope))
        .transpose()?;
    let secret = base64url(&random::bytes::<16>());
    let now = unix_now();
    let (uses, expires) = (request.uses, now + request.expires);
    let invitation = Invitation {
        uses_left: uses,
        expires,
        place: request.place,
        scope: actor.scope.clone(),
    };
    let hash = secret_hash(&secret);
    let work = move |service: Service, actor: Actor| async move {
        let forget_before = now.saturating_sub(KEEP_EXPIRED);
        let (store, author) = (service.store(), actor.author());
        let invited = store.invite(hash, &invitation, keyed.as_ref(), &author, forget_before);
        if invited.await? == Invited::KeyUsed {
            return Err(key_reused());
        }
        tracing::info!(uses, by = actor.who, "created an invitation");
        Ok(())
    };
    service.to_its_end(actor, work).await?;
    Ok(Issued {
        code: EnrolCode {
            secret: Secret::new(secret),
            root: service.root().map(|root| root.fingerprint.clone()),
            ca: *service.ca_pin.borrow(),
        },
        uses,
        expires,
        url: service.url.borrow().clone(),
    })
}
