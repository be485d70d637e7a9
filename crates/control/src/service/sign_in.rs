//! Users sign in with name and password.

use super::{Actor, Service};
use crate::domain::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use wire::command::Secret;
use wire::printable;

/// How many characters of a name that somebody claims a line of the log may have.
const LONGEST_IN_LOG: usize = 100;

/// Verifies a user's password.
///
/// # Errors
/// [`Error::Unauthenticated`] when the name or the password is wrong, [`Error::Throttled`] after
/// too many failures from this address.
pub(crate) async fn sign_in(
    service: &Service,
    name: &str,
    password: Secret,
    address: IpAddr,
) -> Result<Actor, Error> {
    let user = service.store().user(name).await?;
    let actor = user.as_ref().map(|user| Actor {
        who: user.name.clone(),
        role: user.role,
        address,
    });
    let hash = user.map(|user| user.password);
    if let (Some(actor), Some(hash)) = (&actor, &hash)
        && service.passwords.remembers(hash, &password)
    {
        return Ok(actor.clone());
    }
    let throttle = &service.throttles.passwords;
    let attempt = throttle.begin(address, name, Instant::now());
    let attempt = attempt.map_err(Error::Throttled)?;
    let verified = Arc::clone(&service.passwords).verify(hash, password).await;
    match (verified, actor) {
        (Ok(true), Some(actor)) => {
            attempt.give_back();
            Ok(actor)
        }
        (Ok(_), _) => {
            let user = printable::cut(name, LONGEST_IN_LOG);
            tracing::warn!(user, source = %address, "wrong user name or password");
            Err(Error::Unauthenticated)
        }
        (Err(error), _) => {
            attempt.give_back();
            Err(error)
        }
    }
}
