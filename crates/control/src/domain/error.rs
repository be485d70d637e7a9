//! Why a request was not carried out.

use super::scope::Scope;
use super::unavailable::Unavailable;
use super::user::Role;
use std::time::Duration;
use std::{fmt, io};
use wire::printable;

/// How many characters of a scope an error names.
const LONGEST_SCOPE: usize = 200;

/// The reasons that a client can act on, with texts for the client; and the two that only
/// the administrator can act on, with texts for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The user's name or password is missing or wrong.
    #[error("the user's name or password is wrong")]
    Unauthenticated,
    /// The user's role does not allow this.
    #[error("{0}")]
    Forbidden(String),
    /// Too many failures from this address; the time to wait.
    #[error("too many failures from this address")]
    Throttled(Duration),
    /// The user changed the own account too often; the time to wait.
    #[error("too many changes of this account")]
    TooOften(Duration),
    /// The request is well-formed but cannot be carried out.
    #[error("{0}")]
    Invalid(String),
    /// What was sent is too large.
    #[error("{0}")]
    TooLarge(String),
    /// The object does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The object existed, and is damaged or gone.
    #[error("{0}")]
    Lost(String),
    /// The request contradicts the present state.
    #[error("{0}")]
    Conflict(String),
    /// It has changed since the client read it.
    #[error("{0}")]
    Changed(String),
    /// Too many such requests at the moment.
    #[error("{0}")]
    Busy(String),
    /// Control cannot work at the moment; the text is for the log only.
    #[error("{1}")]
    Unavailable(Unavailable, String),
    /// An internal failure; the text is for the log only.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A user's role does not allow this.
    pub(crate) fn of_role(user: &str, role: Role) -> Self {
        Self::Forbidden(format!(
            "user {user} has the role {role}, which does not allow this"
        ))
    }

    /// A user's scope does not allow this.
    pub(crate) fn of_scope(user: &str, scope: &Scope) -> Self {
        let scope = printable::cut(&scope.to_string(), LONGEST_SCOPE);
        Self::Forbidden(format!(
            "user {user} is narrowed to {scope}, and this concerns all hosts"
        ))
    }

    /// An internal failure, with the operation and the cause.
    pub(crate) fn internal(doing: &str, cause: impl fmt::Display) -> Self {
        Self::Internal(format!("{doing}: {cause}"))
    }

    /// A failed operation on one of control's files or folders.
    pub(crate) fn io(doing: &str, cause: &io::Error) -> Self {
        let text = format!("{doing}: {cause}");
        match Unavailable::of_io(cause) {
            Some(why) => Self::Unavailable(why, text),
            None => Self::Internal(text),
        }
    }
}

impl From<Unavailable> for Error {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why, why.message().into())
    }
}
