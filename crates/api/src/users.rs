//! `/user`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An entry of `GET /user`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The name to sign in with.
    pub name: String,
    /// What the user may do.
    pub role: Role,
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
