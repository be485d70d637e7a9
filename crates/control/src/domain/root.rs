//! The root key, and the newest key list that it signed.
//!
//! The secret half of the root key is off line. The key list arrives signed, when the
//! service starts or while it runs.

use super::Error;
use std::sync::{Arc, PoisonError, RwLock};
use trust::{Certificate, Fingerprint, Keyring};
use wire::bounded::{self, Bounded};
use wire::key_list::{KeyList, SignedKeyList};
use wire::limits::MOST_ROOT_KEY;

/// The root key that hosts trust, and its key list.
pub(crate) struct Root {
    /// The armored root key.
    pub(crate) armor: String,
    /// Its fingerprint, in upper-case hexadecimal.
    pub(crate) fingerprint: String,
    ring: Keyring,
    listed: RwLock<Arc<Listed>>,
}

/// A key list whose signature was verified.
pub(crate) struct Listed {
    /// The signed list, as hosts get it.
    pub(crate) signed: SignedKeyList,
    /// The parsed list.
    pub(crate) list: KeyList,
    /// The keys that may sign job requests.
    pub(crate) job: Vec<Keyring>,
    /// The keys that may sign packages.
    pub(crate) registry: Vec<Keyring>,
}

impl Listed {
    fn open(root: &Keyring, signed: SignedKeyList, now: u64) -> Result<Self, String> {
        signed.check().map_err(|error| error.to_string())?;
        let list = signed
            .open(|message, signature| root.verify(message, signature, now).map(|_| ()))
            .map_err(|error| format!("the key list: {error}"))?;
        Ok(Self {
            job: rings(&list.job, "job")?,
            registry: rings(&list.registry, "registry")?,
            signed,
            list,
        })
    }

    /// Whether the key may sign job requests.
    pub(crate) fn has_job_key(&self, fingerprint: &Fingerprint) -> bool {
        let mut keys = self.job.iter().flat_map(Keyring::certificates);
        keys.any(|listed| listed.fingerprint() == *fingerprint)
    }
}

impl Root {
    /// Reads a root key and a list that it signed; `now` is in unix seconds, here and below.
    ///
    /// # Errors
    /// A sentence that says what is wrong with which of the two.
    pub(crate) fn new(key: &[u8], signed: &[u8], now: u64) -> Result<Self, String> {
        let ring = Keyring::from_bytes(key).map_err(|error| format!("the root key: {error}"))?;
        let [certificate] = ring.certificates() else {
            return Err("the root key: the file has to hold exactly one key".into());
        };
        let signed = parse(signed)?;
        let armor = certificate.to_armor();
        bounded::text("the root key", &armor, MOST_ROOT_KEY).map_err(|error| error.to_string())?;
        Ok(Self {
            armor,
            fingerprint: certificate.fingerprint().to_string(),
            listed: RwLock::new(Arc::new(Listed::open(&ring, signed, now)?)),
            ring,
        })
    }

    /// The root key.
    pub(crate) fn certificates(&self) -> &[Certificate] {
        self.ring.certificates()
    }

