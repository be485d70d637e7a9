//! `/repository` and `/package`: the package registry. `art` shares most of these types.

use serde::{Deserialize, Serialize};
pub use wire::registry::{Artefact, PackageDigest, Repository};
pub use wire::seal::{Manifest, Seal};

/// The answer to a push of a package whose archive was damaged or gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repaired {
    /// `true`: the archive is in its place again.
    pub repaired: bool,
}
