//! Who asks for something.

use crate::domain::Error;
use crate::domain::audit::{Author, Origin, Proof};
use crate::domain::rights::Rights;
use crate::domain::scope::Scope;
use crate::domain::user::{Permission, Role};
use std::net::IpAddr;
use wire::printable;

/// How many characters of a token's rights a refusal names.
const LONGEST_RIGHTS: usize = 200;

/// An authenticated user, and where the request came from.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// The user's name.
    pub(crate) who: String,
    /// What the user may do.
    pub(crate) role: Role,
    /// The hosts that user and token are narrowed to.
    pub(crate) scope: Scope,
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
            scope: self.scope.clone(),
            origin: Origin::Address(self.address),
        }
    }

    /// Refuses what the user's role, the scope or the token does not allow. Which hosts are in the
    /// scope, the store decides.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn may(&self, permission: Permission) -> Result<(), Error> {
        if !self.role.allows(permission) {
            return Err(Error::of_role(&self.who, self.role));
        }
        if permission.is_for_all_hosts() && !self.scope.is_everything() {
            return Err(Error::of_scope(&self.who, &self.scope));
        }
        match &self.token {
            Some(token) if !token.rights.allow(permission) => Err(self.beyond(token, permission)),
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
            Some(token) if !token.rights.allow_running(command) => {
                Err(self.beyond(token, Permission::Run))
            }
            _ => Ok(()),
        }
    }

    fn beyond(&self, token: &TokenOfActor, needed: Permission) -> Error {
        let why = match needed {
            Permission::ManageUsers | Permission::OwnAccount => {
                "users and tokens need a password".to_owned()
            }
            _ => {
                let rights = token.rights.texts().join(", ");
                format!("it allows {}", printable::cut(&rights, LONGEST_RIGHTS))
            }
        };
        Error::Forbidden(format!(
            "the token {} of user {} does not allow this: {why}",
            token.name, self.who
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn with_rights(texts: &[String]) -> Actor {
        Actor {
            who: "ada".into(),
            role: Role::Admin,
            scope: Scope::everything(),
            address: Ipv4Addr::LOCALHOST.into(),
            token: Some(TokenOfActor {
                name: "ci".into(),
                rights: Rights::parse(texts).unwrap(),
            }),
            proof: Proof::Token("t".into()),
        }
    }

    #[test]
    fn a_refusal_says_why_and_is_short() {
        let text = |actor: &Actor, needed| actor.may(needed).unwrap_err().to_string();
        let few = with_rights(&["read".to_owned(), "pull".to_owned()]);
        let refused = text(&few, Permission::Push);
        assert!(refused.ends_with("it allows read, pull"), "{refused}");
        let refused = text(&few, Permission::OwnAccount);
        assert!(refused.ends_with("need a password"), "{refused}");
        let long = |number: u8| format!("run:{}{number}", "x".repeat(200));
        let many = with_rights(&(0..32).map(long).collect::<Vec<_>>());
        let refused = many.may_run("other").unwrap_err().to_string();
        assert!(refused.len() < 300 && refused.ends_with('…'), "{refused}");
    }
}
