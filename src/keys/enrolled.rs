//! What enrolment gives this host to trust.
//!
//! Nothing that is in force is touched before control has accepted the host:
//! an enrolment that fails leaves a working host working.

use super::TrustStore;
use crate::failure::{Context, Failure, Kind};
use crate::storage;
use std::fs;
use std::path::{Path, PathBuf};
use trust::Keyring;
use wire::ca_file::pem;
use wire::key_list::{KeyList, SignedKeyList};

/// A root key's armor, the list that it signed, and what the list says.
pub(crate) type RootedKeys = (String, SignedKeyList, KeyList);

/// What a newer key list is measured by.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    /// The armored root key that enrolment pinned.
    pub(crate) root: String,
    /// The number of the list in force.
    pub(crate) number: u64,
}

/// The CA of an enrolment under way, in the trust store's folder.
pub(crate) const TRIAL_CA: &str = "trial-ca.pem";

/// A CA that is trusted for one enrolment; its file goes when this does.
pub(crate) struct TrialCa(PathBuf);

impl TrialCa {
    /// The PEM file.
    pub(crate) fn file(&self) -> &Path {
        &self.0
    }
}

impl Drop for TrialCa {
    fn drop(&mut self) {
        // Only the enrolment that made it reads it.
        let _ = fs::remove_file(&self.0);
    }
}

