//! Who runs a command on control's own machine, for the audit log.

use crate::domain::audit::{Author, Origin};

/// The Unix user of this process. A user who may write to the database could name another one, and
/// is therefore not asked.
pub(super) fn this_machine() -> Author {
    let id = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Author {
        who: format!("unix:{}", name(&users, id).unwrap_or(&id.to_string())),
        token: None,
        proof: None,
        origin: Origin::ThisMachine,
    }
}

/// The name of a Unix user in a file as passwd(5) describes it.
fn name(users: &str, id: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, user) = (fields.next()?, fields.next()?, fields.next()?);
        (user.parse() == Ok(id)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unix_user_has_a_name_or_only_a_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(name(users, 1_000), Some("ada"));
        assert_eq!(name(users, 7), None);
        assert!(this_machine().who.starts_with("unix:"));
    }
}
