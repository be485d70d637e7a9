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
    /// The scope of these hosts.
    pub(super) fn scope(&self) -> api::Scope {
        let text = |option: &Option<String>| option.clone().unwrap_or_default();
        api::Scope {
            selector: text(&self.selector),
            org_group: text(&self.org_group),
            org: text(&self.org),
            area: text(&self.area),
            location: text(&self.location),
        }
    }

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

/// A scope as the options that give it; empty for all hosts.
pub(super) fn shown(scope: &api::Scope) -> String {
    let options = [
        ("-l", &scope.selector),
        ("--org-group", &scope.org_group),
        ("--org", &scope.org),
        ("--area", &scope.area),
        ("--location", &scope.location),
    ];
    let given = options.iter().filter(|(_, value)| !value.is_empty());
    let given: Vec<_> = given
        .map(|(option, value)| format!("{option} {value}"))
        .collect();
    given.join(" ")
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
        let scope = selection.scope();
        assert_eq!((&*scope.selector, &*scope.area), ("a,b=c", "north"));
        assert_eq!(shown(&scope), "-l a,b=c --area north");
        assert_eq!(shown(&api::Scope::default()), "");
    }
}
