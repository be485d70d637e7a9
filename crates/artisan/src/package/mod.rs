//! Packages: an archive and its seal, made from a folder and unpacked into one.

mod address;
mod archive;
mod dirt;
mod entry;
mod git;
mod link;
mod listing;
mod manifest;
mod pack;
mod reference;
mod secret_keys;
mod source;
mod target;
mod unpack;
mod volume;
mod walk;
mod when;
mod zip_writer;

pub(crate) use archive::{Archive, Draft};
#[cfg(fuzzing)]
pub(crate) use entry::path_of;
pub(crate) use manifest::Build;
pub(crate) use pack::{Source, pack};
pub(crate) use reference::Reference;
pub(crate) use source::Origin;
pub(crate) use target::check as check_target;
pub(crate) use unpack::unpack;
pub(crate) use when::{SOURCE_DATE_EPOCH, source_date_epoch};

use crate::failure::Failure;
use wire::seal::{Manifest, Seal};

/// The longest archive that is read or made, in bytes.
pub(crate) const MAX_ARCHIVE: u64 = wire::limits::MOST_ARCHIVE;
/// The longest seal that is read, in bytes.
pub(crate) const MAX_SEAL: u64 = wire::limits::MOST_SEAL;
/// How many bytes an archive may unpack to.
const MAX_UNPACKED: u64 = 1 << 30;
/// How many entries an archive may have.
const MAX_ENTRIES: usize = 100_000;

/// The two files of a package, out of reach of other processes: the verified bytes are the ones
/// used.
#[derive(Debug)]
pub(crate) struct Package {
    /// The seal, with its manifest's bytes as they came.
    pub(crate) seal: Seal,
    /// The archive.
    pub(crate) archive: Archive,
}

impl Package {
    /// Whether this is the very archive and manifest that were sealed.
    pub(crate) fn is_whole(&self) -> bool {
        self.seal.matches(self.archive.hash())
    }

    /// The seal's manifest.
    ///
    /// # Errors
    /// When it is malformed.
    pub(crate) fn manifest(&self) -> Result<Manifest, Failure> {
        manifest_of(&self.seal)
    }

    /// The name of its two files.
    ///
    /// # Errors
    /// When the manifest is malformed or has none.
    pub(crate) fn reference(&self) -> Result<Reference, Failure> {
        self.manifest()?.reference.parse()
    }
}

/// Reads a seal.
///
/// # Errors
/// When it is malformed.
pub(crate) fn parse_seal(bytes: &[u8]) -> Result<Seal, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|error| Failure::own(format!("the package's seal is malformed: {error}")))
}

/// A seal's manifest.
///
/// # Errors
/// When it is malformed.
pub(crate) fn manifest_of(seal: &Seal) -> Result<Manifest, Failure> {
    seal.manifest()
        .map_err(|error| Failure::own(format!("the package's manifest is malformed: {error}")))
}
