//! The audit log.

use super::filter::Filter;
use serde::Deserialize;
use wire::bounded::{Bounded, TooLong, characters};

/// The longest text in a filter.
const MOST: usize = 1_024;

/// Which entries are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AuditQuery {
    /// Only what this user did.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST)))]
    pub who: String,
    /// Only this action, such as `host.disable`, or what was done on this kind of thing, such as
    /// `host`. An unknown one: 422.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST)))]
    pub what: String,
    /// Only what was done on the thing with this id or name.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST)))]
    pub on: String,
    /// Only what was done at this time or later.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::AnyTime"))]
    pub since: Option<String>,
    /// Whether the oldest come first.
    pub oldest: bool,
}

impl Bounded for AuditQuery {
    fn check(&self) -> Result<(), TooLong> {
        characters("who", &self.who, MOST)?;
        characters("what", &self.what, MOST)?;
        characters("on", &self.on, MOST)
    }
}

impl Filter for AuditQuery {
    const NAMES: &'static [&'static str] =
        &["limit", "cursor", "who", "what", "on", "since", "oldest"];
}
