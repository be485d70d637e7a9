//! The hosts that somebody may see and change. Only what operators set decides it: places and labels.
//! A host that waits for admission is in no scope but the whole.

use super::Error;
use super::host::{Place, PlaceFilter};
use super::label::split;
use super::selector::Selector;
use std::fmt;

/// The hosts of a place that have some labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Narrowing {
    /// The place.
    pub(crate) place: PlaceFilter,
    /// The labels.
    pub(crate) selector: Selector,
}

impl Narrowing {
    fn matches(&self, place: &Place) -> bool {
        let fits = |asked: &str, own: &str| asked.is_empty() || asked == own;
        fits(&self.place.org_group, &place.org_group)
            && fits(&self.place.org, &place.org)
            && fits(&self.place.area, &place.area)
            && fits(&self.place.location, &place.location)
            && self.selector.matches(&place.label)
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        let terms = self.selector.terms().iter();
        terms.map(|term| term.label.key())
    }
}

impl fmt::Display for Narrowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.selector.terms().is_empty() {
            parts.push(format!("-l {}", self.selector));
        }
        for (option, value) in [
            ("--org-group", &self.place.org_group),
            ("--org", &self.place.org),
            ("--area", &self.place.area),
            ("--location", &self.place.location),
        ] {
            if !value.is_empty() {
                parts.push(format!("{option} {value}"));
            }
        }
        f.write_str(&parts.join(" "))
    }
}

/// Hosts to which everything that somebody does is narrowed. There is no default: who asks for all
/// hosts says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope(Vec<Narrowing>);

impl Scope {
    /// All hosts.
    pub(crate) const fn everything() -> Self {
        Self(Vec::new())
    }

    /// The scope of a user or of a token.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the selector.
    pub(crate) fn of(scope: &api::Scope) -> Result<Self, String> {
        if scope.is_everything() {
            return Ok(Self::everything());
        }
        let place = PlaceFilter {
            org_group: scope.org_group.clone(),
            org: scope.org.clone(),
            area: scope.area.clone(),
            location: scope.location.clone(),
        };
        let selector: Selector = scope.selector.parse()?;
        let narrowing = Narrowing { place, selector };
        Ok(Self(vec![narrowing]))
    }

    /// Its parts, as they were given.
    pub(crate) fn as_given(&self) -> Vec<api::Scope> {
        let given = |Narrowing { place, selector }: &Narrowing| api::Scope {
            selector: selector.to_string(),
            org_group: place.org_group.clone(),
            org: place.org.clone(),
            area: place.area.clone(),
            location: place.location.clone(),
        };
        self.0.iter().map(given).collect()
    }

    /// The hosts that are in both.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    /// Whether it is not narrowed at all.
    pub(crate) fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// What it is narrowed to: all of these.
    pub(crate) fn narrowings(&self) -> &[Narrowing] {
        &self.0
    }

    /// Whether an enrolled host of this place, with these labels, is in it.
    pub(crate) fn matches(&self, place: &Place) -> bool {
        self.0.iter().all(|narrowing| narrowing.matches(place))
    }

    /// Refuses an invitation whose hosts would be outside, or also in scopes of others.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn check_invited(&self, place: &Place) -> Result<(), Error> {
        match self.is_everything() || self.matches(place) && self.names_all_of(place) {
            true => Ok(()),
            false => Err(Error::Forbidden(format!(
                "an invitation of yours leads into your scope and no other: give it the labels and the place of {self}, and nothing else"
            ))),
        }
    }

    /// Whether every label and every part of the place stands in it.
    fn names_all_of(&self, place: &Place) -> bool {
        let named = |part: &str, of: fn(&PlaceFilter) -> &str| {
            part.is_empty() || self.0.iter().any(|narrowing| of(&narrowing.place) == part)
        };
        let mut labels = place.label.iter().map(|label| split(label).0);
        named(&place.org_group, |filter| &filter.org_group)
            && named(&place.org, |filter| &filter.org)
            && named(&place.area, |filter| &filter.area)
            && named(&place.location, |filter| &filter.location)
            && labels.all(|key| {
                self.0
                    .iter()
                    .flat_map(Narrowing::keys)
                    .any(|own| own == key)
            })
    }

    /// Refuses a change of a host's place or labels: it would take the host out of scopes or into
    /// them, also into those of others.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub(crate) fn check_change(&self, before: &Place, after: &Place) -> Result<(), Error> {
        if self.is_everything() || before == after {
            return Ok(());
        }
        Err(Error::Forbidden(
            "who has a scope cannot change the labels or the place of a host: it would leave a scope, or get into one".into(),
        ))
    }
}

