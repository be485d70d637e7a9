//! Which algorithms are strong enough.

use pgp::{
    crypto::{hash::HashAlgorithm, public_key::PublicKeyAlgorithm},
    ser::Serialize,
    types::{KeyDetails, KeyVersion, PublicParams, RsaPublicParams},
};

use crate::{Flaw, KeyFlaw};

/// The shortest RSA modulus that is accepted, in bits.
pub(crate) const MIN_RSA_BITS: u16 = 2048;

/// Accepts the SHA-2 and SHA-3 families; refuses MD5, SHA-1, RIPEMD-160 and
/// whatever is not known.
pub(super) fn hash(algorithm: HashAlgorithm) -> Result<(), Flaw> {
    match algorithm {
        HashAlgorithm::Sha224
        | HashAlgorithm::Sha256
        | HashAlgorithm::Sha384
        | HashAlgorithm::Sha512
        | HashAlgorithm::Sha3_256
        | HashAlgorithm::Sha3_512 => Ok(()),
        other => Err(Flaw::Hash(other.to_string())),
    }
}

/// Accepts keys of version 4 and 6 that can sign and are strong enough.
pub(super) fn key(key: &impl KeyDetails) -> Result<(), KeyFlaw> {
    match key.version() {
        KeyVersion::V4 | KeyVersion::V6 => strength(key.algorithm(), key.public_params()),
        other => Err(KeyFlaw::Version(other.into())),
    }
}

fn strength(algorithm: PublicKeyAlgorithm, params: &PublicParams) -> Result<(), KeyFlaw> {
    match params {
        PublicParams::RSA(rsa) if algorithm != PublicKeyAlgorithm::RSAEncrypt => rsa_length(rsa),
        PublicParams::ECDSA(_)
        | PublicParams::EdDSALegacy(_)
        | PublicParams::Ed25519(_)
        | PublicParams::Ed448(_) => Ok(()),
        _ => Err(KeyFlaw::Algorithm(format!("{algorithm:?}"))),
    }
}

fn rsa_length(params: &RsaPublicParams) -> Result<(), KeyFlaw> {
    match modulus_bits(params) {
        bits if bits < MIN_RSA_BITS => Err(KeyFlaw::ShortRsa(bits)),
        _ => Ok(()),
    }
}

/// The modulus is encoded first, as a number that is preceded by its length in
/// bits (RFC 9580, section 3.2).
fn modulus_bits(params: &RsaPublicParams) -> u16 {
    let encoded = params.to_bytes().unwrap_or_default();
    encoded
        .first_chunk()
        .map_or(0, |length| u16::from_be_bytes(*length))
}
