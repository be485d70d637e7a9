//! Users.

/// Which names users may have: they appear in logs, and in basic authentication, where a colon
/// would end them.
pub const USER_NAME: &str = "^[A-Za-z0-9._@-]{1,64}$";
