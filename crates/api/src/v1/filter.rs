//! What selects the entries of lists.

use serde::Deserialize;
use wire::bounded::{Bounded, TooLong, characters};
use wire::limits::MOST_NAME;

/// The parameters of a call, besides those of pages.
pub trait Filter: serde::de::DeserializeOwned + Bounded {
    /// Their names.
    const NAMES: &'static [&'static str];
}

/// The parameters that select by place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PlaceQuery {
    /// Only in this group of organisations.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub org_group: String,
    /// Only in this organisation.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub org: String,
    /// Only in this area.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub area: String,
    /// Only at this location.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_NAME)))]
    pub location: String,
}

impl Bounded for PlaceQuery {
    fn check(&self) -> Result<(), TooLong> {
        characters("org_group", &self.org_group, MOST_NAME)?;
        characters("org", &self.org, MOST_NAME)?;
        characters("area", &self.area, MOST_NAME)?;
        characters("location", &self.location, MOST_NAME)
    }
}
