//! Hosts: their state, their place and their facts.

use super::condition::Condition;
use super::enrolment::same_key;
use super::selector::Selector;
pub(crate) use api::Place;
use wire::register::Registration;
use wire::{HostId, HostKey};

/// Selects hosts or jobs by place; an empty text matches any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

impl PlaceFilter {
    /// Whether it matches all hosts.
    pub(crate) fn is_anywhere(&self) -> bool {
        *self == Self::default()
    }
}

/// Selects hosts.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostFilter {
    /// Only hosts of this place.
    pub(crate) place: PlaceFilter,
    /// Only hosts with these labels.
    pub(crate) selector: Selector,
    /// Whether removed hosts count.
    pub(crate) with_removed: bool,
    /// Only hosts after the one with this number.
    pub(crate) after: i64,
}

/// The state of a host, as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostState {
    /// It has asked to enrol; no operator has admitted it yet.
    Pending,
    /// Control accepts its tokens.
    Enrolled,
    /// It is enrolled, but control refuses its tokens until an operator enables it.
    Disabled,
    /// An operator removed it.
    Removed,
}

impl HostState {
    /// All states.
    pub(crate) const ALL: [Self; 4] =
        [Self::Pending, Self::Enrolled, Self::Disabled, Self::Removed];

    /// The state from the store's columns; `None` for an unknown name.
    pub(crate) fn new(name: &str, is_disabled: bool) -> Option<Self> {
        match name {
            "pending" => Some(Self::Pending),
            "enrolled" if is_disabled => Some(Self::Disabled),
            "enrolled" => Some(Self::Enrolled),
            "removed" => Some(Self::Removed),
            _ => None,
        }
    }

    /// Its name, as operators see it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Enrolled => "enrolled",
            Self::Disabled => "disabled",
            Self::Removed => "removed",
        }
    }
}

/// The keys that may authenticate a host's tokens.
pub(crate) struct HostKeys {
    /// The key in force.
    pub(crate) present: HostKey,
    /// The key that replaces it when it is first used.
    pub(crate) next: Option<HostKey>,
}

impl HostKeys {
    /// Whether it is one of them.
    pub(crate) fn has(&self, key: &HostKey) -> bool {
        let next = self.next.as_ref();
        same_key(&self.present, key) || next.is_some_and(|next| same_key(next, key))
    }
}

/// A host as operators see it.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// A small number, in the order of first contact.
    pub(crate) number: i64,
    /// Its id.
    pub(crate) id: HostId,
    /// The name that an operator gave it.
    pub(crate) name: Option<String>,
    /// Its state.
    pub(crate) state: HostState,
    /// Fingerprint of its key.
    pub(crate) fingerprint: String,
    /// What it reported about itself.
    pub(crate) facts: Registration,
    /// Its place and labels.
    pub(crate) place: Place,
    /// When its last token was accepted, in unix seconds.
    pub(crate) last_seen: Option<u64>,
    /// When another key last claimed its id, in unix seconds.
    pub(crate) clone_seen: Option<u64>,
    /// When an operator asked it to replace its key, in unix seconds.
    pub(crate) rotation_asked: Option<u64>,
    /// When it last replaced its key, in unix seconds.
    pub(crate) key_changed: Option<u64>,
    /// The condition that it reports.
    pub(crate) condition: Condition,
}
