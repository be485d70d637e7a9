//! The store's own records as they lie on disk, version 1. It does not change: what has to
//! be kept beyond it gets a file of another name, and types beside these.
//!
//! The rest of the store is no record: `REF.json` and `REF.zip` are the publisher's files as
//! the registry serves them, and what is in `partial` and in a supervisor's file is pulled
//! again when it cannot be read.

use super::serials::Serial;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// References by `domain/group/name:tag`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Index(pub(super) BTreeMap<String, String>);

/// Serials by `group/name:tag`, which is what a signature covers. If they were kept by
/// registry, an old package would pass as new under another spelling, port or mirror of the
/// same registry.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Serials(pub(super) BTreeMap<String, Kept>);

/// A serial in a record.
#[derive(Clone, Debug)]
pub(super) struct Kept(pub(super) Serial);

/// A member that this version does not know is an error: the record protects from older
/// packages, and writing it again would drop that member.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Serial", deny_unknown_fields)]
struct SerialV1 {
    serial: u64,
    digest: String,
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        SerialV1::serialize(&self.0, to)
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        SerialV1::deserialize(from).map(Self)
    }
}

/// A record of the store. Only these types can be written to it, so that a member added to a
/// type of the wire or of the program changes no file.
pub(super) trait OnDisk: Default {
    /// The record's JSON.
    ///
    /// # Errors
    /// Only what JSON cannot express.
    fn to_json(&self) -> serde_json::Result<Vec<u8>>;

    /// Reads the JSON.
    ///
    /// # Errors
    /// When it is not that of this record.
    fn from_json(json: &[u8]) -> serde_json::Result<Self>;
}

macro_rules! on_disk {
    ($($record:ty),*) => {$(
        impl OnDisk for $record {
            fn to_json(&self) -> serde_json::Result<Vec<u8>> {
                serde_json::to_vec_pretty(self)
            }

            fn from_json(json: &[u8]) -> serde_json::Result<Self> {
                serde_json::from_slice(json)
            }
        }
    )*};
}
on_disk!(Index, Serials);

#[cfg(test)]
mod tests {
    use super::super::{Store, kept};
    use super::*;
    use crate::files;
    use crate::package::Draft;
    use std::fs::File;
    use std::path::{Path, PathBuf};

    const NAME: &str = "r.example/ops/hello:1";
    const REFERENCE: &str = "20261130102112279-bd03e906ad";
    const DIGEST: &str = "sha256:mRMhIYETFJ6Sp7inBBHEsXR6dRHAD1o3QTpnAP5QTyE=";

    fn path(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/home/v1")
            .join(name)
    }

    /// Reads a file of version 1, and checks that it is written again byte for byte.
    fn version_1<T: OnDisk>(name: &str) -> T {
        let bytes = std::fs::read(path(name)).unwrap();
        let record = T::from_json(&bytes).unwrap();
        let again = String::from_utf8(record.to_json().unwrap()).unwrap();
        assert_eq!(again.as_bytes(), bytes, "{name}: {again}");
        record
    }

    #[test]
    fn the_records_of_version_1_mean_what_they_meant() {
        let index: Index = version_1("packages/index.json");
        assert_eq!(index.0[NAME], REFERENCE);
        for name in ["serials/seen.json", "serials/signed.json"] {
            let serials: Serials = version_1(name);
            let Kept(last) = &serials.0["ops/hello:1"];
            assert_eq!(last.serial, 1_796_034_072_372, "{name}");
            assert_eq!(last.digest, DIGEST, "{name}");
        }
    }

    #[test]
    fn a_package_of_version_1_is_read_from_the_store_and_from_a_supervisors_file() {
        let store = Store::new(&path(""));
        let stored = store.read(&REFERENCE.parse().unwrap()).unwrap();
        let draft = || Draft::new(&std::env::temp_dir()).unwrap();
        let kept = kept::read(&File::open(path("kept")).unwrap(), draft()).unwrap();
        for package in [stored, kept] {
            assert_eq!(package.seal.digest, DIGEST);
            assert_eq!(package.seal.seal.len(), 1);
            assert!(package.is_whole());
        }
    }

    #[test]
    fn a_pull_that_version_1_began_is_resumed() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        files::private_folder(&home.path().join("partial")).unwrap();
        let name = format!("partial/{REFERENCE}");
        std::fs::copy(path(&name), home.path().join(&name)).unwrap();
        let mut draft = Draft::new(home.path()).unwrap();
        let mut partial = store.partial(&REFERENCE.parse().unwrap()).unwrap();
        assert_eq!(partial.resume(&mut draft).as_deref(), Some("\"8f14e45f\""));
        assert_eq!(draft.length(), 100);
    }

    #[test]
    fn a_serial_with_an_unknown_member_is_refused() {
        let known = r#"{"ops/hello:1":{"serial":1,"digest":"d"}}"#;
        assert!(Serials::from_json(known.as_bytes()).is_ok());
        let newer = known.replacen("\"serial\"", "\"epoch\":2,\"serial\"", 1);
        assert!(Serials::from_json(newer.as_bytes()).is_err());
    }
}
