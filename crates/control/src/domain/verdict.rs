//! What comes of verifying a token.

use super::Error;
use super::session::Session;
use std::sync::Arc;
use wire::HostKey;
use wire::answer::Rejection;

/// The result of verifying a token.
pub(crate) enum Verdict {
    /// It is valid, and its number is used up.
    Accepted(Arc<Session>),
    /// The host's key made it, but it is not acceptable now.
    Rejected(HostKey, Rejection),
    /// It is valid, but the store failed to use up its number.
    Failed(HostKey, Error),
    /// Anything else: the sender must not learn the reason.
    Unknown,
}
