//! Why each of a package's signatures is not accepted.
//!
//! A registry may invent as many as it likes: those that say most come first, and the
//! rest is counted.

use crate::verify::Checks;
use std::fmt;
use std::path::PathBuf;
use trust::{Flaw, Refusal};
use wire::printable;

/// How many signatures, and trusted keys, are named.
const MAX_NAMED: usize = 16;
/// As many characters as the longest fingerprint has.
const MAX_AUTHORITY: usize = 64;
/// As many as any reason has that a publisher can do something about.
const MAX_REASON: usize = 300;

/// How much a reason explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// It names a trusted key.
    Trusted,
    /// It names another key, or none.
    Unknown,
    /// It is none of `art`'s.
    NoSignature,
}

impl Weight {
    /// The weight of a refusal.
    pub(crate) fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Signature(Flaw::Version(_) | Flaw::NoIssuer) => Self::Unknown,
            Refusal::Signature(_) | Refusal::Key { .. } => Self::Trusted,
            _ => Self::Unknown,
        }
    }
}

/// Signatures that are not accepted, with the keys that would be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unaccepted {
    /// Those with the most weight, in its order.
    named: Vec<(Weight, String)>,
    more: usize,
    trusted: Vec<String>,
    keys_in: PathBuf,
}

impl Unaccepted {
    /// None so far.
    pub(crate) fn of(checks: &Checks<'_>) -> Self {
        let trusted = checks.keyring.certificates().iter();
        Self {
            named: Vec::new(),
            more: 0,
            trusted: trusted.map(|key| key.fingerprint().to_string()).collect(),
            keys_in: checks.keys_in.to_owned(),
        }
    }

    /// Adds the one that stands under `authority` in the seal's map.
    pub(crate) fn add(&mut self, weight: Weight, authority: &str, reason: &str) {
        let plain = |text: &str, most| printable::cut(&printable::on_one_line(text), most);
        let authority = plain(authority, MAX_AUTHORITY);
        let mut reason = plain(reason, MAX_REASON);
        // Most often it stands under the name of the key that it says made it.
        if !reason.contains(&authority) {
            reason = format!("{authority}: {reason}");
        }
        let at = self.named.partition_point(|(other, _)| *other <= weight);
        self.named.insert(at, (weight, reason));
        if self.named.len() > MAX_NAMED {
            self.named.pop();
            self.more += 1;
        }
    }
}

impl fmt::Display for Unaccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (_, reason)) in self.named.iter().enumerate() {
            write!(f, "{}{reason}", if at == 0 { "" } else { "; " })?;
        }
        if self.more > 0 {
            write!(f, "; and {} more signatures do not count", self.more)?;
        }
        let some = &self.trusted[..self.trusted.len().min(MAX_NAMED)];
        write!(
            f,
            ". The trusted keys, in {}, are {}",
            self.keys_in.display(),
            some.join(", ")
        )?;
        match self.trusted.len() - some.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
