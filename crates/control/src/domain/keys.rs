//! The key with which control signs job requests.

use super::Error;
use super::root::Root;
use trust::{Certificate, Fingerprint, SecretKey};
use wire::encoding::hex;
use wire::envelope::{Envelope, Signed};
use wire::key_list::SignedKeyList;

/// The key that signs job requests.
pub(crate) struct JobKey {
    secret: SecretKey,
    armor: String,
}

impl JobKey {
    /// Reads the key at `now` (unix seconds). If there is a key list, the key has to be on it: otherwise every host
    /// would refuse the job requests.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn new(armored: &[u8], root: Option<&Root>, now: u64) -> Result<Self, String> {
        let secret =
            SecretKey::from_bytes(armored).map_err(|error| format!("the job key: {error}"))?;
        let certificate = secret.certificate();
        let fingerprint = certificate.fingerprint();
        if root.is_some_and(|root| !root.listed().has_job_key(&fingerprint)) {
            return Err(format!(
                "the job key {fingerprint} is not in the key list: hosts would refuse what it signs; \
                 add it with `pilotctl key list-make` and sign the list again"
            ));
        }
        // An expired key is reported at start, not with the first job.
        secret
            .sign(b"pilotctl", now)
            .map_err(|error| format!("the job key {fingerprint} cannot sign: {error}"))?;
        let armor = certificate.to_armor();
        Ok(Self { secret, armor })
    }

    /// The public half, armored and then in hexadecimal, as `GET /pub` gives it.
    pub(crate) fn public_hex(&self) -> String {
        hex(self.armor.as_bytes())
    }

    /// Its fingerprint.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.secret.certificate().fingerprint()
    }

    /// Its public half.
    pub(crate) fn certificate(&self) -> Certificate {
        self.secret.certificate()
    }

    /// Signs an envelope, with a key list beside it if there is one. It takes milliseconds.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot sign (it may have expired).
    pub(crate) fn sign(
        &self,
        envelope: &Envelope,
        keys: Option<SignedKeyList>,
        now: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut signed = Signed::new(envelope, |message| self.secret.sign(message, now))
            .map_err(|error| Error::internal("signing a job request", error))?;
        signed.keys = keys;
        serde_json::to_vec(&signed).map_err(|error| Error::internal("writing a job request", error))
    }
}