    /// Opens the list of a file if it is to replace the one in force, as it is newer. `job_key` is
    /// the key that the service signs with.
    ///
    /// # Errors
    /// When the root key did not sign the list, or it lacks `job_key`, or it differs from the
    /// list in force and has the same number. An older list is no error: a newer one was
    /// imported since.
    pub(crate) fn newer_in_file(
        &self,
        signed: &[u8],
        job_key: &Fingerprint,
        now: u64,
    ) -> Result<Option<Listed>, String> {
        let signed = parse(signed)?;
        let (listed, present) = (
            Listed::open(&self.ring, signed.clone(), now)?,
            self.listed(),
        );
        if listed.list.number < present.list.number || self.has_in_force(&signed) {
            return Ok(None);
        }
        self.open_newer(signed, job_key, now)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    /// Whether this list is in force: it may have been imported already.
    pub(crate) fn has_in_force(&self, signed: &SignedKeyList) -> bool {
        self.listed().signed.list == signed.list
    }

    /// The list in force.
    pub(crate) fn listed(&self) -> Arc<Listed> {
        let listed = self.listed.read();
        // It is replaced in a single step, so a panic elsewhere leaves it consistent.
        Arc::clone(&listed.unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens a list that is to replace the one in force. `job_key` is the key that the service
    /// signs with.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the root key did not sign it, [`Error::Conflict`]
    /// when it is not newer or lacks `job_key`.
    pub(crate) fn open_newer(
        &self,
        signed: SignedKeyList,
        job_key: &Fingerprint,
        now: u64,
    ) -> Result<Listed, Error> {
        let listed = Listed::open(&self.ring, signed, now).map_err(Error::Invalid)?;
        let (number, present) = (listed.list.number, self.listed().list.number);
        if number <= present {
            return Err(Error::Conflict(format!(
                "the key list has number {number}, and number {present} is in force: make it anew with a higher one"
            )));
        }
        if !listed.has_job_key(job_key) {
            return Err(Error::Conflict(format!(
                "the key list lacks the job key {job_key} that this service signs with: hosts would refuse its jobs; \
                 start the service with --job-key of a listed key, and with this list as --key-list"
            )));
        }
        Ok(listed)
    }

    /// Puts a list in force, unless a newer one is in force by now.
    pub(crate) fn put_in_force(&self, newer: Listed) {
        let mut listed = self.listed.write().unwrap_or_else(PoisonError::into_inner);
        if newer.list.number > listed.list.number {
            *listed = Arc::new(newer);
        }
    }

    /// Puts the list in force that was imported before the service was restarted, if it is
    /// newer.
    ///
    /// # Errors
    /// When the root key did not sign it.
    pub(crate) fn resume(&self, imported: SignedKeyList, now: u64) -> Result<(), String> {
        self.put_in_force(Listed::open(&self.ring, imported, now)?);
        Ok(())
    }
}

fn parse(signed: &[u8]) -> Result<SignedKeyList, String> {
    serde_json::from_slice(signed).map_err(|error| {
        format!("the key list is not one that `pilotctl key list-sign` made: {error}")
    })
}

fn rings(armored: &[String], purpose: &str) -> Result<Vec<Keyring>, String> {
    armored
        .iter()
        .enumerate()
        .map(|(at, armor)| {
            Keyring::from_bytes(armor.as_bytes())
                .map_err(|error| format!("{purpose} key {} of the key list: {error}", at + 1))
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::unix_now;
    use trust::{Algorithm, SecretKey};

    /// The offline root key, with its secret half.
    pub(crate) struct RootKey(SecretKey);

    impl RootKey {
        pub(crate) fn new() -> Self {
            Self(key("root"))
        }

        /// A signed list.
        pub(crate) fn list(
            &self,
            number: u64,
            job: &[&SecretKey],
            registry: &[&SecretKey],
        ) -> SignedKeyList {
            let armored = |keys: &[&SecretKey]| {
                let keys = keys.iter().map(|key| key.certificate().to_armor());
                keys.collect()
            };
            let list = KeyList {
                number,
                issued: unix_now(),
                job: armored(job),
                registry: armored(registry),
            };
            let list = serde_json::to_vec(&list).unwrap();
            let message = SignedKeyList::message(&list);
            let signature = self.0.sign(&message, unix_now()).unwrap();
            SignedKeyList { list, signature }
        }

        /// The root key and a list, as the service holds them.
        pub(crate) fn root(
            &self,
            number: u64,
            job: &[&SecretKey],
            registry: &[&SecretKey],
        ) -> Root {
            let signed = serde_json::to_vec(&self.list(number, job, registry)).unwrap();
            let key = self.0.certificate().to_armor();
            Root::new(key.as_bytes(), &signed, unix_now()).unwrap()
        }
    }

    pub(crate) fn key(name: &str) -> SecretKey {
        SecretKey::generate(name, Algorithm::Ed25519, 1_700_000_000).unwrap()
    }

    fn refusal(root: &Root, signed: SignedKeyList, job_key: &SecretKey) -> String {
        let opened = root.open_newer(signed, &job_key.certificate().fingerprint(), unix_now());
        opened.map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn only_a_newer_list_of_the_root_key_that_names_the_job_key_is_accepted() {
        let (keys, job, other) = (RootKey::new(), key("job"), key("other"));
        let root = keys.root(4, &[&job], &[]);
        let both = [&job, &other];
        for number in [3, 4] {
            let why = refusal(&root, keys.list(number, &both, &[]), &job);
            assert!(why.contains("number 4 is in force"), "{why}");
        }
        let why = refusal(&root, keys.list(5, &[&other], &[]), &job);
        assert!(why.contains("lacks the job key"), "{why}");
        refusal(&root, RootKey::new().list(5, &both, &[]), &job);
        let fingerprint = job.certificate().fingerprint();
        let newer = root.open_newer(keys.list(5, &both, &[]), &fingerprint, unix_now());
        root.put_in_force(newer.unwrap());
        assert_eq!(root.listed().list.number, 5);
    }

    #[test]
    fn a_file_replaces_the_list_only_if_it_is_newer() {
        let (keys, job, other) = (RootKey::new(), key("job"), key("other"));
        let root = keys.root(4, &[&job], &[]);
        let fingerprint = job.certificate().fingerprint();
        let renew = |signed: SignedKeyList| {
            let signed = serde_json::to_vec(&signed).unwrap();
            let newer = root.newer_in_file(&signed, &fingerprint, unix_now())?;
            Ok::<_, String>(newer.map(|listed| listed.list.number))
        };
        assert_eq!(renew(keys.list(3, &[&job], &[])), Ok(None));
        assert_eq!(renew(root.listed().signed.clone()), Ok(None));
        assert!(renew(keys.list(4, &[&job, &other], &[])).is_err());
        assert!(renew(keys.list(5, &[&other], &[])).is_err());
        assert!(renew(RootKey::new().list(5, &[&job], &[])).is_err());
        assert_eq!(renew(keys.list(5, &[&job], &[])), Ok(Some(5)));
    }

    #[test]
    fn an_imported_list_is_used_if_it_is_newer() {
        let (keys, job) = (RootKey::new(), key("job"));
        let root = keys.root(4, &[&job], &[]);
        for (imported, in_force) in [(3, 4), (6, 6)] {
            root.resume(keys.list(imported, &[&job], &[]), unix_now())
                .unwrap();
            assert_eq!(root.listed().list.number, in_force);
        }
        let foreign = RootKey::new().list(9, &[&job], &[]);
        assert!(root.resume(foreign, unix_now()).is_err());
    }
}
