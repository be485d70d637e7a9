//! `/token`: API tokens.

use crate::{Input, Scope, Time};
use serde::{Deserialize, Serialize};
use std::fmt;
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::{Any, Of};

/// How long a token may be valid, in seconds.
pub const LONGEST_TOKEN: u64 = 366 * 86_400;

/// The most characters of a name, and of a right.
const MOST: usize = 300;

/// The most rights.
const MOST_RIGHTS: usize = 32;

/// The body of `POST /token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewToken {
    /// Its name.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,64}$"))
    )]
    pub name: String,
    /// Its user; empty for the one who asks.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST)))]
    pub user: String,
    /// What it allows: `read`, `operate`, `push`, `pull`, `audit` or `run:COMMAND`; empty for what
    /// the user's role allows.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = MOST_RIGHTS), inner(length(max = MOST))))]
    pub may: Vec<String>,
    /// For how many seconds it is valid.
    #[serde(default = "ninety_days")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = LONGEST_TOKEN)))]
    pub expires: u64,
    /// The hosts that it is narrowed to, of those that its user may see and change.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
}

fn ninety_days() -> u64 {
    90 * 86_400
}

impl Bounded for NewToken {
    fn check(&self) -> Result<(), TooLong> {
        self.scope.check()?;
        bounded::characters("name", &self.name, MOST)?;
        bounded::characters("user", &self.user, MOST)?;
        bounded::list("may", &self.may, MOST_RIGHTS)?;
        self.may
            .iter()
            .try_for_each(|right| bounded::characters("a right", right, MOST))
    }
}

impl Input for NewToken {
    const KNOWN: &Known = &Known(&[
        ("name", Any),
        ("user", Any),
        ("may", Any),
        ("expires", Any),
        ("scope", Of(Scope::KNOWN)),
    ]);
}

/// An entry of `GET /token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Token {
    /// Its name.
    pub name: String,
    /// Its user.
    pub user: String,
    /// What it allows, of what the user's role does.
    pub may: Vec<String>,
    /// The hosts that it is narrowed to, of those that its user may see and change.
    #[serde(skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// When it was made.
    pub created: Time,
    /// Until when it is valid.
    pub expires: Time,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Time>,
}

/// The answer to `POST /token`. The token itself is a secret, and shown only here.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// What is known of it later, too.
    #[serde(flatten)]
    pub about: Token,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.about.fmt(f)
    }
}
