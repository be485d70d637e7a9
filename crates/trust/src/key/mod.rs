//! A public key: what its packet says, to be judged, and how it verifies.
//!
//! The pgp crate's own type knows every algorithm that OpenPGP has, and a program that links it
//! links them all, and exposes them to the bytes that it reads. This one knows those that are
//! believed.

use std::{fmt, io, sync::Arc};

use pgp::{
    crypto::{hash::HashAlgorithm, public_key::PublicKeyAlgorithm},
    errors::{Error, Result},
    ser::Serialize,
    types::{
        Fingerprint, KeyDetails, KeyId, KeyVersion, PublicParams, SignatureBytes, Timestamp,
        VerifyingKey,
    },
};

mod ecdsa;
mod material;
mod numbers;

pub(crate) use material::Material;

/// The public part of a primary key or subkey, of version 4 or 6.
#[derive(Clone)]
pub(crate) struct Key(Arc<Content>);

struct Content {
    version: KeyVersion,
    made: Timestamp,
    algorithm: PublicKeyAlgorithm,
    material: Material,
    fingerprint: Fingerprint,
    /// The packet's body, which signatures over the key cover as it is.
    body: Box<[u8]>,
}

impl Key {
    /// Reads the body of a public key packet (RFC 9580, section 5.5.2).
    pub(crate) fn from_body(body: &[u8]) -> Result<Self> {
        let (version, made, algorithm, material) = split(body)?;
        Ok(Self(Arc::new(Content {
            version,
            made,
            algorithm,
            material: Material::parse(version, algorithm, material)?,
            fingerprint: fingerprint(version, body)?,
            body: body.into(),
        })))
    }

    pub(crate) fn material(&self) -> &Material {
        &self.0.material
    }
}

/// Version, time, algorithm, and the algorithm's own part.
fn split(body: &[u8]) -> Result<(KeyVersion, Timestamp, PublicKeyAlgorithm, &[u8])> {
    let cut = || Error::from("a key was cut short".to_owned());
    let (&[version, t1, t2, t3, t4, algorithm], rest) =
        body.split_first_chunk::<6>().ok_or_else(cut)?;
    let version = KeyVersion::from(version);
    let material = match version {
        KeyVersion::V4 => rest,
        KeyVersion::V6 => {
            let (length, material) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
            if usize::try_from(u32::from_be_bytes(*length)) != Ok(material.len()) {
                return Err(Error::from(
                    "a key has another length than it says".to_owned(),
                ));
            }
            material
        }
        other => {
            return Err(Error::from(format!(
                "a key is of version {}, and only 4 and 6 are accepted",
                u8::from(other)
            )));
        }
    };
    let made = Timestamp::from_secs(u32::from_be_bytes([t1, t2, t3, t4]));
    Ok((version, made, PublicKeyAlgorithm::from(algorithm), material))
}

/// The hash of what a signature over the key covers (RFC 9580, section 5.5.4).
fn fingerprint(version: KeyVersion, body: &[u8]) -> Result<Fingerprint> {
    let (prefix, hash) = match version {
        KeyVersion::V6 => {
            let length = u32::try_from(body.len())?.to_be_bytes();
            ([&[0x9b], length.as_slice()].concat(), HashAlgorithm::Sha256)
        }
        _ => {
            let length = u16::try_from(body.len())?.to_be_bytes();
            ([&[0x99], length.as_slice()].concat(), HashAlgorithm::Sha1)
        }
    };
    Fingerprint::new(version, &hash.digest(&[&prefix, body].concat())?)
}

impl KeyDetails for Key {
    fn version(&self) -> KeyVersion {
        self.0.version
    }

    /// The end of a fingerprint of version 4, the beginning of one of version 6.
    fn legacy_key_id(&self) -> KeyId {
        let bytes = self.0.fingerprint.as_bytes();
        let id = match self.0.version {
            KeyVersion::V6 => bytes.first_chunk(),
            _ => bytes.last_chunk(),
        };
        id.copied().unwrap_or([0; 8]).into()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint.clone()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.0.algorithm
    }

    fn created_at(&self) -> Timestamp {
        self.0.made
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        None
    }

    /// Nothing: verifying does not ask for them, and the type that holds them
    /// knows every algorithm.
    fn public_params(&self) -> &PublicParams {
        static UNKNOWN: PublicParams = PublicParams::Unknown {
            data: bytes::Bytes::new(),
        };
        &UNKNOWN
    }
}

impl Serialize for Key {
    fn to_writer<W: io::Write>(&self, writer: &mut W) -> Result<()> {
        writer.write_all(&self.0.body)?;
        Ok(())
    }

    fn write_len(&self) -> usize {
        self.0.body.len()
    }
}

impl VerifyingKey for Key {
    fn verify(&self, hash: HashAlgorithm, hashed: &[u8], signature: &SignatureBytes) -> Result<()> {
        self.0.material.verify(hash, hashed, signature)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_an_older_version_and_half_a_key_are_refused() {
        let why = |body: &[u8]| Key::from_body(body).unwrap_err().to_string();
        assert!(why(&[3, 0, 0, 0, 0, 0, 0, 1]).contains("version 3"));
        assert!(why(&[4, 0, 0, 0]).contains("cut short"));
        assert!(why(&[6, 0, 0, 0, 0, 27, 0, 0, 0, 33, 0]).contains("another length"));
    }

    #[test]
    fn zeros_before_a_modulus_do_not_make_it_longer() {
        let mut body = vec![4, 0, 0, 0, 0, 1];
        body.extend(2048_u16.to_be_bytes());
        body.extend([0; 128]);
        body.extend([0xff; 128]);
        body.extend([0, 17, 1, 0, 1]);
        let key = Key::from_body(&body).unwrap();
        assert!(matches!(key.material(), Material::Rsa { bits: 1024, .. }));
    }
}
