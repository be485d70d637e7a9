//! Users sign in with name and password.

use super::{Actor, Service};
use crate::domain::Error;
use crate::domain::audit::Proof;
use crate::fleet::to_its_end;
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
        scope: user.scope.clone(),
        address,
        token: None,
        proof: Proof::password(&user.password),
    });
    let hash = user.map(|user| user.password);
    if let (Some(actor), Some(hash)) = (&actor, &hash)
        && service.passwords.remembers(hash, &password)
    {
        return Ok(actor.clone());
    }
    let joined = service.passwords.join(name, hash.as_deref(), &password);
    let is_right = match joined {
        Some(joined) => joined.await?,
        None => attempt(service, name, hash, password, address).await?,
    };
    actor.filter(|_| is_right).ok_or(Error::Unauthenticated)
}

/// Verifies a password, which counts as a failure until it is found right.
async fn attempt(
    service: &Service,
    name: &str,
    hash: Option<String>,
    password: Secret,
    address: IpAddr,
) -> Result<bool, Error> {
    let throttle = &service.throttles.passwords;
    let attempt = throttle.begin(address, name, Instant::now());
    let attempt = attempt.map_err(Error::Throttled)?;
    let passwords = Arc::clone(&service.passwords);
    let verification = passwords.verify(name, hash, password);
    let user = printable::cut(name, LONGEST_IN_LOG);
    // Also if the client hangs up: a right password is no failure, and a wrong one is logged.
    to_its_end(async move {
        let verified = verification.await;
        if let Ok(false) = verified {
            tracing::warn!(user, source = %address, "wrong user name or password");
        } else {
            attempt.give_back();
        }
        verified
    })
    .await
}
