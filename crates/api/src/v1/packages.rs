//! The packages of the registry.

use crate::Time;
use serde::{Deserialize, Serialize};

/// A repository: the packages of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Repository {
    /// `group/name`.
    pub name: String,
    /// How many packages it has.
    pub packages: u64,
}

/// A package of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Package {
    /// Its id.
    pub id: String,
    /// `group/name`.
    pub repository: String,
    /// The reference that names its files in the registry.
    pub reference: String,
    /// The tags that point to it.
    pub tags: Vec<String>,
    /// Size of the archive, for people.
    pub size: String,
    /// When it was pushed.
    pub pushed: Time,
}

/// The package that a tag points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tag {
    /// `group/name`.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// The digest of the package.
    pub digest: String,
    /// The type of the package.
    #[serde(rename = "type")]
    pub kind: String,
    /// Size of the archive, for people.
    pub size: String,
    /// When it was built, as its publisher's machine wrote it.
    pub built: String,
    /// What its functions are for, by name.
    pub functions: std::collections::BTreeMap<String, String>,
}
