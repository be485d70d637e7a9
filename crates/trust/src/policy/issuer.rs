//! Which key a signature says it was made by.

use pgp::{
    packet::{SignatureConfig, Subpacket, SubpacketData},
    types::KeyDetails,
};

/// The fingerprint, or else the key id, that stands under the signature's hash,
/// in upper-case hexadecimal.
pub(super) fn stated(config: &SignatureConfig) -> Option<String> {
    let fingerprint = config
        .hashed_subpackets()
        .find_map(|subpacket| match &subpacket.data {
            SubpacketData::IssuerFingerprint(fingerprint) => Some(format!("{fingerprint:X}")),
            _ => None,
        });
    let key_id = || {
        config
            .hashed_subpackets()
            .find_map(|subpacket| match &subpacket.data {
                SubpacketData::IssuerKeyId(id) => Some(id.to_string().to_uppercase()),
                _ => None,
            })
    };
    fingerprint.or_else(key_id)
}

/// Whether everything that a signature says about its issuer, hashed or not,
/// says that it is `key`.
pub(super) fn is(config: &SignatureConfig, key: &impl KeyDetails) -> bool {
    config
        .hashed_subpackets()
        .chain(config.unhashed_subpackets())
        .filter_map(|subpacket| names(subpacket, key))
        .reduce(|all, this| all && this)
        .unwrap_or(false)
}

/// Whether a subpacket names `key` as issuer; nothing if it is about another
/// matter.
fn names(subpacket: &Subpacket, key: &impl KeyDetails) -> Option<bool> {
    match &subpacket.data {
        SubpacketData::IssuerFingerprint(fingerprint) => Some(*fingerprint == key.fingerprint()),
        SubpacketData::IssuerKeyId(id) => Some(*id == key.legacy_key_id()),
        _ => None,
    }
}
