//! Who asks for something.

use crate::domain::Error;
use crate::domain::audit::{Author, Origin, Proof};
use crate::domain::rights::Rights;
use crate::domain::user::{Permission, Role};
use std::net::IpAddr;

/// An authenticated user, and where the request came from.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// The user's name.
    pub(crate) who: String,
    /// What the user may do.
    pub(crate) role: Role,
    /// The address that the request came from.
    pub(crate) address: IpAddr,
    /// The API token that the user signed in with, if it was not the password.
    pub(crate) token: Option<TokenOfActor>,
    /// What the user signed in with: it has to hold when a change is written.
    pub(crate) proof: Proof,
}

/// The API token of an actor.
#[derive(Clone, Debug)]
pub(crate) struct TokenOfActor {
    /// Its name.
    pub(crate) name: String,
    /// What it allows, of what the role does.
    pub(crate) rights: Rights,
}

impl Actor {
    /// The actor, as the audit log names it.
    pub(crate) fn author(&self) -> Author {
        Author {
            who: self.who.clone(),
            token: self.token.as_ref().map(|token| token.name.clone()),
            proof: Some(self.proof.clone()),
            origin: Origin::Address(self.address),
        }
    }

    /// Refuses what the user's role, or the token, does not allow.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn may(&self, permission: Permission) -> Result<(), Error> {
        if !self.role.allows(permission) {
            return Err(Error::of_role(&self.who, self.role));
        }
        match &self.token {
            Some(token) if !token.rights.allow(permission) => Err(self.beyond(token)),
            _ => Ok(()),
        }
    }

    /// Refuses to run a command that the user's role, or the token, does not allow.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn may_run(&self, command: &str) -> Result<(), Error> {
        self.may(Permission::Run)?;
        match &self.token {
            Some(token) if !token.rights.allow_running(command) => Err(self.beyond(token)),
            _ => Ok(()),
        }
    }

    fn beyond(&self, token: &TokenOfActor) -> Error {
        Error::Forbidden(format!(
            "the token {} of user {} does not allow this: it allows {}; users and tokens need a password",
            token.name,
            self.who,
            token.rights.texts().join(", ")
        ))
    }
}
