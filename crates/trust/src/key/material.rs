//! The numbers of a public key, by algorithm (RFC 9580, section 5.5.5).

use p256::ecdsa::signature::Verifier;
use pgp::{
    crypto::{self, hash::HashAlgorithm, public_key::PublicKeyAlgorithm},
    errors::{Error, Result},
    ser::Serialize,
    types::{
        Ed25519PublicParams, EddsaLegacyPublicParams, KeyVersion, RsaPublicParams, SignatureBytes,
    },
};

use super::ecdsa;
use super::numbers::{numbers, pair};

/// The algorithms whose signatures are believed; of all others, the name.
pub(crate) enum Material {
    Rsa {
        key: RsaPublicParams,
        /// Of the modulus, without the zeros before it that a packet may count.
        bits: u16,
    },
    /// Curve25519 in the form of version 4, with numbers for points.
    Ed25519Legacy(EddsaLegacyPublicParams),
    Ed25519(Ed25519PublicParams),
    Ecdsa(ecdsa::Key),
    /// One that cannot sign, or that is not known here; unread.
    Other(String),
}

impl Material {
    pub(super) fn parse(
        version: KeyVersion,
        algorithm: PublicKeyAlgorithm,
        mut bytes: &[u8],
    ) -> Result<Self> {
        let rest = &mut bytes;
        let material = match algorithm {
            PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign => rsa(rest)?,
            PublicKeyAlgorithm::EdDSALegacy if version == KeyVersion::V4 => legacy(rest)?,
            PublicKeyAlgorithm::Ed25519 => {
                Self::Ed25519(Ed25519PublicParams::try_from_reader(&mut *rest)?)
            }
            PublicKeyAlgorithm::ECDSA => match ecdsa::Key::parse(rest)? {
                Some(key) => Self::Ecdsa(key),
                None => return Ok(Self::Other(ecdsa::OTHER_CURVE.to_owned())),
            },
            other => return Ok(Self::Other(format!("{other:?}"))),
        };
        if rest.is_empty() {
            Ok(material)
        } else {
            Err(Error::from(
                "there is more in a key than belongs there".to_owned(),
            ))
        }
    }

    /// How many bytes a hash has at least that such a key may sign (RFC 9580,
    /// sections 5.2.3.2 to 5.2.3.4). A shorter one verifies, and is for the policy to
    /// judge.
    pub(crate) fn least_hash(&self) -> usize {
        match self {
            Self::Ed25519Legacy(_) | Self::Ed25519(_) => 32,
            Self::Ecdsa(key) => key.least_hash(),
            Self::Rsa { .. } | Self::Other(_) => 0,
        }
    }

    pub(super) fn verify(
        &self,
        hash: HashAlgorithm,
        hashed: &[u8],
        signature: &SignatureBytes,
    ) -> Result<()> {
        match self {
            Self::Rsa { key, .. } => {
                let [signature] = numbers(signature)?;
                crypto::rsa::verify(&key.key, hash, hashed, signature.as_ref())
            }
            Self::Ed25519Legacy(EddsaLegacyPublicParams::Ed25519 { key }) => {
                let signature = pair::<32>(numbers(signature)?)?;
                Ok(key.verify(hashed, &signature.as_slice().try_into()?)?)
            }
            Self::Ed25519(key) => {
                let signature: &[u8] = signature.try_into()?;
                Ok(key.key.verify(hashed, &signature.try_into()?)?)
            }
            Self::Ecdsa(key) => key.verify(hashed, numbers(signature)?),
            Self::Ed25519Legacy(_) | Self::Other(_) => {
                Err(Error::from("no such signature is believed".to_owned()))
            }
        }
    }
}

fn rsa(rest: &mut &[u8]) -> Result<Material> {
    let key = RsaPublicParams::try_from_reader(rest)?;
    // Written anew, the modulus comes first, preceded by its true length in bits (RFC 9580,
    // section 3.2). The packet may state more.
    let bits = key
        .to_bytes()?
        .first_chunk()
        .map_or(0, |bits| u16::from_be_bytes(*bits));
    Ok(Material::Rsa { key, bits })
}

fn legacy(rest: &mut &[u8]) -> Result<Material> {
    match EddsaLegacyPublicParams::try_from_reader(rest, None)? {
        EddsaLegacyPublicParams::Unsupported { curve, .. } => {
            Ok(Material::Other(format!("EdDSA over {}", curve.name())))
        }
        key => Ok(Material::Ed25519Legacy(key)),
    }
}
