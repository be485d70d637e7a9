//! `/key-list`: the key list in force, and which lists the hosts trust.

use crate::{Input, Time};
use serde::{Deserialize, Serialize};
use wire::key_list::SignedKeyList;
use wire::known::Known;
use wire::known::Member::Any;

/// The body of `PUT /key-list`.
impl Input for SignedKeyList {
    const KNOWN: &Known = &Known(&[("list", Any), ("signature", Any)]);
}

/// The answer to `GET /key-list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct KeyList {
    /// Fingerprint of the root key.
    pub root: String,
    /// The number of the list.
    pub number: u64,
    /// When it was made.
    pub issued: Time,
    /// Its keys.
    pub keys: Vec<Key>,
    /// How many hosts trust each list, newest first.
    pub hosts: Vec<Hosts>,
}

/// A key of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Key {
    /// What it signs: `job` requests, or packages (`registry`).
    #[serde(rename = "use")]
    pub purpose: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its user id.
    pub user: Option<String>,
    /// Whether this service signs with it.
    pub in_use: bool,
}

/// How many hosts trust a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Hosts {
    /// The number of the list; none for hosts that have not reported one.
    pub number: Option<u64>,
    /// The number of hosts.
    pub hosts: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_names_are_those_of_the_protocol() {
        let list = KeyList {
            root: "F".into(),
            number: 2,
            keys: vec![Key {
                purpose: "job".into(),
                ..Key::default()
            }],
            hosts: vec![Hosts::default()],
            ..KeyList::default()
        };
        assert_eq!(
            json!(list),
            json!({
                "root": "F", "number": 2, "issued": "1970-01-01T00:00:00Z",
                "keys": [{ "use": "job", "fingerprint": "", "user": null, "in_use": false }],
                "hosts": [{ "number": null, "hosts": 0 }],
            })
        );
    }
}
