//! What a package says of itself: what its source is, and nothing of who built it, where
//! or when. Two builds of one commit have one manifest.

use super::Archive;
use super::reference::Reference;
use super::source::Origin;
use crate::build_file::{BuildFile, Profile};
use crate::failure::Failure;
use crate::output::size;
use wire::PackageName;
use wire::seal::{Manifest, Seal};
use wire::time::rfc850;

/// What a package is built from.
pub(crate) struct Build<'a> {
    /// What it will be called.
    pub(crate) name: &'a PackageName,
    /// Its build file.
    pub(crate) file: &'a BuildFile,
    /// The profile.
    pub(crate) profile: &'a Profile,
    /// Its source.
    pub(crate) origin: &'a Origin,
    /// When it says that it was built, in milliseconds.
    pub(crate) time_ms: u64,
}

impl Build<'_> {
    /// Seals the archive with its manifest.
    ///
    /// # Errors
    /// Only what JSON cannot express.
    pub(crate) fn seal(&self, archive: &Archive) -> Result<Seal, Failure> {
        let mut manifest = self.describe(archive);
        let unnamed = Seal::new(&manifest, archive.hash()).map_err(Failure::own)?;
        let reference = Reference::of(self.time_ms, self.name, &unnamed.digest);
        manifest.reference = reference.to_string();
        Seal::new(&manifest, archive.hash()).map_err(Failure::own)
    }

    /// All but the reference. Which branch is checked out is left out: a commit may be on
    /// any number of them.
    fn describe(&self, archive: &Archive) -> Manifest {
        let profile = self.profile;
        let mut labels = self.file.labels.clone();
        labels.extend(profile.labels.clone());
        Manifest {
            author: self.origin.author().to_owned(),
            kind: profile.kind.clone(),
            license: profile.license.clone(),
            os: std::env::consts::OS.into(),
            profile: profile.name.clone(),
            labels,
            source: self.origin.source().to_owned(),
            commit: self.origin.commit(),
            target: profile.target.clone(),
            time: rfc850(self.time_ms / 1_000),
            size: size(archive.length()),
            functions: self.file.exported(),
            ..Manifest::default()
        }
    }
}
