//! Users.

use super::{Actor, Service};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::domain::scope::Scope;
use crate::domain::user::{ListedUser, Permission, Role, User, check_password, check_user_name};
use crate::store::UserChange;
use std::ops::ControlFlow;
use wire::command::Secret;

/// Passes names and roles of the users whose names follow `after` to `take`, by name, until it
/// breaks.
///
/// # Errors
/// Those of the role and the database.
pub(crate) async fn list(
    service: &Service,
    actor: &Actor,
    after: &str,
    take: impl FnMut(ListedUser) -> ControlFlow<()>,
) -> Result<(), Error> {
    actor.may(Permission::ManageUsers)?;
    Ok(service.store().users(after, take).await?)
}

/// Adds a user.
///
/// # Errors
/// [`Error::Invalid`] when name or password are not possible, [`Error::Conflict`] when the name is
/// taken.
pub(crate) async fn add(
    service: &Service,
    actor: &Actor,
    name: String,
    role: Role,
    scope: Scope,
    password: Secret,
) -> Result<(), Error> {
    actor.may(Permission::ManageUsers)?;
    check_user_name(&name).map_err(Error::Invalid)?;
    let password = hashed(service, password).await?;
    let user = User {
        name,
        role,
        password,
        scope,
    };
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        if !store.add_user(&user, unix_now(), &author).await? {
            return Err(Error::Conflict(format!(
                "there is a user {} already",
                user.name
            )));
        }
        tracing::info!(user = user.name, %role, by = actor.who, "added a user");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Removes a user, whose requests are refused from now on.
///
/// # Errors
/// [`Error::NotFound`] if there is none, [`Error::Conflict`] if it is the last admin.
pub(crate) async fn remove(service: &Service, actor: &Actor, name: String) -> Result<(), Error> {
    actor.may(Permission::ManageUsers)?;
    let work = move |service: Service, actor: Actor| async move {
        let removed = service.store().remove_user(&name, &actor.author()).await?;
        expect_done(&removed, &name)?;
        tracing::info!(user = name, by = actor.who, "removed a user");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Gives a user another role, from the next request on.
///
/// # Errors
/// As [`remove`].
pub(crate) async fn set_role(
    service: &Service,
    actor: &Actor,
    name: String,
    role: Role,
) -> Result<(), Error> {
    actor.may(Permission::ManageUsers)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        let changed = store.set_role(&name, role, &author).await?;
        expect_done(&changed, &name)?;
        tracing::info!(user = name, %role, by = actor.who, "gave a user another role");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Narrows a user to other hosts, from the next request on.
///
/// # Errors
/// As [`remove`].
pub(crate) async fn set_scope(
    service: &Service,
    actor: &Actor,
    name: String,
    scope: Scope,
) -> Result<(), Error> {
    actor.may(Permission::ManageUsers)?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        let changed = store.set_scope(&name, &scope, &author).await?;
        expect_done(&changed, &name)?;
        tracing::info!(user = name, %scope, by = actor.who, "narrowed a user to other hosts");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

/// Gives a user another password: users their own, admins any. The old one is refused from now on.
///
/// # Errors
/// [`Error::NotFound`] if there is no such user, [`Error::Invalid`] when the password is not
/// possible, [`Error::TooOften`].
pub(crate) async fn set_password(
    service: &Service,
    actor: &Actor,
    name: String,
    password: Secret,
) -> Result<(), Error> {
    actor.may(match name == actor.who {
        true => Permission::OwnAccount,
        false => Permission::ManageUsers,
    })?;
    service.slow_down(actor, &name)?;
    let password = hashed(service, password).await?;
    let work = move |service: Service, actor: Actor| async move {
        let (store, author) = (service.store(), actor.author());
        let changed = store.set_password(&name, &password, &author).await?;
        expect_done(&changed, &name)?;
        tracing::info!(user = name, by = actor.who, "gave a user another password");
        Ok(())
    };
    service.to_its_end(actor, work).await
}

async fn hashed(service: &Service, password: Secret) -> Result<String, Error> {
    check_password(&password).map_err(Error::Invalid)?;
    service.passwords.hash_in_turn(password).await
}

fn expect_done(change: &UserChange, name: &str) -> Result<(), Error> {
    match change {
        UserChange::Done => Ok(()),
        UserChange::NoUser => Err(Error::NotFound(format!("there is no user {name}"))),
        UserChange::LastAdmin => Err(Error::Conflict(format!(
            "{name} is the only admin for all hosts: give another user the role admin first"
        ))),
    }
}
