//! What a package says of itself.

use super::Archive;
use super::reference::Reference;
use super::source::Origin;
use crate::build_file::{BuildFile, Profile};
use crate::output::size;
use std::path::Path;
use wire::seal::Manifest;
use wire::time::rfc850;

/// Describes a package that is built now.
pub(crate) fn describe(
    file: &BuildFile,
    profile: &Profile,
    folder: &Path,
    reference: &Reference,
    archive: &Archive,
    now_ms: u64,
) -> Manifest {
    let origin = Origin::of(folder);
    let mut labels = file.labels.clone();
    labels.extend(profile.labels.clone());
    Manifest {
        author: origin.author,
        kind: profile.kind.clone(),
        license: profile.license.clone(),
        os: std::env::consts::OS.into(),
        reference: reference.to_string(),
        profile: profile.name.clone(),
        labels,
        source: origin.source,
        commit: origin.commit,
        branch: origin.branch,
        target: profile.target.clone(),
        time: rfc850(now_ms / 1_000),
        size: size(archive.length()),
        functions: file.exported(),
        ..Manifest::default()
    }
}
