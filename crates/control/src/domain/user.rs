//! Users, and what their roles allow.

use std::fmt;
use std::str::FromStr;

/// The role of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Everything.
    Admin,
    /// Everything but users.
    Operator,
    /// Push packages and pull them.
    Publisher,
    /// Look at everything but users, and pull packages.
    Reader,
}

/// What a request requires of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// See and change users.
    ManageUsers,
    /// Read the audit log.
    ReadAudit,
    /// Change hosts, commands and jobs.
    Operate,
    /// See hosts, commands and jobs.
    Read,
    /// Push packages.
    Push,
    /// Pull packages.
    Pull,
}

impl Role {
    /// Whether the role has the permission.
    pub(crate) fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::ManageUsers | Permission::ReadAudit => self == Self::Admin,
            Permission::Operate => matches!(self, Self::Admin | Self::Operator),
            Permission::Read => self != Self::Publisher,
            Permission::Push => self != Self::Reader,
            Permission::Pull => true,
        }
    }

    /// The name in the store and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Publisher => "publisher",
            Self::Reader => "reader",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Admin, Self::Operator, Self::Publisher, Self::Reader]
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or_else(|| format!("{name:?} is not a role"))
    }
}

/// A user as the store holds it.
#[derive(Clone)]
pub(crate) struct User {
    /// The name to sign in with.
    pub(crate) name: String,
    /// What the user may do.
    pub(crate) role: Role,
    /// Hash of the password, as a PHC string.
    pub(crate) password: String,
}

/// Checks a user's name. It appears in logs and in basic authentication, where a colon
/// would end it.
///
/// # Errors
/// A sentence that says which names are allowed.
pub(crate) fn check_user_name(name: &str) -> Result<(), String> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@');
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) {
        Ok(())
    } else {
        Err(format!(
            "{name:?} cannot be a user's name: use up to 64 letters, digits, '.', '_', '-' or '@'"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission::{ManageUsers, Operate, Pull, Push, Read, ReadAudit};

    #[test]
    fn each_role_has_its_permissions() {
        for (role, allowed) in [
            (
                Role::Admin,
                vec![ManageUsers, ReadAudit, Operate, Read, Push, Pull],
            ),
            (Role::Operator, vec![Operate, Read, Push, Pull]),
            (Role::Publisher, vec![Push, Pull]),
            (Role::Reader, vec![Read, Pull]),
        ] {
            for permission in [ManageUsers, ReadAudit, Operate, Read, Push, Pull] {
                assert_eq!(
                    role.allows(permission),
                    allowed.contains(&permission),
                    "{role} {permission:?}"
                );
            }
        }
    }

    #[test]
    fn names_have_no_colon() {
        assert!(check_user_name("ada@example.com").is_ok());
        for name in ["", "a:b", "a b", "é", "a\n"] {
            assert!(check_user_name(name).is_err(), "{name:?}");
        }
    }
}
