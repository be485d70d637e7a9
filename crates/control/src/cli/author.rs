//! Who runs a command on control's own machine, for the audit log.

use super::unix_users;
use crate::domain::audit::{Author, Origin};
use crate::domain::scope::Scope;

/// The Unix user of this process. A user who may write to the database could name another one, and
/// is therefore not asked.
pub(super) fn this_machine() -> Author {
    let id = rustix::process::getuid().as_raw();
    Author {
        who: format!(
            "unix:{}",
            unix_users::name(id).unwrap_or_else(|| id.to_string())
        ),
        token: None,
        proof: None,
        scope: Scope::everything(),
        origin: Origin::ThisMachine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_author_is_a_unix_user() {
        assert!(this_machine().who.starts_with("unix:"));
    }
}
