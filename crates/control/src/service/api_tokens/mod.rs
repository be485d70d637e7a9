//! API tokens.

mod recent;

pub(super) use recent::RecentTokens;

use super::{Actor, Service, TokenOfActor};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::api_token::{ApiToken, MOST_TOKENS, StoredToken, check_new};
use crate::domain::audit::Proof;
use crate::domain::rights::Rights;
use crate::domain::scope::Scope;
use crate::domain::user::Permission;
use crate::random;
use crate::store::TokenAdded;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::Instant;
use wire::command::Secret;

/// A token to make.
#[derive(Debug)]
pub(crate) struct NewToken {
    /// Its name.
    pub(crate) name: String,
    /// Its user; the actor if it is empty.
    pub(crate) owner: String,
    /// What it allows; empty for what the user's role does.
    pub(crate) rights: Vec<String>,
    /// For how many seconds it is valid.
    pub(crate) lifetime: u64,
    /// The hosts that it is narrowed to.
    pub(crate) scope: Scope,
}

/// A token, as it is shown once.
pub(crate) struct Issued {
    /// Its text.
    pub(crate) text: Secret,
    /// What the store has of it.
    pub(crate) stored: StoredToken,
}

/// Refuses who may not manage the tokens of a user: users may their own, admins all. A token
/// manages none.
fn may_manage(actor: &Actor, owner: &str) -> Result<(), Error> {
    actor.may(match owner == actor.who {
        true => Permission::OwnAccount,
        false => Permission::ManageUsers,
    })
}

/// Makes a token.
///
/// # Errors
/// [`Error::Invalid`] when name, rights or time are not possible, or beyond the user's role or scope;
/// [`Error::Conflict`] when the user has a token of that name, or too many;
/// [`Error::TooOften`].
pub(crate) async fn add(
    service: &Service,
    actor: &Actor,
    mut new: NewToken,
) -> Result<Issued, Error> {
    if new.owner.is_empty() {
        new.owner.clone_from(&actor.who);
    }
    may_manage(actor, &new.owner)?;
    check_new(&new.name, new.lifetime).map_err(Error::Invalid)?;
    service.slow_down(actor, &new.owner)?;
    let token = ApiToken::new(random::bytes());
    let stored = to_store(service, new, &token).await?;
    let issued = Issued {
        text: token.text(),
        stored: stored.clone(),
    };
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        let added = store.add_api_token(&stored, MOST_TOKENS, &author).await?;
        expect_added(&added, &stored)?;
        let (token, user) = (stored.name, stored.owner);
        tracing::info!(token, user, by = actor.who, "made an API token");
        Ok(())
    };
    service.to_its_end(actor, work).await?;
    Ok(issued)
}

async fn to_store(
    service: &Service,
    new: NewToken,
    token: &ApiToken,
) -> Result<StoredToken, Error> {
    let user = service.store().user(&new.owner).await?;
    let user = user.ok_or_else(|| no_user(&new.owner))?;
    let rights = match new.rights.is_empty() {
        true => Rights::of_role(user.role),
        false => Rights::parse(&new.rights).map_err(Error::Invalid)?,
    };
    if let Some(right) = rights.beyond(user.role) {
        return Err(Error::Invalid(format!(
            "{right} is more than the role {} of {} allows",
            user.role, user.name
        )));
    }
    check_scope(&new, &rights, &user.scope)?;
    let now = unix_now();
    Ok(StoredToken {
        id: token.id(),
        owner: user.name,
        role: user.role,
        name: new.name,
        rights,
        scope: new.scope,
        scope_of_user: user.scope,
        hash: token.hash().to_vec(),
        created: now,
        expires: now + new.lifetime,
        last_used: None,
    })
}

/// Refuses rights that were asked for and that the scope takes away.
fn check_scope(new: &NewToken, rights: &Rights, of_user: &Scope) -> Result<(), Error> {
    let is_narrowed = !new.scope.is_everything() || !of_user.is_everything();
    match rights.beyond_scopes() {
        Some(right) if is_narrowed && !new.rights.is_empty() => Err(Error::Invalid(format!(
            "{right} concerns all hosts, and this token would be narrowed to some: make a token of its own for it"
        ))),
        _ => Ok(()),
    }
}

