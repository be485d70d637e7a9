//! The keys that this host trusts, and where they come from.
//!
//! After enrolment with a root key: the list that the root key signed. Without
//! one: the key in `.pilot_verify.pgp`, alone, which changes with the file.
#![forbid(unsafe_code)]

mod ending;
mod enrolled;

pub(crate) use ending::{SOON, soon as ending_soon};
pub(crate) use enrolled::{Anchor, RootedKeys, TRIAL_CA, TrialCa};

use crate::config::Config;
use crate::exposure;
use crate::failure::{Context, Failure};
use crate::storage;
use std::path::{Path, PathBuf};
use trust::Keyring;
use wire::key_list::{KeyList, SignedKeyList};

const VERIFY_KEY: &str = ".pilot_verify.pgp";
const MOST_BYTES: u64 = 1 << 20;

/// Where trusted keys are kept under the agent's home.
pub(crate) struct TrustStore {
    folder: PathBuf,
}

impl TrustStore {
    /// The store of this home.
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            folder: home.join("trust"),
        }
    }

    fn home(&self) -> &Path {
        self.folder.parent().unwrap_or(&self.folder)
    }

    /// The CA that enrolment pinned.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The registry keys of the list, for the runner.
    pub(crate) fn registry_keys_file(&self) -> PathBuf {
        self.folder.join("registry.pgp")
    }

    fn root_file(&self) -> PathBuf {
        self.folder.join("root.pgp")
    }

    fn list_file(&self) -> PathBuf {
        self.folder.join("keys.json")
    }

    /// Whether a root key vouches for the keys.
    pub(crate) fn has_list(&self) -> bool {
        self.list_file().exists()
    }

    /// Whether there are keys that may sign job requests. How good they are is
    /// judged when they are needed: a host that starts may not know the date.
    ///
    /// # Errors
    /// When there are none, with where they were looked for.
    pub(crate) fn expect_job_keys(&self, program_folder: &Path) -> Result<(), Failure> {
        if self.has_list() {
            self.signed_list().map(drop)
        } else {
            self.deployed_key(program_folder).map(drop)
        }
    }

    /// The keys that may sign job requests, at `now` in unix seconds.
    ///
    /// # Errors
    /// As [`TrustStore::expect_job_keys`], or when the list is not good.
    pub(crate) fn job_keys(&self, program_folder: &Path, now: u64) -> Result<Keyring, Failure> {
        // A disk that fails must not bring another key into force.
        let has_list = std::fs::exists(self.list_file());
        let has_list =
            has_list.context(format_args!("cannot read {}", self.list_file().display()))?;
        if has_list {
            self.listed_job_keys(now)
        } else {
            self.deployed_key(program_folder)
        }
    }

    fn listed_job_keys(&self, now: u64) -> Result<Keyring, Failure> {
        let root = read(&self.root_file())?.unwrap_or_default();
        let signed = self.signed_list()?;
        open_list(&root, &signed, now)
            .and_then(|list| keyring(&list.job))
            .map_err(|why| self.bad_list(&why))
    }

    fn signed_list(&self) -> Result<SignedKeyList, Failure> {
        let signed = read(&self.list_file())?.unwrap_or_default();
        serde_json::from_slice(&signed).map_err(|error| self.bad_list(&error.to_string()))
    }

    fn bad_list(&self, why: &str) -> Failure {
        Failure::configuration(format!(
            "{}: {why}; enrol this host again to get a fresh one",
            self.list_file().display()
        ))
    }

    /// `.pilot_verify.pgp` beside the program, else in the user's home.
    fn deployed_key(&self, program_folder: &Path) -> Result<Keyring, Failure> {
        let folders = [Some(program_folder.to_path_buf()), std::env::home_dir()];
        let places: Vec<PathBuf> = folders
            .into_iter()
            .flatten()
            .map(|folder| folder.join(VERIFY_KEY))
            .collect();
        for path in &places {
            if let Some(bytes) = read(path)? {
                exposure::refuse(path, self.home())?;
                return Keyring::from_bytes(&bytes).map_err(|error| {
                    Failure::configuration(format!("{}: {error}", path.display()))
                });
            }
        }
        let places: Vec<String> = places
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        Err(Failure::missing(format!(
            "no key to verify jobs with: put Pilot Control's public key at {}, or enrol with a code (`pilot enrol URL`)",
            places.join(" or ")
        )))
    }
}

/// Opens a key list with the root key's armor.
///
/// # Errors
/// Why the list is not accepted.
pub(crate) fn open_list(root: &[u8], signed: &SignedKeyList, now: u64) -> Result<KeyList, String> {
    let root = Keyring::from_bytes(root)
        .map_err(|error| format!("the root key cannot be read: {error}"))?;
    signed.open(|message, signature| root.verify(message, signature, now).map(drop))
}

/// Puts armored keys into one keyring.
///
/// # Errors
/// The error of one of them.
pub(crate) fn keyring(armored: &[String]) -> Result<Keyring, String> {
    let mut all = Keyring::default();
    for key in armored {
        all.extend(Keyring::from_bytes(key.as_bytes()).map_err(|error| error.to_string())?);
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    storage::read_limited(path, MOST_BYTES)
        .map_err(|error| Failure::configuration(format!("cannot read {}: {error}", path.display())))
}

/// The CA file to use: the configured one, else the pinned one, else the
/// system's.
pub(crate) fn ca_file(config: &Config) -> Option<PathBuf> {
    let pinned = TrustStore::new(&config.home).ca_file();
    config
        .ca_file
        .clone()
        .or_else(|| pinned.exists().then_some(pinned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_is_looked_for_and_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let error = TrustStore::new(folder.path())
            .job_keys(folder.path(), 0)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(".pilot_verify.pgp") && error.contains("pilot enrol"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(VERIFY_KEY), "nonsense").unwrap();
        let error = TrustStore::new(folder.path())
            .job_keys(folder.path(), 0)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&folder.path().join(VERIFY_KEY).display().to_string()),
            "{error}"
        );
    }
}
