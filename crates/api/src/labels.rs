//! `POST /host/label`: labels of hosts.

use crate::Input;
use crate::bounds::check_labels;
use serde::{Deserialize, Serialize};
use wire::HostId;
use wire::bounded::{self, Bounded, TooLong};
use wire::known::Known;
use wire::known::Member::Any;

/// The most hosts of one request.
pub const MOST_RELABELLED: usize = 1_000;

/// The body of `POST /host/label`: a change of the labels of hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelChange {
    /// The hosts.
    #[serde(deserialize_with = "bounded::at_most::<MOST_RELABELLED, _, _>")]
    pub host_uuid: Vec<HostId>,
    /// Labels that they are to have: `key` or `key=value`. A value replaces that of the same key.
    #[serde(default)]
    pub add: Vec<String>,
    /// Keys, or whole labels, that they are not to have.
    #[serde(default)]
    pub remove: Vec<String>,
}

impl Bounded for LabelChange {
    fn check(&self) -> Result<(), TooLong> {
        check_labels(&self.add)?;
        check_labels(&self.remove)
    }
}

impl Input for LabelChange {
    const KNOWN: &Known = &Known(&[("host_uuid", Any), ("add", Any), ("remove", Any)]);
}

/// The answer to `POST /host/label`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Relabelled {
    /// How many hosts have other labels now.
    pub changed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_read_as_it_is_sent_and_bounded() {
        let host = "11111111-2222-4333-8444-555555555555";
        let change = json!({ "host_uuid": [host], "add": ["canary"] });
        let read = LabelChange::from_json(change.to_string().as_bytes()).unwrap();
        assert_eq!((read.add.len(), read.remove.len()), (1, 0));
        let many = json!({ "host_uuid": vec![host; MOST_RELABELLED + 1] });
        assert!(LabelChange::from_json(many.to_string().as_bytes()).is_err());
        let misspelt = json!({ "host_uuid": [host], "ad": ["x"] });
        assert!(LabelChange::from_json(misspelt.to_string().as_bytes()).is_err());
    }
}