impl TrustStore {
    /// Keeps a CA's certificate (DER) beside the one that is in force.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn try_ca(&self, der: &[u8]) -> Result<TrialCa, Failure> {
        let trial = TrialCa(self.folder.join(TRIAL_CA));
        self.store(trial.file(), pem(der).as_bytes())?;
        Ok(trial)
    }

    /// Trusts what an enrolment brought, and nothing of what was there before:
    /// without a CA the system's count, without keys those that an operator put
    /// on this host.
    ///
    /// # Errors
    /// When the list is older than the one in force, or the disk refuses.
    pub(crate) fn replace(
        &self,
        ca: Option<&[u8]>,
        keys: Option<&RootedKeys>,
    ) -> Result<(), Failure> {
        if let Some((root, _, list)) = keys {
            self.refuse_older(root, list)?;
        }
        match ca {
            Some(der) => self.store(&self.ca_file(), pem(der).as_bytes())?,
            None => remove(&self.ca_file())?,
        }
        match keys {
            Some(keys) => self.store_keys(keys),
            None => self.remove_keys(),
        }
    }

    /// The pinned root key and the number of its list that is in force; `None`
    /// where no root key vouches for the keys.
    pub(crate) fn anchor(&self) -> Option<Anchor> {
        let root = super::read(&self.root_file()).ok()??;
        Some(Anchor {
            root: String::from_utf8(root).ok()?,
            number: self.number()?,
        })
    }

    /// Whether this root key vouches for the keys, by its fingerprint.
    pub(crate) fn is_rooted_in(&self, fingerprint: &str) -> bool {
        let root = super::read(&self.root_file()).ok().flatten();
        let known = root.and_then(|root| fingerprints(&root));
        known.is_some_and(|known| known == [fingerprint])
    }

    /// Goes by a newer list of the same root key from now on.
    ///
    /// # Errors
    /// When the disk refuses; then the list before stays in force.
    pub(crate) fn update(&self, signed: &SignedKeyList, list: &KeyList) -> Result<(), Failure> {
        self.store_list(signed, list)
    }

    /// A root key numbers its lists, so that one from which a key was taken out
    /// cannot be replaced by an earlier one.
    fn refuse_older(&self, root: &str, list: &KeyList) -> Result<(), Failure> {
        match self.number_from(root) {
            Some(present) if list.number < present => Err(Failure::new(
                Kind::Refused,
                format!(
                    "the service presented the key list {}, but this host has number {present} of the same root key: the service has to be started with the newest list",
                    list.number
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The number of the list in force, if this root key signed it.
    fn number_from(&self, root: &str) -> Option<u64> {
        let present = super::read(&self.root_file()).ok()??;
        if fingerprints(&present)? != fingerprints(root.as_bytes())? {
            return None;
        }
        self.number()
    }

    /// The number of the list in force. It was verified before it was stored;
    /// whether it would be today is no matter.
    pub(crate) fn number(&self) -> Option<u64> {
        let signed = super::read(&self.list_file()).ok()??;
        let signed: SignedKeyList = serde_json::from_slice(&signed).ok()?;
        let list = signed.open(|_, _| Ok::<_, String>(())).ok()?;
        Some(list.number)
    }

    /// The list comes last: only with it does the root key count.
    fn store_keys(&self, (root, signed, list): &RootedKeys) -> Result<(), Failure> {
        self.store(&self.root_file(), root.as_bytes())?;
        self.store_list(signed, list)
    }

    /// Registry keys come first: where the power fails in between, the list is
    /// still to come, and brings them again.
    fn store_list(&self, signed: &SignedKeyList, list: &KeyList) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(signed).context("cannot write the key list")?;
        self.store(
            &self.registry_keys_file(),
            list.registry.join("\n").as_bytes(),
        )?;
        self.store(&self.list_file(), &bytes)
    }

    /// The list goes first: without it the others do not count.
    fn remove_keys(&self) -> Result<(), Failure> {
        let files = [
            self.list_file(),
            self.registry_keys_file(),
            self.root_file(),
        ];
        files.iter().try_for_each(|path| remove(path))
    }

    fn store(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        storage::make_private_folder(&self.folder)
            .and_then(|()| storage::replace(path, bytes))
            .context(format_args!("cannot write {}", path.display()))
    }
}

fn remove(path: &Path) -> Result<(), Failure> {
    storage::remove(path).context(format_args!("cannot remove {}", path.display()))
}

fn fingerprints(root: &[u8]) -> Option<Vec<String>> {
    let keyring = Keyring::from_bytes(root).ok()?;
    let keys = keyring.certificates().iter();
    Some(keys.map(|key| key.fingerprint().to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust::{Algorithm, SecretKey};

    const NOW: u64 = 1_800_000_000;

    fn root() -> SecretKey {
        SecretKey::generate("root", Algorithm::Ed25519, NOW - 1000).unwrap()
    }

    fn keys(root: &SecretKey, number: u64) -> RootedKeys {
        let list = KeyList {
            number,
            issued: NOW,
            job: vec![],
            registry: vec![],
        };
        let bytes = serde_json::to_vec(&list).unwrap();
        let signature = root.sign(&SignedKeyList::message(&bytes), NOW).unwrap();
        let signed = SignedKeyList {
            list: bytes,
            signature,
        };
        (root.certificate().to_armor(), signed, list)
    }

    #[test]
    fn a_list_is_replaced_by_newer_ones_and_by_those_of_another_root() {
        let home = tempfile::tempdir().unwrap();
        let store = TrustStore::new(home.path());
        let (ours, other) = (root(), root());
        store.replace(None, Some(&keys(&ours, 2))).unwrap();
        store.replace(None, Some(&keys(&ours, 2))).unwrap();
        store.replace(None, Some(&keys(&ours, 3))).unwrap();
        let refusal = store.replace(Some(b"ca"), Some(&keys(&ours, 2)));
        assert!(refusal.unwrap_err().to_string().contains("has number 3"));
        assert!(!store.ca_file().exists(), "nothing of it was stored");
        store.replace(None, Some(&keys(&other, 1))).unwrap();
        assert_eq!(store.number_from(&keys(&other, 0).0), Some(1));
    }

    #[test]
    fn an_update_changes_the_list_and_leaves_the_root_key() {
        let home = tempfile::tempdir().unwrap();
        let store = TrustStore::new(home.path());
        assert!(store.anchor().is_none());
        let root = root();
        store.replace(None, Some(&keys(&root, 1))).unwrap();
        let (armor, signed, list) = keys(&root, 2);
        store.update(&signed, &list).unwrap();
        let anchor = store.anchor().unwrap();
        assert_eq!((anchor.number, anchor.root), (2, armor));
    }

    #[test]
    fn nothing_is_left_of_what_was_trusted_before() {
        let home = tempfile::tempdir().unwrap();
        let store = TrustStore::new(home.path());
        store.replace(Some(b"ca"), Some(&keys(&root(), 1))).unwrap();
        assert!(store.has_list() && store.ca_file().exists());
        store.replace(None, None).unwrap();
        assert!(!store.has_list());
        assert_eq!(fs::read_dir(&store.folder).unwrap().count(), 0);
    }

    #[test]
    fn a_ca_on_trial_leaves_the_one_in_force_alone() {
        let home = tempfile::tempdir().unwrap();
        let store = TrustStore::new(home.path());
        store.replace(Some(b"in force"), None).unwrap();
        let trial = store.try_ca(b"another").unwrap();
        assert_eq!(fs::read_to_string(trial.file()).unwrap(), pem(b"another"));
        drop(trial);
        let left = fs::read_to_string(store.ca_file()).unwrap();
        assert_eq!(left, pem(b"in force"));
        assert_eq!(fs::read_dir(&store.folder).unwrap().count(), 1);
    }
}
