//! Hosts: what control knows about them and where they belong.

use super::condition::Condition;
use serde::{Deserialize, Serialize};
use wire::bounded::{self, Bounded, TooLong};
use wire::limits::MOST_NAME;
use wire::register::Registration;
use wire::{HostId, HostKey};

/// Where a host belongs, in the operators' own terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    /// Group of organisations.
    pub(crate) org_group: String,
    /// Organisation.
    pub(crate) org: String,
    /// Area.
    pub(crate) area: String,
    /// Location.
    pub(crate) location: String,
    /// Labels.
    pub(crate) label: Vec<String>,
}

/// Labels of a host or a batch.
pub(crate) const MOST_LABELS: usize = 64;

impl Bounded for Place {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("org_group", &self.org_group, MOST_NAME)?;
        bounded::text("org", &self.org, MOST_NAME)?;
        bounded::text("area", &self.area, MOST_NAME)?;
        bounded::text("location", &self.location, MOST_NAME)?;
        check_labels(&self.label)
    }
}

/// Checks the lengths of labels and of their list.
///
/// # Errors
/// When one of them, or the list, is too long.
pub(crate) fn check_labels(labels: &[String]) -> Result<(), TooLong> {
    bounded::list("label", labels, MOST_LABELS)?;
    bounded::texts("a label", labels, MOST_NAME)
}

/// Which hosts or jobs are meant; an empty text means any.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaceFilter {
    /// Group of organisations.
    pub(crate) org_group: String,
    /// Organisation.
    pub(crate) org: String,
    /// Area.
    pub(crate) area: String,
    /// Location.
    pub(crate) location: String,
}

/// How far a host has come, as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HostState {
    /// It has asked, and no operator has admitted it yet.
    Pending,
    /// Its tokens are accepted.
    Enrolled,
    /// It is enrolled, and its tokens are refused until an operator says otherwise.
    Disabled,
    /// An operator removed it.
    Removed,
}

impl HostState {
    /// The state of a host in the store: a name, and beside it whether it is
    /// disabled. `None` when the name is of no state.
    pub(crate) fn new(name: &str, is_disabled: bool) -> Option<Self> {
        match name {
            "pending" => Some(Self::Pending),
            "enrolled" if is_disabled => Some(Self::Disabled),
            "enrolled" => Some(Self::Enrolled),
            "removed" => Some(Self::Removed),
            _ => None,
        }
    }
}

/// What a host's tokens may be made with.
pub(crate) struct HostKeys {
    /// The key in force.
    pub(crate) present: HostKey,
    /// The one that takes its place when it is first used.
    pub(crate) next: Option<HostKey>,
}

/// A host as operators see it.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// A small number, in the order of first contact.
    pub(crate) number: i64,
    /// Its id.
    pub(crate) id: HostId,
    /// How far it has come.
    pub(crate) state: HostState,
    /// Fingerprint of its key.
    pub(crate) fingerprint: String,
    /// What it told about itself.
    pub(crate) facts: Registration,
    /// Where it belongs.
    pub(crate) place: Place,
    /// When its last token was accepted, in unix seconds.
    pub(crate) last_seen: Option<u64>,
    /// When another key last claimed its id, in unix seconds.
    pub(crate) clone_seen: Option<u64>,
    /// Since when it is to replace its key, in unix seconds.
    pub(crate) rotation_asked: Option<u64>,
    /// When it replaced its key last, in unix seconds.
    pub(crate) key_changed: Option<u64>,
    /// How it says that it is doing.
    pub(crate) condition: Condition,
}
