//! Which key a signature says it was made by.

use pgp::{
    packet::{SignatureConfig, Subpacket, SubpacketData},
    types::{KeyDetails, RevocationKey},
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
                SubpacketData::IssuerKeyId(id) => Some(id.to_string().to_ascii_uppercase()),
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

/// Whether a signature may be by `key`: it names that key, or none.
pub(super) fn may_be(config: &SignatureConfig, key: &impl KeyDetails) -> bool {
    may_be_by(
        config,
        key.fingerprint().as_bytes(),
        key.legacy_key_id().as_ref(),
    )
}

/// Whether a signature may be by a designated revoker, whose key is of version 4.
pub(super) fn may_be_revoker(config: &SignatureConfig, revoker: &RevocationKey) -> bool {
    let fingerprint = &revoker.fingerprint;
    let key_id = fingerprint.last_chunk::<8>();
    key_id.is_some_and(|id| may_be_by(config, fingerprint, id))
}

fn may_be_by(config: &SignatureConfig, fingerprint: &[u8], id: &[u8]) -> bool {
    let (ids, fingerprints) = (config.issuer_key_id(), config.issuer_fingerprint());
    let mut ids = ids.iter().map(|named| named.as_ref() == id);
    let mut fingerprints = fingerprints
        .iter()
        .map(|named| named.as_bytes() == fingerprint);
    (ids.len() == 0 && fingerprints.len() == 0) || ids.any(|it| it) || fingerprints.any(|it| it)
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
