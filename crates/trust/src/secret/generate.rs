//! Making a new key.

use pgp::{
    composed::KeyType,
    crypto::{hash::HashAlgorithm, sym::SymmetricKeyAlgorithm},
    packet::{
        KeyFlags, PubKeyInner, PublicKey, SecretKey, Signature, SignatureConfig, SignatureType,
        Subpacket, SubpacketData, UserId,
    },
    types::{KeyVersion, PacketHeaderVersion, Password, Tag, Timestamp},
};
use rand::rngs::OsRng;

use super::{encode, origin, parse};
use crate::{Algorithm, KeyError};

pub(super) fn generate(
    user_id: &str,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<super::SecretKey, KeyError> {
    if user_id.trim().is_empty() {
        return Err(KeyError::NoUserId);
    }
    let primary = primary(key_type(algorithm), now)?;
    let user_id = UserId::from_str(PacketHeaderVersion::New, user_id)?;
    let certification = certify(&primary, &user_id, now)?;
    let mut encoded = encode(&primary)?;
    encoded.extend_from_slice(&encode(&user_id)?);
    encoded.extend_from_slice(&encode(&certification)?);
    parse::assemble(encoded)
}

fn key_type(algorithm: Algorithm) -> KeyType {
    match algorithm {
        Algorithm::Ed25519 => KeyType::Ed25519Legacy,
        Algorithm::Rsa3072 => KeyType::Rsa(3072),
    }
}

fn primary(key_type: KeyType, now: Timestamp) -> Result<SecretKey, KeyError> {
    let (public, secret) = key_type.generate(OsRng)?;
    let inner = PubKeyInner::new(KeyVersion::V4, key_type.to_alg(), now, None, public)?;
    Ok(SecretKey::new(PublicKey::from_inner(inner)?, secret)?)
}

/// The self-signature: whose key this is, and that it certifies and signs.
fn certify(primary: &SecretKey, user_id: &UserId, now: Timestamp) -> Result<Signature, KeyError> {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let mut config = SignatureConfig::from_key(OsRng, primary, SignatureType::CertPositive)?;
    config.hashed_subpackets = origin(primary, now)?;
    for data in [
        SubpacketData::KeyFlags(flags),
        SubpacketData::IsPrimary(true),
        SubpacketData::PreferredHashAlgorithms(
            [HashAlgorithm::Sha512, HashAlgorithm::Sha256]
                .into_iter()
                .collect(),
        ),
        SubpacketData::PreferredSymmetricAlgorithms(
            [SymmetricKeyAlgorithm::AES256].into_iter().collect(),
        ),
    ] {
        config.hashed_subpackets.push(Subpacket::regular(data)?);
    }
    let public = primary.public_key();
    Ok(config.sign_certification(primary, public, &Password::empty(), Tag::UserId, user_id)?)
}
