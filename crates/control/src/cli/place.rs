//! Options for the place and labels of a host.

use api::Place;

/// The place and labels of a host.
#[derive(clap::Args)]
pub(super) struct PlaceOptions {
    /// Group of organisations
    #[arg(long)]
    org_group: Option<String>,
    /// Organisation
    #[arg(long)]
    org: Option<String>,
    /// Area
    #[arg(long)]
    area: Option<String>,
    /// Location
    #[arg(long)]
    location: Option<String>,
    /// Label (may be repeated)
    #[arg(long)]
    label: Vec<String>,
}

impl PlaceOptions {
    /// The place of the options; what they do not set is taken from `before`.
    pub(super) fn over(self, before: Place) -> Place {
        let label = if self.label.is_empty() {
            before.label
        } else {
            self.label
        };
        Place {
            org_group: self.org_group.unwrap_or(before.org_group),
            org: self.org.unwrap_or(before.org),
            area: self.area.unwrap_or(before.area),
            location: self.location.unwrap_or(before.location),
            label,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_not_set_change_nothing() {
        let before = Place {
            org: "acme".into(),
            label: vec!["web".into()],
            ..Place::default()
        };
        let options = PlaceOptions {
            org_group: None,
            org: None,
            area: Some("north".into()),
            location: None,
            label: Vec::new(),
        };
        let after = options.over(before.clone());
        assert_eq!(after.area, "north");
        assert_eq!((after.org, after.label), (before.org, before.label));
    }
}
