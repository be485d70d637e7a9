//! The policy: which signatures are trusted.
//!
//! Each module answers one question. Keys are verified before the signature's
//! arithmetic is done with them.

use pgp::{
    packet::{Signature, SignatureConfig, SignatureType},
    types::KeyDetails,
};

use crate::{Certificate, Fingerprint, Flaw, KeyFlaw, Refusal, certificate::Subkey, key::Key};

mod algorithm;
mod issuer;
mod own;
mod packet;
mod primary;
mod revocation;
mod statement;
mod subkey;
mod subpackets;
mod time;

pub(crate) use algorithm::MIN_RSA_BITS;
pub(crate) use primary::may_sign as primary_may_sign;
pub(crate) use subkey::may_sign as subkey_may_sign;
pub use time::CLOCK_SKEW;

impl Certificate {
    /// Whether a signature that one of its keys makes would be believed as of
    /// `now` (Unix seconds).
    ///
    /// # Errors
    /// Why none of its keys may sign: expired, revoked, weak, not yet made.
    pub fn may_sign(&self, now: u64) -> Result<(), Refusal> {
        let subkeys = self.subkeys.iter();
        let verdicts = subkeys.map(|subkey| subkey::may_sign(self, subkey, now));
        verdicts.fold(primary::may_sign(self, now), |so_far, verdict| {
            match (&so_far, &verdict) {
                (Ok(()), _) => so_far,
                // The flaw of a subkey explains more than "not for signing".
                (Err(why), Err(_)) if !why.is_about_use() => so_far,
                _ => verdict,
            }
        })
    }
}

/// Finds the trusted key that made a signature over `message`, and verifies it
/// as of `now`. Returns the fingerprint of that key's certificate.
pub(crate) fn verify(
    certificates: &[Certificate],
    message: &[u8],
    signature: &Signature,
    now: u64,
) -> Result<Fingerprint, Refusal> {
    let config = packet::supported(signature).map_err(Refusal::Signature)?;
    if config.typ != SignatureType::Binary {
        return Err(Refusal::NotBinary);
    }
    let signer = issuer::stated(config).ok_or(Refusal::Signature(Flaw::NoIssuer))?;
    let case = Case {
        message,
        signature,
        config,
        now,
    };
    let mut refusal = None;
    // A key id is short enough to be shared: all keys that fit are tried.
    for certificate in certificates {
        for verdict in case.verify(certificate) {
            match verdict {
                Ok(()) => return Ok(certificate.fingerprint()),
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
    }
    Err(refusal.unwrap_or_else(|| Refusal::UnknownSigner {
        signer,
        trusted: certificates.iter().map(Certificate::fingerprint).collect(),
    }))
}

/// Who made a signature, and when (Unix seconds), as it says under its hash. Nothing of
/// it is verified.
pub(crate) fn claims(signature: &Signature) -> (Option<String>, Option<u64>) {
    let config = signature.config();
    (
        config.and_then(issuer::stated),
        config.and_then(time::created),
    )
}

/// A signature that claims to be over a message, at the time of verification.
struct Case<'a> {
    message: &'a [u8],
    signature: &'a Signature,
    config: &'a SignatureConfig,
    now: u64,
}

impl Case<'_> {
    /// Verifies the signature with each key of a certificate that it names.
    fn verify(&self, certificate: &Certificate) -> impl Iterator<Item = Result<(), Refusal>> {
        let primary =
            issuer::is(self.config, &certificate.primary).then(|| self.by_primary(certificate));
        let subkeys = certificate
            .subkeys
            .iter()
            .filter(|subkey| issuer::is(self.config, &subkey.key));
        primary
            .into_iter()
            .chain(subkeys.map(|subkey| self.by_subkey(certificate, subkey)))
    }

    fn by_primary(&self, certificate: &Certificate) -> Result<(), Refusal> {
        primary::may_sign(certificate, self.now)?;
        self.by_key(&certificate.primary)
    }

    fn by_subkey(&self, certificate: &Certificate, subkey: &Subkey) -> Result<(), Refusal> {
        subkey::may_sign(certificate, subkey, self.now)?;
        self.by_key(&subkey.key)
    }

    fn by_key(&self, key: &Key) -> Result<(), Refusal> {
        packet::check(self.signature, key, self.now)
            .and_then(|_| {
                self.signature
                    .verify(key, self.message)
                    .map_err(|_| Flaw::Mismatch)
            })
            .map_err(Refusal::Signature)
    }
}

/// Names the key that a flaw was found in.
fn blame(key: &impl KeyDetails) -> impl Fn(KeyFlaw) -> Refusal {
    let fingerprint = Fingerprint::from(&key.fingerprint());
    move |flaw| Refusal::Key {
        fingerprint: fingerprint.clone(),
        flaw,
    }
}
