//! The hosts that a user or a token is narrowed to.

use crate::Input;
use serde::{Deserialize, Serialize};
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::Any;
use wire::limits::MOST_NAME;

/// The most characters of a selector.
const MOST_SELECTOR: usize = 1_024;

/// Hosts with these labels, in this place; an empty text stands for any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
#[serde(default)]
pub struct Scope {
    /// Conditions on the labels, with commas between them; all have to hold.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_SELECTOR)))]
    pub selector: String,
    /// Group of organisations.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub org_group: String,
    /// Organisation.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub org: String,
    /// Area.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub area: String,
    /// Location.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub location: String,
}

impl Scope {
    /// Whether it names nothing, and so stands for all hosts.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

impl Bounded for Scope {
    fn check(&self) -> Result<(), TooLong> {
        bounded::characters("selector", &self.selector, MOST_SELECTOR)?;
        bounded::characters("org_group", &self.org_group, MOST_NAME)?;
        bounded::characters("org", &self.org, MOST_NAME)?;
        bounded::characters("area", &self.area, MOST_NAME)?;
        bounded::characters("location", &self.location, MOST_NAME)
    }
}

/// The body of `PUT /user/{name}/scope`.
impl Input for Scope {
    const KNOWN: &Known = &Known(&[
        ("selector", Any),
        ("org_group", Any),
        ("org", Any),
        ("area", Any),
        ("location", Any),
    ]);
}
