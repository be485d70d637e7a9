//! The seal of an Artisan package, its digest and its id.

use crate::canonical::{self, DEEPEST, Sink};
use crate::command::{SecretInput, VarInput};
use crate::encoding::{base64, from_base64, hex};
use crate::labelled::{Labelled, sha256};
use crate::package::PackageName;
use crate::time::rfc3339;
use hmac::digest::Digest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use sha2::Sha256;
use std::collections::BTreeMap;

/// A package's seal. The manifest's bytes are kept as they came, because the
/// digest covers them; read them with [`Seal::manifest`] once it is verified.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seal {
    #[serde(deserialize_with = "shallow")]
    manifest: Box<RawValue>,
    /// `sha256:` and the standard base64 of the hash of archive and manifest.
    pub digest: String,
    /// Signatures by authority; the authority is the key's fingerprint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seal: BTreeMap<String, String>,
}

impl Seal {
    /// Seals an archive with its manifest, without a signature.
    ///
    /// # Errors
    /// Only what JSON cannot express.
    pub fn new(manifest: &Manifest, archive: &ArchiveHash) -> serde_json::Result<Self> {
        let manifest: Box<RawValue> = serde_json::from_slice(&canonical::print(manifest)?)?;
        Ok(Self {
            digest: archive.digest(&manifest),
            manifest,
            seal: BTreeMap::new(),
        })
    }

    /// The seal as it is stored and sent.
    ///
    /// # Errors
    /// Only what JSON cannot express.
    pub fn print(&self) -> serde_json::Result<Vec<u8>> {
        canonical::print(self)
    }

    /// The package's id: hexadecimal SHA-256 of the printed seal.
    ///
    /// # Errors
    /// As [`Seal::print`].
    pub fn id(&self) -> serde_json::Result<String> {
        self.print().map(|bytes| hex(&sha256(&bytes)))
    }

    /// Whether the stated digest is that of this archive and manifest.
    pub fn matches(&self, archive: &ArchiveHash) -> bool {
        self.digest == archive.digest(&self.manifest)
    }

    /// Reads the manifest.
    ///
    /// # Errors
    /// The JSON is malformed.
    pub fn manifest(&self) -> serde_json::Result<Manifest> {
        serde_json::from_str(self.manifest.get())
    }
}

/// Refuses a manifest that is nested too deep to be laid out, and so has no digest.
fn shallow<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    let value = Box::<RawValue>::deserialize(deserializer)?;
    if canonical::is_shallow(value.get().as_bytes()) {
        return Ok(value);
    }
    Err(D::Error::custom(format_args!(
        "the manifest is nested more than {DEEPEST} deep"
    )))
}

/// The hash of an archive, computed while its bytes pass: an archive may be larger than a host's
/// memory.
#[derive(Clone, Debug, Default)]
pub struct ArchiveHash(Sha256);

impl ArchiveHash {
    /// The hash of an archive that is in memory.
    pub fn of(archive: &[u8]) -> Self {
        let mut hash = Self::default();
        hash.update(archive);
        hash
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// `sha256:` and base64 over the archive's bytes followed by the manifest's.
    fn digest(&self, manifest: &RawValue) -> String {
        let mut whole = self.clone();
        canonical::indent_into(manifest.get().as_bytes(), &mut whole);
        format!("sha256:{}", base64(&whole.0.finalize()))
    }
}

impl Sink for ArchiveHash {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// Whether a text has the form of a package's digest.
pub fn is_digest(text: &str) -> bool {
    let hash = text.strip_prefix("sha256:").and_then(from_base64);
    hash.is_some_and(|hash| hash.len() == 32)
}

/// A package's description of itself, in the order in which Go prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Who made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Who may sign it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authority: Vec<String>,
    /// For instance `content/script`.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// SPDX expression.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub license: String,
    /// The system that it was built on.
    pub os: String,
    /// The reference that names its two files.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The profile that it was built with.
    pub profile: String,
    /// Image for containerised runs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub runtime: String,
    /// Anything, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Where the source came from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Which commit it was built from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// Which branch it was built from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub branch: String,
    /// The file or folder that was packed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// When it was built (RFC 850).
    pub time: String,
    /// Size of the archive, for people.
    pub size: String,
    /// The exported functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionEntry>,
    /// Policies, kept as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_policy: Option<serde_json::Value>,
    /// Policies, kept as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_policy: Option<serde_json::Value>,
    /// Policies, kept as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_policy: Option<serde_json::Value>,
}

/// An exported function, as the manifest lists it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionEntry {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<FunctionInput>,
    /// Image for containerised runs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub runtime: String,
}

