//! Options that say where a host belongs.

use crate::domain::host::Place;

/// Where a host belongs.
#[derive(clap::Args)]
pub(super) struct PlaceOptions {
    /// Group of organisations
    #[arg(long, default_value = "", hide_default_value = true)]
    org_group: String,
    /// Organisation
    #[arg(long, default_value = "", hide_default_value = true)]
    org: String,
    /// Area
    #[arg(long, default_value = "", hide_default_value = true)]
    area: String,
    /// Location
    #[arg(long, default_value = "", hide_default_value = true)]
    location: String,
    /// Label (may be repeated)
    #[arg(long)]
    label: Vec<String>,
}

impl From<PlaceOptions> for Place {
    fn from(options: PlaceOptions) -> Self {
        Self {
            org_group: options.org_group,
            org: options.org,
            area: options.area,
            location: options.location,
            label: options.label,
        }
    }
}
