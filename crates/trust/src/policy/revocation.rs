//! Whether a key, or a statement about it, was revoked.
//!
//! A revocation counts, regardless of its age, reason or hash: at worst, a key that is still
//! good is not used. For the same reason one counts that cannot be verified: by a hash that is not
//! known, or by a designated revoker (RFC 9580, section 5.2.3.23), whose own key is seldom there
//! to be asked.

use pgp::{
    packet::{Signature, SignatureConfig, SignatureType, SubpacketData},
    types::Tag,
};

use super::{issuer, own, statement::is_proof, time};
use crate::{
    Certificate, KeyFlaw,
    certificate::{Subkey, User},
};

/// What a signature is that is there as a revocation.
enum Verdict {
    Revokes,
    MayRevoke,
    /// Of another key.
    Void,
}

/// Refuses a primary key that was revoked.
pub(super) fn of_primary(certificate: &Certificate) -> Result<(), KeyFlaw> {
    refuse(certificate, SignatureType::KeyRevocation, |signature| {
        signature.verify_key(&certificate.primary).is_ok()
    })
}

/// Refuses a subkey that was revoked, or may have been: of what cannot be verified it is unknown
/// which subkey it is about.
pub(super) fn of_subkey(certificate: &Certificate, subkey: &Subkey) -> Result<(), KeyFlaw> {
    refuse(certificate, SignatureType::SubkeyRevocation, |signature| {
        signature
            .verify_subkey_binding(&certificate.primary, &subkey.key)
            .is_ok()
    })
}

fn refuse(
    certificate: &Certificate,
    kind: SignatureType,
    verifies: impl Fn(&Signature) -> bool,
) -> Result<(), KeyFlaw> {
    let mut outcome = Ok(());
    for signature in of_type(certificate, kind) {
        match verdict(certificate, signature, verifies(signature)) {
            Verdict::Revokes => return Err(KeyFlaw::Revoked),
            Verdict::MayRevoke => outcome = Err(KeyFlaw::MayBeRevoked),
            Verdict::Void => {}
        }
    }
    outcome
}

/// What became of the certifications of a user id.
#[derive(Default)]
pub(super) struct Withdrawal {
    /// Those up to this time (Unix seconds) were revoked.
    pub(super) until: Option<u64>,
    /// Some may have been revoked.
    pub(super) in_doubt: bool,
}

/// What the owner has revoked of the certifications of a user id.
pub(super) fn of_user(certificate: &Certificate, user: &User) -> Withdrawal {
    let mut withdrawal = Withdrawal::default();
    for signature in of_type(certificate, SignatureType::CertRevocation) {
        match verdict(
            certificate,
            signature,
            is_about(signature, certificate, user),
        ) {
            Verdict::Revokes => {
                let made = signature.config().and_then(time::created);
                withdrawal.until = withdrawal.until.max(Some(made.unwrap_or(u64::MAX)));
            }
            Verdict::MayRevoke => withdrawal.in_doubt = true,
            Verdict::Void => {}
        }
    }
    withdrawal
}

/// Whether the owner may have revoked what direct-key signatures say: a
/// revocation of certifications that is about no user id may be about these.
pub(super) fn of_direct(certificate: &Certificate) -> bool {
    let about_a_user = |signature: &Signature| {
        let mut users = certificate.users.iter();
        users.any(|user| is_about(signature, certificate, user))
    };
    of_type(certificate, SignatureType::CertRevocation)
        .filter(|signature| {
            may_be_owners(certificate, signature) || may_be_revokers(certificate, signature)
        })
        .any(|signature| !about_a_user(signature))
}

fn of_type(certificate: &Certificate, kind: SignatureType) -> impl Iterator<Item = &Signature> {
    let revocations = certificate.revocations.iter();
    revocations.filter(move |signature| signature.typ() == Some(kind))
}

fn is_about(signature: &Signature, certificate: &Certificate, user: &User) -> bool {
    signature
        .verify_certification(&certificate.primary, Tag::UserId, &user.id)
        .is_ok()
}

fn verdict(certificate: &Certificate, signature: &Signature, verifies: bool) -> Verdict {
    if verifies {
        return Verdict::Revokes;
    }
    let by_owner = !is_proof(signature) && may_be_owners(certificate, signature);
    if by_owner || may_be_revokers(certificate, signature) {
        return Verdict::MayRevoke;
    }
    Verdict::Void
}

fn may_be_owners(certificate: &Certificate, signature: &Signature) -> bool {
    let config = signature.config();
    config.is_some_and(|config| issuer::may_be(config, &certificate.primary))
}

/// Whether a signature may be by a designated revoker. Names beside the hash allow nothing:
/// anybody can add them.
fn may_be_revokers(certificate: &Certificate, signature: &Signature) -> bool {
    let Some(config) = signature.config() else {
        return false;
    };
    own::made(certificate)
        .filter_map(Signature::config)
        .flat_map(SignatureConfig::hashed_subpackets)
        .any(|subpacket| match &subpacket.data {
            SubpacketData::RevocationKey(revoker) => issuer::may_be_revoker(config, revoker),
            _ => false,
        })
}
