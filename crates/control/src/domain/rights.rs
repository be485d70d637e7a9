//! What an API token allows, of what its user's role does.

use super::user::{Permission, Role};
use std::collections::BTreeSet;
use std::fmt;

/// The most rights of a token.
const MOST: usize = 32;

/// The longest name of a command in a right.
const LONGEST: usize = 255;

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Read,
    Operate,
    Push,
    Pull,
    Audit,
    /// Run this command.
    Run(String),
}

impl Right {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "read" => Self::Read,
            "operate" => Self::Operate,
            "push" => Self::Push,
            "pull" => Self::Pull,
            "audit" => Self::Audit,
            _ => match text.strip_prefix("run:") {
                Some(key) if (1..=LONGEST).contains(&key.len()) => Self::Run(key.to_owned()),
                _ => return None,
            },
        })
    }

    /// What it needs of the user's role.
    fn permission(&self) -> Permission {
        match self {
            Self::Read => Permission::Read,
            Self::Operate => Permission::Operate,
            Self::Push => Permission::Push,
            Self::Pull => Permission::Pull,
            Self::Audit => Permission::ReadAudit,
            Self::Run(_) => Permission::Run,
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Audit => "audit",
            Self::Run(key) => return write!(f, "run:{key}"),
        })
    }
}

/// The rights of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rights(BTreeSet<Right>);

impl Rights {
    /// Reads rights.
    ///
    /// # Errors
    /// A sentence that says which rights there are.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        if texts.is_empty() || texts.len() > MOST {
            return Err(format!("a token has 1 to {MOST} rights"));
        }
        let read = |text: &String| {
            Right::parse(text).ok_or_else(|| {
                let text: String = text.chars().take(64).collect();
                format!("{text:?} is no right: there are read, operate, push, pull, audit and run:COMMAND")
            })
        };
        texts.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// What a role allows, but for the audit log, which has to be asked for. Managing users and
    /// tokens needs a password.
    pub(crate) fn of_role(role: Role) -> Self {
        let usual = [Right::Read, Right::Operate, Right::Push, Right::Pull];
        let allowed = |right: &Right| role.allows(right.permission());
        Self(usual.into_iter().filter(allowed).collect())
    }

    /// The first right that a role does not allow.
    pub(crate) fn beyond(&self, role: Role) -> Option<String> {
        let mut rights = self.0.iter();
        let beyond = rights.find(|right| !role.allows(right.permission()));
        beyond.map(ToString::to_string)
    }

    /// The first right that nobody with a scope has.
    pub(crate) fn beyond_scopes(&self) -> Option<String> {
        let mut rights = self.0.iter();
        let beyond = rights.find(|right| right.permission().is_for_all_hosts());
        beyond.map(ToString::to_string)
    }

    /// Whether they allow what a request requires.
    pub(crate) fn allow(&self, permission: Permission) -> bool {
        match permission {
            Permission::ManageUsers | Permission::OwnAccount => false,
            Permission::Define => self.0.contains(&Right::Operate),
            Permission::Run => self
                .0
                .iter()
                .any(|right| matches!(right, Right::Operate | Right::Run(_))),
            _ => self.0.iter().any(|right| right.permission() == permission),
        }
    }

    /// Whether they allow running a command.
    pub(crate) fn allow_running(&self, key: &str) -> bool {
        self.0.iter().any(|right| match right {
            Right::Operate => true,
            Right::Run(own) => own == key,
            _ => false,
        })
    }

    /// The rights as texts.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission::{Define, Operate, Pull, Push, Read, ReadAudit, Run};

    fn rights(texts: &[&str]) -> Rights {
        let texts: Vec<_> = texts.iter().map(|&text| text.to_owned()).collect();
        Rights::parse(&texts).unwrap()
    }

    #[test]
    fn each_right_allows_what_it_says() {
        for (right, allowed) in [
            ("read", vec![Read]),
            ("operate", vec![Operate, Define, Run]),
            ("push", vec![Push]),
            ("pull", vec![Pull]),
            ("audit", vec![ReadAudit]),
            ("run:deploy", vec![Run]),
        ] {
            for permission in Permission::ALL {
                let is_allowed = rights(&[right]).allow(permission);
                assert_eq!(
                    is_allowed,
                    allowed.contains(&permission),
                    "{right} {permission:?}"
                );
            }
        }
    }

    #[test]
    fn abuse_a_right_to_run_is_for_one_command() {
        let deploy = rights(&["run:deploy", "read"]);
        assert!(deploy.allow_running("deploy"));
        for key in ["", "deploy2", "Deploy", "run:deploy", "*"] {
            assert!(!deploy.allow_running(key), "{key}");
        }
        assert!(rights(&["operate"]).allow_running("other"));
        assert!(!rights(&["run:*"]).allow_running("other"));
    }

    #[test]
    fn rights_beyond_a_role_are_named() {
        assert_eq!(
            rights(&["pull", "push"]).beyond(Role::Reader),
            Some("push".into())
        );
        assert_eq!(
            rights(&["run:x"]).beyond(Role::Reader),
            Some("run:x".into())
        );
        assert_eq!(
            rights(&["audit"]).beyond(Role::Operator),
            Some("audit".into())
        );
        assert_eq!(Rights::of_role(Role::Publisher).texts(), ["push", "pull"]);
        assert!(!Rights::of_role(Role::Admin).allow(ReadAudit));
    }

    #[test]
    fn unknown_rights_are_refused() {
        for text in ["", "admin", "run:", "READ", "users"] {
            assert!(Rights::parse(&[text.to_owned()]).is_err(), "{text}");
        }
        assert!(Rights::parse(&[]).is_err());
        assert!(Rights::parse(&vec!["read".to_owned(); 33]).is_err());
        let texts = ["read", "run:a"].map(str::to_owned);
        assert_eq!(Rights::parse(&texts).unwrap().texts(), texts);
    }
}
