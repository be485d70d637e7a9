//! API tokens.

use super::filter::Filter;
use serde::Deserialize;
use wire::bounded::{Bounded, TooLong, characters};

/// The longest name in a filter.
const MOST: usize = wire::limits::MOST_NAME;

/// Which tokens are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TokenQuery {
    /// Only tokens of this user. Without it, the own ones; for admins, those of all users.
    #[cfg_attr(feature = "schema", schemars(length(max = MOST)))]
    pub user: String,
}

impl Bounded for TokenQuery {
    fn check(&self) -> Result<(), TooLong> {
        characters("user", &self.user, MOST)
    }
}

impl Filter for TokenQuery {
    const NAMES: &'static [&'static str] = &["limit", "cursor", "user"];
}
