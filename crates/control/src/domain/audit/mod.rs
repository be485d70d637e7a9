//! The audit log: who changed what, from where.

mod action;
mod chain;
mod newest;
mod shorten;
mod standing;
mod verify;

pub(crate) use action::{Action, What};
pub(crate) use chain::{AuditKey, CarryOver, Ends, Entry};
pub(crate) use newest::Known;
pub(crate) use standing::{Proof, Standing};
pub(crate) use verify::{Findings, Verifier};

use super::scope::Scope;
use serde_json::Value;
use std::fmt;
use std::net::IpAddr;

/// Where an order came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A request from this address.
    Address(IpAddr),
    /// The command line on control's own machine.
    ThisMachine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.to_canonical().fmt(f),
            Self::ThisMachine => f.write_str("this machine"),
        }
    }
}

/// Who makes a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    /// The user; on control's own machine `unix:` and the Unix user, which no user can be called.
    pub(crate) who: String,
    /// The name of the token that the user signed in with, if it was one.
    pub(crate) token: Option<String>,
    /// What the user signed in with, which has to hold when the change is written; `None` on
    /// control's own machine.
    pub(crate) proof: Option<Proof>,
    /// The hosts that the author may change; it has to be the same when the change is written.
    pub(crate) scope: Scope,
    /// Where the order came from.
    pub(crate) origin: Origin,
}

impl Author {
    /// A change that this author makes.
    pub(crate) fn did(&self, action: Action, target: impl fmt::Display) -> Change {
        Change {
            author: self.clone(),
            action,
            target: target.to_string(),
            before: None,
            after: None,
        }
    }
}

/// A change, as it is to stand in the log.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    author: Author,
    action: Action,
    target: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// What was there before. Secrets must be masked or [hashed](AuditKey::described).
    pub(crate) fn before(mut self, before: Value) -> Self {
        self.before = Some(before);
        self
    }

    /// What is there now. Secrets must be masked or [hashed](AuditKey::described).
    pub(crate) fn after(mut self, after: Value) -> Self {
        self.after = Some(after);
        self
    }
}

/// Which entries are asked for; empty and zero select all.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditFilter {
    /// The user.
    pub(crate) who: String,
    /// The actions.
    pub(crate) what: Option<What>,
    /// The id or name of what was changed.
    pub(crate) on: String,
    /// The earliest time, in unix seconds.
    pub(crate) since: u64,
    /// Whether the oldest come first.
    pub(crate) oldest_first: bool,
    /// The number of the entry before the page.
    pub(crate) after: Option<u64>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    /// Ada, at an address for documentation.
    pub(crate) fn ada() -> Author {
        Author {
            who: "ada".into(),
            token: None,
            proof: None,
            scope: Scope::everything(),
            origin: Origin::Address(Ipv4Addr::new(192, 0, 2, 1).into()),
        }
    }

    #[test]
    fn an_ipv4_address_looks_the_same_over_an_ipv6_socket() {
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(Origin::Address(mapped).to_string(), "192.0.2.1");
        assert_eq!(Origin::ThisMachine.to_string(), "this machine");
    }
}
