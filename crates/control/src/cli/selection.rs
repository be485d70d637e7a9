//! Options that select hosts.

use crate::percent;

/// Hosts by labels and place.
#[derive(clap::Args)]
pub(super) struct Selection {
    /// Only hosts with these labels: KEY, !KEY, KEY=VALUE or KEY!=VALUE, with commas between them
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// Only hosts of this group of organisations
    #[arg(long)]
    org_group: Option<String>,
    /// Only hosts of this organisation
    #[arg(long)]
    org: Option<String>,
    /// Only hosts of this area
    #[arg(long)]
    area: Option<String>,
    /// Only hosts of this location
    #[arg(long)]
    location: Option<String>,
}

impl Selection {
    /// The parameters of a list of these hosts.
    pub(super) fn query(&self) -> Vec<String> {
        [
            ("selector", &self.selector),
            ("og", &self.org_group),
            ("or", &self.org),
            ("ar", &self.area),
            ("lo", &self.location),
        ]
        .into_iter()
        .filter_map(|(name, value)| {
            let value = percent::encoded(value.as_deref()?);
            Some(format!("{name}={value}"))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_is_asked_for() {
        let selection = Selection {
            selector: Some("a,b=c".into()),
            org_group: None,
            org: None,
            area: Some("north".into()),
            location: None,
        };
        assert_eq!(selection.query(), ["selector=a%2Cb%3Dc", "ar=north"]);
    }
}