fn expect_added(added: &TokenAdded, token: &StoredToken) -> Result<(), Error> {
    let StoredToken { owner, name, .. } = token;
    match added {
        TokenAdded::Yes => Ok(()),
        TokenAdded::NoUser => Err(no_user(owner)),
        TokenAdded::Taken => Err(Error::Conflict(format!(
            "{owner} has a token {name} already: remove it first (`pilotctl token rm {name}`)"
        ))),
        TokenAdded::TooMany => Err(Error::Conflict(format!(
            "{owner} has {MOST_TOKENS} tokens: remove one first (`pilotctl token ls`)"
        ))),
    }
}

fn no_user(name: &str) -> Error {
    Error::NotFound(format!("there is no user {name}"))
}

/// Passes the tokens of a user to `take`, or of all users if `owner` is empty and the actor may
/// see them, until it breaks; those that follow `after`, which are a user and a name.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    owner: &str,
    after: (&str, &str),
    take: impl FnMut(StoredToken) -> ControlFlow<()>,
) -> Result<(), Error> {
    let owner = match owner {
        "" if actor.may(Permission::ManageUsers).is_err() => actor.who.as_str(),
        owner => owner,
    };
    may_manage(actor, owner)?;
    Ok(service.store().api_tokens(owner, after, take).await?)
}

/// Removes a token, which is refused from now on.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::TooOften`].
pub(crate) async fn remove(
    service: &Service,
    actor: &Actor,
    owner: String,
    name: String,
) -> Result<(), Error> {
    may_manage(actor, &owner)?;
    service.slow_down(actor, &owner)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        if !store.remove_api_token(&owner, &name, &author).await? {
            return Err(Error::NotFound(format!("{owner} has no token {name}")));
        }
        let (token, user) = (name, owner);
        tracing::info!(token, user, by = actor.who, "removed an API token");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Verifies a token; `None` is one that cannot be read. If the client also names a user, the token
/// has to be that user's. A valid token is accepted however many others failed: it has 256 random
/// bits, and the check of a wrong one costs little.
///
/// # Errors
/// [`Error::Unauthenticated`] when the token is not valid, [`Error::Throttled`] if that has happened
/// too often at this address.
pub(crate) async fn sign_in_by_token(
    service: &Service,
    token: Option<&ApiToken>,
    name: Option<&str>,
    address: IpAddr,
) -> Result<Actor, Error> {
    let Some(token) = token else {
        return Err(refused(service, address));
    };
    let found = service.store().api_token(&token.id()).await?;
    let is_good = |stored: &StoredToken| {
        stored.accepts(token, unix_now()) && name.is_none_or(|name| name == stored.owner)
    };
    let stored = found.filter(is_good);
    let stored = stored.ok_or_else(|| refused(service, address))?;
    if service.api_tokens.note(&stored.id) {
        note_use(service, &stored);
    }
    Ok(Actor {
        who: stored.owner,
        role: stored.role,
        scope: stored.scope_of_user.and(&stored.scope),
        address,
        token: Some(TokenOfActor {
            name: stored.name,
            rights: stored.rights,
        }),
        proof: Proof::Token(stored.id),
    })
}

/// Counts a failure. A source that fails too often is no longer logged.
fn refused(service: &Service, address: IpAddr) -> Error {
    let begun = service.throttles.api_tokens.begin(address, Instant::now());
    match begun {
        Ok(()) => {
            tracing::warn!(source = %address, "an API token was not accepted");
            Error::Unauthenticated
        }
        Err(wait) => Error::Throttled(wait),
    }
}

/// Writes down that a token was used. No request waits for it, or fails because of it.
fn note_use(service: &Service, token: &StoredToken) {
    let (store, id) = (service.store().clone(), token.id.clone());
    tokio::spawn(async move {
        if let Err(error) = store.note_use_of_api_token(&id, unix_now()).await {
            tracing::debug!(%error, "the last use of an API token was not written down");
        }
    });
}
