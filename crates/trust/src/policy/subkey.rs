//! Whether a subkey is good, and belongs to its primary key.

use pgp::packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};

use super::{
    algorithm, blame,
    newest::{allows_signing, newest},
    packet, primary, time,
};
use crate::{Certificate, Flaw, KeyFlaw, Refusal, certificate::Subkey};

/// Whether a subkey may sign data as of `now`.
pub(crate) fn may_sign(
    certificate: &Certificate,
    subkey: &Subkey,
    now: u64,
) -> Result<(), Refusal> {
    primary::is_valid(certificate, now)?;
    check(certificate, subkey, now).map_err(blame(&subkey.key))
}

fn check(certificate: &Certificate, subkey: &Subkey, now: u64) -> Result<(), KeyFlaw> {
    algorithm::key(&subkey.key)?;
    time::key_creation(&subkey.key, now)?;
    if is_revoked(certificate, subkey) {
        return Err(KeyFlaw::Revoked);
    }
    let bindings = of_type(&subkey.signatures, SignatureType::SubkeyBinding)
        .map(|signature| bound(certificate, subkey, signature, now));
    let binding = newest(bindings, time::created).map_err(KeyFlaw::Binding)?;
    time::key_expiry(&subkey.key, binding, now)?;
    if !allows_signing(binding) {
        return Err(KeyFlaw::NotForSigning);
    }
    back_signature(certificate, subkey, binding, now).map_err(KeyFlaw::BackSignature)
}

fn of_type(signatures: &[Signature], kind: SignatureType) -> impl Iterator<Item = &Signature> {
    signatures
        .iter()
        .filter(move |signature| signature.typ() == Some(kind))
}

/// As with primary keys, a revocation counts whatever its age, reason or hash.
fn is_revoked(certificate: &Certificate, subkey: &Subkey) -> bool {
    of_type(&certificate.signatures, SignatureType::SubkeyRevocation).any(|signature| {
        signature
            .verify_subkey_binding(&certificate.primary, &subkey.key)
            .is_ok()
    })
}

fn bound<'a>(
    certificate: &Certificate,
    subkey: &Subkey,
    signature: &'a Signature,
    now: u64,
) -> Result<&'a SignatureConfig, Flaw> {
    let config = packet::check(signature, &certificate.primary, now)?;
    signature
        .verify_subkey_binding(&certificate.primary, &subkey.key)
        .map_err(|_| Flaw::Mismatch)?;
    Ok(config)
}

/// Without the subkey's own consent, anybody could adopt another's signing key
/// (RFC 9580, section 5.2.1.9).
fn back_signature(
    certificate: &Certificate,
    subkey: &Subkey,
    binding: &SignatureConfig,
    now: u64,
) -> Result<(), Flaw> {
    let embedded = binding
        .hashed_subpackets()
        .chain(binding.unhashed_subpackets());
    let signature = embedded
        .filter_map(embedded_signature)
        .next()
        .ok_or(Flaw::Missing)?;
    packet::check(signature, &subkey.key, now)?;
    signature
        .verify_primary_key_binding(&subkey.key, &certificate.primary)
        .map_err(|_| Flaw::Mismatch)
}

fn embedded_signature(subpacket: &Subpacket) -> Option<&Signature> {
    match &subpacket.data {
        SubpacketData::EmbeddedSignature(signature) => Some(signature),
        _ => None,
    }
}