impl fmt::Display for Scope {
    /// The options that give it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(Narrowing::to_string).collect();
        f.write_str(&parts.join(" and "))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The scope of hosts with these labels.
    pub(crate) fn labelled(selector: &str) -> Scope {
        Scope::of(&api::Scope {
            selector: selector.into(),
            ..api::Scope::default()
        })
        .unwrap()
    }

    fn of_area(area: &str) -> Scope {
        Scope::of(&api::Scope {
            area: area.into(),
            ..api::Scope::default()
        })
        .unwrap()
    }

    fn place(area: &str, labels: &[&str]) -> Place {
        Place {
            area: area.into(),
            label: labels.iter().map(|&label| label.to_owned()).collect(),
            ..Place::default()
        }
    }

    #[test]
    fn a_host_has_to_be_in_all_parts() {
        let both = labelled("shop,!canary").and(&of_area("north"));
        assert!(both.matches(&place("north", &["shop"])));
        for (area, labels) in [
            ("south", &["shop"][..]),
            ("", &["shop"]),
            ("north", &[]),
            ("north", &["shop", "canary"]),
        ] {
            assert!(!both.matches(&place(area, labels)), "{area} {labels:?}");
        }
        assert!(Scope::everything().matches(&Place::default()));
        assert_eq!(both.to_string(), "-l shop,!canary and --area north");
    }

    #[test]
    fn it_is_given_back_as_it_was_given() {
        let given = api::Scope {
            selector: "shop,os!=arm".into(),
            org: "acme".into(),
            ..api::Scope::default()
        };
        assert_eq!(Scope::of(&given).unwrap().as_given(), [given]);
        assert_eq!(Scope::of(&api::Scope::default()), Ok(Scope::everything()));
        let wrong = api::Scope {
            selector: "self/x".into(),
            ..api::Scope::default()
        };
        assert!(Scope::of(&wrong).is_err());
    }

    #[test]
    fn abuse_a_change_takes_hosts_out_of_a_scope_or_into_it() {
        let scope = labelled("shop,!canary,os!=arm").and(&of_area("north"));
        let before = place("north", &["shop", "os=x86", "old"]);
        let change = |after: Place| scope.check_change(&before, &after);
        assert!(change(before.clone()).is_ok());
        for after in [
            place("north", &["shop", "os=x86", "old", "of-others"]),
            place("north", &["shop", "os=x86"]),
            place("south", &["shop", "os=x86", "old"]),
            place("north", &["os=x86", "old"]),
            place("north", &["shop=1", "os=x86", "old"]),
            place("north", &["shop", "os=x86", "old", "canary"]),
            place("north", &["shop", "os=mips", "old"]),
        ] {
            assert!(change(after.clone()).is_err(), "{after:?}");
            assert!(Scope::everything().check_change(&before, &after).is_ok());
        }
    }

    #[test]
    fn abuse_an_invitation_leads_out_of_a_scope() {
        let scope = labelled("shop");
        assert!(scope.check_invited(&place("", &["shop"])).is_ok());
        // The second and third would be in scopes of others, too.
        for other in [
            place("", &["x"]),
            place("", &["shop", "x"]),
            place("north", &["shop"]),
        ] {
            let refused = scope.check_invited(&other).unwrap_err();
            assert!(refused.to_string().contains("of -l shop"), "{refused}");
            assert!(Scope::everything().check_invited(&other).is_ok());
        }
    }
}
