//! ECDSA over those of NIST's curves that GnuPG and `sq` make signing keys for.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use pgp::{
    errors::{Error, Result},
    types::Mpi,
};

use super::numbers::{number, pair};

/// A point on one of the curves.
pub(crate) enum Key {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

/// What a key over another curve is called.
pub(super) const OTHER_CURVE: &str = "ECDSA over a curve other than P-256, P-384 and P-521";

/// 1.2.840.10045.3.1.7, 1.3.132.0.34 and 1.3.132.0.35 (RFC 9580, section 9.2).
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

impl Key {
    /// Takes curve and point off the front; nothing if the curve is another.
    pub(super) fn parse(rest: &mut &[u8]) -> Result<Option<Self>> {
        let cut = || Error::from("a key was cut short".to_owned());
        let (&length, after) = rest.split_first().ok_or_else(cut)?;
        let (curve, after) = after.split_at_checked(length.into()).ok_or_else(cut)?;
        *rest = after;
        let mut point = || number(rest);
        Ok(Some(match curve {
            P256 => Self::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(
                point()?.as_ref(),
            )?),
            P384 => Self::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(
                point()?.as_ref(),
            )?),
            P521 => Self::P521(p521::ecdsa::VerifyingKey::from_sec1_bytes(
                point()?.as_ref(),
            )?),
            _ => return Ok(None),
        }))
    }

    /// 512 bits will do for P-521 (RFC 9580, section 5.2.3.2).
    pub(super) fn least_hash(&self) -> usize {
        match self {
            Self::P256(_) => 32,
            Self::P384(_) => 48,
            Self::P521(_) => 64,
        }
    }

    /// A shorter hash is the same number with zeros before it, which the curves'
    /// crates want.
    pub(super) fn verify(&self, hashed: &[u8], signature: &[Mpi; 2]) -> Result<()> {
        let mut number = vec![0; self.least_hash().saturating_sub(hashed.len())];
        number.extend_from_slice(hashed);
        match self {
            Self::P256(key) => {
                let signature = p256::ecdsa::Signature::from_slice(&pair::<32>(signature)?)?;
                key.verify_prehash(&number, &signature)?;
            }
            Self::P384(key) => {
                let signature = p384::ecdsa::Signature::from_slice(&pair::<48>(signature)?)?;
                key.verify_prehash(&number, &signature)?;
            }
            Self::P521(key) => {
                let signature = p521::ecdsa::Signature::from_slice(&pair::<66>(signature)?)?;
                key.verify_prehash(&number, &signature)?;
            }
        }
        Ok(())
    }
}
