//! Where a host belongs.

use crate::bounds::check_labels;
use serde::{Deserialize, Serialize};
use wire::bounded::{self, Bounded, TooLong};
use wire::limits::MOST_NAME;

/// The place and labels that operators gave a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Group of organisations.
    pub org_group: String,
    /// Organisation.
    pub org: String,
    /// Area.
    pub area: String,
    /// Location.
    pub location: String,
    /// Labels.
    pub label: Vec<String>,
}

impl Bounded for Place {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("org_group", &self.org_group, MOST_NAME)?;
        bounded::text("org", &self.org, MOST_NAME)?;
        bounded::text("area", &self.area, MOST_NAME)?;
        bounded::text("location", &self.location, MOST_NAME)?;
        check_labels(&self.label)
    }
}
