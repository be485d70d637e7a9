//! The signatures by which a primary key speaks of itself.

use pgp::{
    packet::{Signature, SignatureType},
    types::Tag,
};

use super::{issuer, statement::is_proof};
use crate::{Certificate, certificate::User};

/// A signature that may be the primary key's, and whether it verifies.
type Own<'a> = (&'a Signature, bool);

/// Those on the key.
pub(super) fn on_key(certificate: &Certificate) -> impl Iterator<Item = Own<'_>> {
    let key = &certificate.primary;
    let own = by_owner(certificate, &certificate.signatures, |signature| {
        signature.typ() == Some(SignatureType::Key)
    });
    own.map(|signature| (signature, signature.verify_key(key).is_ok()))
}

/// Those on a user id.
pub(super) fn on_user<'a>(
    certificate: &'a Certificate,
    user: &'a User,
) -> impl Iterator<Item = Own<'a>> {
    let key = &certificate.primary;
    by_owner(certificate, &user.signatures, is_certification).map(|signature| {
        let verified = signature.verify_certification(key, Tag::UserId, &user.id);
        (signature, verified.is_ok())
    })
}

/// All that were made by the primary key, for all that can be known.
pub(super) fn made(certificate: &Certificate) -> impl Iterator<Item = &Signature> {
    let users = certificate.users.iter();
    on_key(certificate)
        .chain(users.flat_map(|user| on_user(certificate, user)))
        .filter(|(signature, verified)| *verified || !is_proof(signature))
        .map(|(signature, _)| signature)
}

fn by_owner<'a>(
    certificate: &'a Certificate,
    signatures: &'a [Signature],
    is_of_type: fn(&Signature) -> bool,
) -> impl Iterator<Item = &'a Signature> {
    let may_be_own = |signature: &&Signature| {
        let config = signature.config();
        config.is_some_and(|config| issuer::may_be(config, &certificate.primary))
    };
    let signatures = signatures.iter();
    signatures.filter(move |signature| is_of_type(signature) && may_be_own(signature))
}

fn is_certification(signature: &Signature) -> bool {
    matches!(
        signature.typ(),
        Some(
            SignatureType::CertGeneric
                | SignatureType::CertPersona
                | SignatureType::CertCasual
                | SignatureType::CertPositive
        )
    )
}
