//! Who asks for something.

use crate::domain::Error;
use crate::domain::audit::{Author, Origin};
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
}

impl Actor {
    /// The actor, as the audit log names it.
    pub(crate) fn author(&self) -> Author {
        Author {
            who: self.who.clone(),
            token: None,
            origin: Origin::Address(self.address),
        }
    }

    /// Refuses what the user's role does not allow.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn may(&self, permission: Permission) -> Result<(), Error> {
        if self.role.allows(permission) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "user {} has the role {}, which does not allow this",
            self.who, self.role
        )))
    }
}
