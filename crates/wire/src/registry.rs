//! What the package registry answers.

use serde::{Deserialize, Serialize};

/// The answer to `GET /repository/{group}/{name}`, and one element of the
/// answer to `GET /repository`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// `group/name`.
    pub repository: String,
    /// Its packages, newest first.
    pub artefacts: Vec<Artefact>,
}

/// One package of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// The package's id.
    pub id: String,
    /// The manifest's type.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The reference that names its two files.
    pub file_ref: String,
    /// The tags that point at it.
    pub tags: Vec<String>,
    /// Size of the archive, for people.
    pub size: String,
    /// When it was built (RFC 850).
    pub created: String,
}

/// The answer to `GET /package/digest/{group}/{name}/{tag}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageDigest {
    /// When the package was built (RFC 850).
    pub date: String,
    /// The digest in the seal.
    pub value: String,
}
