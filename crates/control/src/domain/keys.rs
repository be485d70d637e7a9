//! The keys that control holds: its own job key, and what the root key says
//! about all others.

use super::Error;
use crate::clock::unix_now;
use std::sync::Arc;
use trust::{Keyring, SecretKey};
use wire::encoding::hex;
use wire::envelope::{Envelope, Signed};
use wire::key_list::{KeyList, SignedKeyList};

/// What hosts are given to trust, where there is a root key.
pub(crate) struct Root {
    /// The armored root key.
    pub(crate) armor: String,
    /// Its fingerprint, in upper-case hexadecimal.
    pub(crate) fingerprint: String,
    /// The list as it travels.
    pub(crate) signed: SignedKeyList,
    /// The list, opened.
    pub(crate) list: KeyList,
}

impl Root {
    /// Reads a root key and the list that it signed.
    ///
    /// # Errors
    /// A sentence that says what is wrong with which of the two.
    pub(crate) fn new(key: &[u8], signed: &[u8]) -> Result<Self, String> {
        let ring = Keyring::from_bytes(key).map_err(|error| format!("the root key: {error}"))?;
        let [certificate] = ring.certificates() else {
            return Err("the root key: the file has to hold exactly one key".into());
        };
        let signed: SignedKeyList = serde_json::from_slice(signed).map_err(|error| {
            format!("the key list is not one that `pilotctl key list-sign` made: {error}")
        })?;
        let list = signed
            .open(|message, signature| ring.verify(message, signature, unix_now()).map(|_| ()))
            .map_err(|error| format!("the key list: {error}"))?;
        Ok(Self {
            armor: certificate.to_armor(),
            fingerprint: certificate.fingerprint().to_string(),
            signed,
            list,
        })
    }

    /// The keys that may sign packages.
    ///
    /// # Errors
    /// A sentence that says which key cannot be read.
    pub(crate) fn registry_keys(&self) -> Result<Vec<Keyring>, String> {
        rings(&self.list.registry, "registry")
    }
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

/// The key that signs job requests.
pub(crate) struct JobKey {
    secret: Arc<SecretKey>,
    armor: String,
}

impl JobKey {
    /// Takes the key; where there is a list, the key has to be on it, or every
    /// host would refuse what it signs.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn new(armored: &[u8], root: Option<&Root>) -> Result<Self, String> {
        let secret =
            SecretKey::from_bytes(armored).map_err(|error| format!("the job key: {error}"))?;
        let certificate = secret.certificate();
        let fingerprint = certificate.fingerprint();
        if let Some(root) = root {
            let listed = rings(&root.list.job, "job")?.iter().any(|ring| {
                let mut certificates = ring.certificates().iter();
                certificates.any(|listed| listed.fingerprint() == fingerprint)
            });
            if !listed {
                return Err(format!(
                    "the job key {fingerprint} is not in the key list: hosts would refuse what it signs; \
                     add it with `pilotctl key list-make` and sign the list again"
                ));
            }
        }
        // One that has expired is found now, not when the first job is posted.
        secret
            .sign(b"pilotctl", unix_now())
            .map_err(|error| format!("the job key {fingerprint} cannot sign: {error}"))?;
        let armor = certificate.to_armor();
        Ok(Self {
            secret: Arc::new(secret),
            armor,
        })
    }

    /// The public half, armored and then in hexadecimal, as `GET /pub` gives it.
    pub(crate) fn public_hex(&self) -> String {
        hex(self.armor.as_bytes())
    }

    /// Signs an envelope, on a thread that may take its time.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot sign (it may have expired).
    pub(crate) async fn sign(&self, envelope: Envelope, now: u64) -> Result<Vec<u8>, Error> {
        let secret = Arc::clone(&self.secret);
        let signing = tokio::task::spawn_blocking(move || {
            Signed::new(&envelope, |message| secret.sign(message, now))
        });
        let signed = signing
            .await
            .map_err(|error| Error::internal("signing a job request", error))?
            .map_err(|error| Error::internal("signing a job request", error))?;
        serde_json::to_vec(&signed).map_err(|error| Error::internal("writing a job request", error))
    }
}
