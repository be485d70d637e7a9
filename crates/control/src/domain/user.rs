//! Users, and what their roles allow.

use super::scope::Scope;
use std::fmt;
use std::str::FromStr;
use wire::command::Secret;

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
    /// Change the own password and tokens.
    OwnAccount,
    /// Change hosts and jobs.
    Operate,
    /// Change commands, key lists and names of hosts.
    Define,
    /// Run commands, perhaps only some.
    Run,
    /// See hosts, commands and jobs.
    Read,
    /// Push packages.
    Push,
    /// Pull packages.
    Pull,
}

impl Permission {
    /// All of them, for tests of what allows which.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 9] = [
        Self::ManageUsers,
        Self::Define,
        Self::OwnAccount,
        Self::ReadAudit,
        Self::Operate,
        Self::Run,
        Self::Read,
        Self::Push,
        Self::Pull,
    ];
}

impl Permission {
    /// Whether it concerns what all hosts share. Nobody who has a scope has it: it would reach
    /// beyond.
    pub(crate) fn is_for_all_hosts(self) -> bool {
        match self {
            Self::ManageUsers | Self::ReadAudit | Self::Define | Self::Push => true,
            Self::OwnAccount | Self::Operate | Self::Run | Self::Read | Self::Pull => false,
        }
    }
}

impl Role {
    /// Whether the role has the permission.
    pub(crate) fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::ManageUsers | Permission::ReadAudit => self == Self::Admin,
            Permission::Operate | Permission::Define | Permission::Run => {
                matches!(self, Self::Admin | Self::Operator)
            }
            Permission::Read => self != Self::Publisher,
            Permission::Push => self != Self::Reader,
            Permission::Pull | Permission::OwnAccount => true,
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
    /// The hosts that the user may see and change.
    pub(crate) scope: Scope,
}

/// A user in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedUser {
    /// The name to sign in with.
    pub(crate) name: String,
    /// What the user may do.
    pub(crate) role: Role,
    /// The hosts that the user may see and change.
    pub(crate) scope: Scope,
}

/// The shortest password that a user may have, in characters.
const SHORTEST: usize = 8;

/// The longest, in bytes.
const LONGEST: usize = 1_024;

/// Checks a new password.
///
/// # Errors
/// A sentence that says which passwords are allowed, without quoting this one.
pub(crate) fn check_password(password: &Secret) -> Result<(), String> {
    let text = password.expose();
    if text.chars().count() < SHORTEST || text.len() > LONGEST || text.contains(['\n', '\r', '\0'])
    {
        return Err(format!(
            "this password is not possible: use one line of at least {SHORTEST} characters and at most {LONGEST} bytes"
        ));
    }
    Ok(())
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
    use Permission::{Define, Operate, OwnAccount, Pull, Push, Read, Run};

    #[test]
    fn each_role_has_its_permissions() {
        for (role, allowed) in [
            (Role::Admin, Permission::ALL.to_vec()),
            (
                Role::Operator,
                vec![Operate, Define, Run, Read, Push, Pull, OwnAccount],
            ),
            (Role::Publisher, vec![Push, Pull, OwnAccount]),
            (Role::Reader, vec![Read, Pull, OwnAccount]),
        ] {
            for permission in Permission::ALL {
                assert_eq!(
                    role.allows(permission),
                    allowed.contains(&permission),
                    "{role} {permission:?}"
                );
            }
        }
    }

    #[test]
    fn a_password_is_one_line_of_some_length() {
        let check = |text: &str| check_password(&Secret::new(text));
        assert!(check("correct horse").is_ok() && check("äöüäöüäö").is_ok());
        for text in ["", "1234567", "12345678\n", &"x".repeat(1_025)] {
            let refusal = check(text).unwrap_err();
            assert!(text.is_empty() || !refusal.contains(text));
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
