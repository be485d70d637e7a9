//! Whether a user may still make a change when it is written. A request is accepted by its head;
//! until its body has arrived, its user may be removed, get another role or another password.

use super::{Author, Change};
use crate::domain::Error;
use crate::domain::scope::Scope;
use crate::domain::user::{Permission, Role};
use wire::labelled::sha256;

/// What a user signed in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The password, as the SHA-256 of its stored hash: a changed one has another.
    Password([u8; 32]),
    /// The API token with this id.
    Token(String),
}

impl Proof {
    /// The proof by the password with this stored hash.
    pub(crate) fn password(hash: &str) -> Self {
        Self::Password(sha256(hash.as_bytes()))
    }
}

/// What the store has of a user at the moment of a change.
pub(crate) struct Standing {
    /// The role.
    pub(crate) role: Role,
    /// The proof by the present password.
    pub(crate) password: Proof,
    /// Until when the token is valid that the user signed in with, in unix seconds; `None` if it
    /// is gone, or was none.
    pub(crate) token_expires: Option<u64>,
    /// The hosts that user and token are narrowed to.
    pub(crate) scope: Scope,
}

impl Standing {
    fn has(&self, proof: &Proof, now: u64) -> bool {
        match proof {
            Proof::Password(_) => *proof == self.password,
            Proof::Token(_) => self.token_expires.is_some_and(|end| now < end),
        }
    }
}

impl Change {
    /// Who makes it and with which proof; `None` if it needs none: that is a command on control's
    /// own machine, or what control notes by itself.
    pub(crate) fn to_be_checked(&self) -> Option<(&Author, &Proof)> {
        self.needs()?;
        Some((&self.author, self.author.proof.as_ref()?))
    }

    /// Refuses the change if its author may not make it any more; `standing` is `None` if the user
    /// is gone.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::Forbidden`].
    pub(crate) fn check(&self, standing: Option<&Standing>, now: u64) -> Result<(), Error> {
        let (Some(needed), Some((author, proof))) = (self.needs(), self.to_be_checked()) else {
            return Ok(());
        };
        let standing = standing.filter(|standing| standing.has(proof, now));
        let Standing { role, scope, .. } = standing.ok_or(Error::Unauthenticated)?;
        if !role.allows(needed) {
            return Err(Error::of_role(&author.who, *role));
        }
        if needed.is_for_all_hosts() && !scope.is_everything() {
            return Err(Error::of_scope(&author.who, scope));
        }
        match *scope == author.scope {
            true => Ok(()),
            false => Err(Error::Forbidden(format!(
                "user {} was given another scope meanwhile: repeat the request",
                author.who
            ))),
        }
    }

    fn needs(&self) -> Option<Permission> {
        let owner = self.target.split('/').next();
        self.action.needs(owner == Some(&self.author.who))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ada;
    use super::*;
    use crate::domain::audit::Action;
    use crate::domain::scope::tests::labelled;

    fn by(proof: Proof, action: Action, target: &str) -> Change {
        let author = Author {
            proof: Some(proof),
            ..ada()
        };
        author.did(action, target)
    }

    fn standing(role: Role, token_expires: Option<u64>) -> Standing {
        Standing {
            role,
            password: Proof::password("hash"),
            token_expires,
            scope: Scope::everything(),
        }
    }

    #[test]
    fn abuse_a_user_acts_after_a_removal_or_another_password() {
        let change = by(Proof::password("hash"), Action::UserAdd, "eve");
        let admin = standing(Role::Admin, None);
        assert!(change.check(Some(&admin), 0).is_ok());
        let gone = change.check(None, 0);
        assert!(matches!(gone, Err(Error::Unauthenticated)));
        let changed = by(Proof::password("old"), Action::UserAdd, "eve");
        let refused = changed.check(Some(&admin), 0);
        assert!(matches!(refused, Err(Error::Unauthenticated)));
    }

    #[test]
    fn abuse_a_token_acts_after_its_removal_or_its_end() {
        let change = by(Proof::Token("t".into()), Action::HostDisable, "h");
        let check = |expires| change.check(Some(&standing(Role::Operator, expires)), 10);
        assert!(check(Some(11)).is_ok());
        assert!(matches!(check(Some(10)), Err(Error::Unauthenticated)));
        assert!(matches!(check(None), Err(Error::Unauthenticated)));
    }

    #[test]
    fn another_role_allows_only_what_it_does() {
        for (action, target, allowed) in [
            (Action::UserRole, "ada", false),
            (Action::CommandPut, "k", false),
            (Action::PackagePush, "ops/hello:1", false),
            (Action::UserPassword, "ada", true),
            (Action::UserPassword, "bob", false),
            (Action::TokenAdd, "ada/ci", true),
            (Action::TokenRemove, "bob/ci", false),
            (Action::RequestRefuse, "3", true),
        ] {
            let change = by(Proof::password("hash"), action, target);
            let checked = change.check(Some(&standing(Role::Reader, None)), 0);
            assert_eq!(checked.is_ok(), allowed, "{action:?} {target}");
        }
    }

    #[test]
    fn abuse_a_user_acts_after_being_narrowed() {
        let standing = Standing {
            scope: labelled("shop"),
            ..standing(Role::Admin, None)
        };
        for action in [Action::HostDisable, Action::CommandPut, Action::BatchCreate] {
            let change = by(Proof::password("hash"), action, "x");
            let refused = change.check(Some(&standing), 0);
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{action:?}");
        }
        let author = Author {
            scope: labelled("shop"),
            proof: Some(Proof::password("hash")),
            ..ada()
        };
        let check = |action| author.did(action, "x").check(Some(&standing), 0);
        assert!(check(Action::HostDisable).is_ok());
        assert!(check(Action::CommandPut).is_err());
    }

    #[test]
    fn what_control_notes_and_its_own_machine_need_no_proof() {
        let refused = by(Proof::password("old"), Action::RequestRefuse, "3");
        assert!(refused.to_be_checked().is_none() && refused.check(None, 0).is_ok());
        let machine = ada().did(Action::UserAdd, "eve");
        assert!(machine.to_be_checked().is_none() && machine.check(None, 0).is_ok());
    }
}
