//! The certificates that are trusted.

use crate::{
    Certificate, Fingerprint, KeyError, Refusal,
    armor::{self, Block},
    certificate, detached, policy,
};

/// Zero or more certificates, whose signatures are believed.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    certificates: Vec<Certificate>,
}

impl Keyring {
    /// Reads one or more public keys: binary, or in one or more armored blocks.
    ///
    /// # Errors
    /// [`KeyError::Empty`] if there is none, [`KeyError::Secret`] if one is a
    /// secret key, [`KeyError::Unreadable`] if any part is not understood.
    pub fn from_bytes(armored_or_binary: &[u8]) -> Result<Self, KeyError> {
        let input = armor::without_bom(armored_or_binary);
        let certificates = if armor::is_binary(input) {
            certificate::parse(input)?
        } else {
            from_armor(input)?
        };
        if certificates.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self::default().with(certificates))
    }

    /// The certificates in the order in which they were read, each once.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Trusts another keyring's certificates as well.
    pub fn extend(&mut self, other: Self) {
        *self = std::mem::take(self).with(other.certificates);
    }

    /// Of a certificate that it has, another copy may know more.
    fn with(mut self, certificates: Vec<Certificate>) -> Self {
        for certificate in certificates {
            let fingerprint = certificate.fingerprint();
            let mut known = self.certificates.iter_mut();
            match known.find(|known| known.fingerprint() == fingerprint) {
                Some(known) => known.merge(certificate),
                None => self.certificates.push(certificate),
            }
        }
        self
    }

    /// Verifies a detached signature over `message`, armored or binary, as of
    /// `now` (Unix seconds), and returns the fingerprint of the certificate
    /// whose primary key or subkey made it.
    ///
    /// # Errors
    /// The [`Refusal`] says why the signature is not believed.
    pub fn verify(
        &self,
        message: &[u8],
        signature: &[u8],
        now: u64,
    ) -> Result<Fingerprint, Refusal> {
        if self.certificates.is_empty() {
            return Err(Refusal::NoTrustedKeys);
        }
        let signature = detached::parse(signature)?;
        policy::verify(&self.certificates, message, &signature, now)
    }
}

impl From<Certificate> for Keyring {
    fn from(certificate: Certificate) -> Self {
        Self {
            certificates: vec![certificate],
        }
    }
}

fn from_armor(text: &[u8]) -> Result<Vec<Certificate>, KeyError> {
    let mut certificates = Vec::new();
    for block in armor::decode(text).map_err(|why| KeyError::Unreadable(why.to_owned()))? {
        certificates.append(&mut from_block(&block)?);
    }
    Ok(certificates)
}

fn from_block(block: &Block<'_>) -> Result<Vec<Certificate>, KeyError> {
    match block.label {
        armor::PUBLIC_KEY => certificate::parse(&block.bytes),
        armor::PRIVATE_KEY => Err(KeyError::Secret),
        other => Err(KeyError::Unreadable(format!("it is a {other}"))),
    }
}
