//! `/user`.

use crate::{Input, Scope};
use serde::{Deserialize, Serialize};
use std::fmt;
use wire::bounded::{self, Bounded, TooLong};
use wire::command::Secret;
use wire::known::Known;
use wire::known::Member::{Any, Of};

/// The most characters of a user's name, and of a password.
const MOST: usize = 1_024;

/// An entry of `GET /user`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The hosts that the user is narrowed to.
    #[serde(skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
}

/// The body of `POST /user`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewUser {
    /// The name to sign in with.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::v1::USER_NAME)))]
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The password: one line.
    #[cfg_attr(feature = "schema", schemars(with = "String", length(min = 8, max = MOST), regex(pattern = r"^[^\n\r\x00]*$")))]
    pub password: Secret,
    /// The hosts that the user is narrowed to.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
}

impl Bounded for NewUser {
    fn check(&self) -> Result<(), TooLong> {
        self.scope.check()?;
        bounded::characters("name", &self.name, MOST)?;
        bounded::characters("password", self.password.expose(), MOST)
    }
}

impl Input for NewUser {
    const KNOWN: &Known = &Known(&[
        ("name", Any),
        ("role", Any),
        ("password", Any),
        ("scope", Of(Scope::KNOWN)),
    ]);
}

/// The body of `PUT /user/{name}/role`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewRole {
    /// What the user may do from now on.
    pub role: Role,
}

impl Bounded for NewRole {
    fn check(&self) -> Result<(), TooLong> {
        Ok(())
    }
}

impl Input for NewRole {
    const KNOWN: &Known = &Known(&[("role", Any)]);
}

/// The body of `PUT /user/{name}/password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct NewPassword {
    /// The password from now on: one line.
    #[cfg_attr(feature = "schema", schemars(with = "String", length(min = 8, max = MOST), regex(pattern = r"^[^\n\r\x00]*$")))]
    pub password: Secret,
}

impl Bounded for NewPassword {
    fn check(&self) -> Result<(), TooLong> {
        bounded::characters("password", self.password.expose(), MOST)
    }
}

impl Input for NewPassword {
    const KNOWN: &Known = &Known(&[("password", Any)]);
}

/// The role of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Everything but users.
    Operator,
    /// Push packages and pull them.
    Publisher,
    /// Look at everything but users, and pull packages.
    Reader,
    /// A role that this version does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_role_of_a_newer_service_is_read() {
        let user: User = from_value(json!({ "name": "ada", "role": "viewer", "x": 1 })).unwrap();
        assert_eq!(user.role, Role::Unknown);
        let ada = json!({ "name": "ada", "role": "admin" });
        assert_eq!(json!(from_value::<User>(ada.clone()).unwrap()), ada);
        assert_eq!(Role::Publisher.to_string(), "publisher");
    }
}
