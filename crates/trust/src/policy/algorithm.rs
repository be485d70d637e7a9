//! Which algorithms are strong enough.

use pgp::crypto::hash::HashAlgorithm;

use crate::{
    Flaw, KeyFlaw,
    key::{Key, Material},
};

/// The shortest RSA modulus that is accepted, in bits.
pub(crate) const MIN_RSA_BITS: u16 = 2048;

/// Accepts the SHA-2 and SHA-3 families, as far as they are long enough for the key; refuses
/// MD5, SHA-1, RIPEMD-160 and unknown hashes.
pub(super) fn hash(algorithm: HashAlgorithm, key: &Key) -> Result<(), Flaw> {
    match algorithm {
        HashAlgorithm::Sha224
        | HashAlgorithm::Sha256
        | HashAlgorithm::Sha384
        | HashAlgorithm::Sha512
        | HashAlgorithm::Sha3_256
        | HashAlgorithm::Sha3_512
            if algorithm.digest_size() >= Some(key.material().least_hash()) =>
        {
            Ok(())
        }
        other => Err(Flaw::Hash(other.to_string())),
    }
}

/// Accepts keys of algorithms that sign and are strong enough.
pub(super) fn key(key: &Key) -> Result<(), KeyFlaw> {
    match key.material() {
        Material::Rsa { bits, .. } if *bits < MIN_RSA_BITS => Err(KeyFlaw::ShortRsa(*bits)),
        Material::Other(name) => Err(KeyFlaw::Algorithm(name.clone())),
        _ => Ok(()),
    }
}
