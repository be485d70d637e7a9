//! Whether a subkey is good, and belongs to its primary key.

use pgp::packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};

use super::{
    algorithm, blame, packet, primary, revocation,
    statement::{Read, Statement, allow_signing, newest},
    time,
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
    revocation::of_subkey(certificate, subkey)?;
    let bindings = newest(bindings(certificate, subkey, now)).map_err(KeyFlaw::Binding)?;
    for binding in &bindings {
        time::key_expiry(&subkey.key, binding, now)?;
    }
    if !allow_signing(&bindings) {
        return Err(KeyFlaw::NotForSigning);
    }
    bindings
        .into_iter()
        .try_for_each(|binding| back_signature(certificate, subkey, binding, now))
        .map_err(KeyFlaw::BackSignature)
}

fn bindings<'a>(certificate: &Certificate, subkey: &'a Subkey, now: u64) -> Vec<Read<'a>> {
    let primary = &certificate.primary;
    let is_binding = |signature: &&Signature| signature.typ() == Some(SignatureType::SubkeyBinding);
    let bindings = subkey.signatures.iter().filter(is_binding);
    bindings
        .map(|signature| {
            let verified = signature.verify_subkey_binding(primary, &subkey.key);
            Statement::read(signature, primary, now, verified.is_ok())
        })
        .collect()
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