/// The inputs that a function declares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionInput {
    /// Variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub var: Vec<VarInput>,
    /// Secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<SecretInput>,
}

/// What an authority signs: the package of this name has this digest and this serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `group/name`.
    pub repository: String,
    /// The tag.
    pub tag: String,
    /// The digest in the seal.
    pub digest: String,
    /// Grows with every push to this repository and tag.
    pub serial: u64,
}

impl Statement {
    /// States that `digest` is the package of that name.
    pub fn new(name: &PackageName, digest: &str, serial: u64) -> Self {
        Self {
            repository: name.repository(),
            tag: name.tag.clone(),
            digest: digest.into(),
            serial,
        }
    }

    /// The bytes that the signature covers.
    pub fn message(&self) -> Vec<u8> {
        Labelled::new("artisan/statement/v1")
            .text(&self.repository)
            .text(&self.tag)
            .text(&self.digest)
            .number(self.serial)
            .finish()
    }
}

/// A serial with the time that it stands for.
pub fn serial_and_time(serial: u64) -> String {
    format!("{serial} ({})", rfc3339(serial / 1_000))
}

/// One value of the seal's map: `v1.<serial>.<base64 of the armored signature>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsement {
    /// The statement's serial.
    pub serial: u64,
    /// Armored, detached signature over [`Statement::message`].
    pub signature: String,
}

impl Endorsement {
    /// The value in the seal's map.
    pub fn to_value(&self) -> String {
        format!("v1.{}.{}", self.serial, base64(self.signature.as_bytes()))
    }

    /// Reads a value of the seal's map; `None` when it is of another kind.
    pub fn from_value(value: &str) -> Option<Self> {
        let (serial, signature) = value.strip_prefix("v1.")?.split_once('.')?;
        Some(Self {
            serial: serial.parse().ok()?,
            signature: String::from_utf8(from_base64(signature)?).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endorsement_survives_the_map() {
        let endorsement = Endorsement {
            serial: 9,
            signature: "armor\n".into(),
        };
        assert_eq!(
            Endorsement::from_value(&endorsement.to_value()),
            Some(endorsement)
        );
        assert_eq!(Endorsement::from_value("v1.x.AAAA"), None);
        assert_eq!(Endorsement::from_value("AAAA"), None);
    }

    #[test]
    fn a_new_seal_matches_its_archive_alone() {
        let seal = Seal::new(
            &Manifest {
                os: "linux".into(),
                ..Manifest::default()
            },
            &ArchiveHash::of(b"zip"),
        )
        .unwrap();
        assert!(seal.matches(&ArchiveHash::of(b"zip")));
        assert!(!seal.matches(&ArchiveHash::of(b"zop")));
        let stored: Seal = serde_json::from_slice(&seal.print().unwrap()).unwrap();
        assert!(stored.matches(&ArchiveHash::of(b"zip")));
        assert_eq!(stored.id().unwrap(), seal.id().unwrap());
    }

    #[test]
    fn a_manifest_that_is_too_deep_is_not_read() {
        let seal = |depth| {
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let text = format!(r#"{{"manifest": {{"x": {deep}}}, "digest": ""}}"#);
            serde_json::from_str::<Seal>(&text)
        };
        assert!(seal(DEEPEST - 1).is_ok());
        let error = seal(100_000).unwrap_err().to_string();
        assert!(error.contains("32 deep"), "{error}");
    }

    #[test]
    fn statements_of_different_packages_differ() {
        let name: PackageName = "r.io/ops/hello:1".parse().unwrap();
        let other: PackageName = "r.io/ops/hello:2".parse().unwrap();
        assert_ne!(
            Statement::new(&name, "d", 1).message(),
            Statement::new(&other, "d", 1).message()
        );
        assert_ne!(
            Statement::new(&name, "d", 1).message(),
            Statement::new(&name, "d", 2).message()
        );
    }
}
