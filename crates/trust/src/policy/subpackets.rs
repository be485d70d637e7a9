//! Subpackets that would change a signature's meaning.

use pgp::packet::{Notation, SignatureConfig, Subpacket, SubpacketData, SubpacketType};

use crate::Flaw;

/// Subpackets that may occur only once: with a second one, it would be unclear which counts.
const SINGLE: [(SubpacketType, &str); 4] = [
    (SubpacketType::SignatureCreationTime, "creation time"),
    (SubpacketType::SignatureExpirationTime, "expiry"),
    (SubpacketType::KeyExpirationTime, "key expiry"),
    (SubpacketType::KeyFlags, "key flags"),
];

/// Refuses contradictions, and subpackets that the signer marked as critical and this program
/// does not act upon.
pub(super) fn check(config: &SignatureConfig) -> Result<(), Flaw> {
    config
        .hashed_subpackets()
        .chain(config.unhashed_subpackets())
        .try_for_each(understood)?;
    SINGLE
        .iter()
        .try_for_each(|(kind, name)| single(config, *kind, name))
}

fn single(config: &SignatureConfig, kind: SubpacketType, name: &'static str) -> Result<(), Flaw> {
    match config
        .hashed_subpackets()
        .filter(|subpacket| subpacket.typ() == kind)
        .count()
    {
        0 | 1 => Ok(()),
        _ => Err(Flaw::Repeated(name)),
    }
}

fn understood(subpacket: &Subpacket) -> Result<(), Flaw> {
    match &subpacket.data {
        _ if !subpacket.is_critical => Ok(()),
        SubpacketData::Notation(Notation { name, .. }) => Err(Flaw::CriticalNotation(
            String::from_utf8_lossy(name).into_owned(),
        )),
        data if is_known(data) => Ok(()),
        _ => Err(Flaw::CriticalSubpacket(subpacket.typ().as_u8(false))),
    }
}

/// Subpackets that this policy applies, or that do not affect who signed what and when.
fn is_known(data: &SubpacketData) -> bool {
    matches!(
        data,
        SubpacketData::SignatureCreationTime(_)
            | SubpacketData::SignatureExpirationTime(_)
            | SubpacketData::KeyExpirationTime(_)
            | SubpacketData::IssuerKeyId(_)
            | SubpacketData::IssuerFingerprint(_)
            | SubpacketData::KeyFlags(_)
            | SubpacketData::EmbeddedSignature(_)
            | SubpacketData::IsPrimary(_)
            | SubpacketData::Features(_)
            | SubpacketData::PreferredSymmetricAlgorithms(_)
            | SubpacketData::PreferredHashAlgorithms(_)
            | SubpacketData::PreferredCompressionAlgorithms(_)
            | SubpacketData::PreferredAeadAlgorithms(_)
            | SubpacketData::PreferredEncryptionModes(_)
            | SubpacketData::KeyServerPreferences(_)
            | SubpacketData::PreferredKeyServer(_)
            | SubpacketData::SignersUserID(_)
            | SubpacketData::RevocationKey(_)
            | SubpacketData::Revocable(_)
            | SubpacketData::PolicyURI(_)
    )
}
