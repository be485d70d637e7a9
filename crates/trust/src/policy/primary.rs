//! Whether a certificate's primary key is good.

use pgp::{
    packet::{Signature, SignatureConfig, SignatureType},
    types::Tag,
};

use super::{
    algorithm, blame, issuer,
    newest::{allows_signing, key_flags, newest},
    packet, time,
};
use crate::{Certificate, Flaw, KeyFlaw, Refusal, certificate::User};

/// Whether the primary key itself may sign data as of `now`.
pub(crate) fn may_sign(certificate: &Certificate, now: u64) -> Result<(), Refusal> {
    let flawed = blame(&certificate.primary);
    let statement = statement(certificate, now).map_err(&flawed)?;
    if allows_signing(statement) {
        Ok(())
    } else {
        Err(flawed(KeyFlaw::NotForSigning))
    }
}

/// Whether the primary key may vouch for its subkeys as of `now`.
pub(super) fn is_valid(certificate: &Certificate, now: u64) -> Result<(), Refusal> {
    statement(certificate, now)
        .map(|_| ())
        .map_err(blame(&certificate.primary))
}

/// What the owner says about a primary key that is strong, of its time, and
/// neither revoked nor expired.
fn statement(certificate: &Certificate, now: u64) -> Result<&SignatureConfig, KeyFlaw> {
    let key = &certificate.primary;
    algorithm::key(key)?;
    time::key_creation(key, now)?;
    if is_revoked(certificate) {
        return Err(KeyFlaw::Revoked);
    }
    let statements: Vec<_> = statements(certificate, now).collect();
    let of_highest = |rank: fn(&SignatureConfig) -> Rank| {
        newest(statements.iter().cloned(), rank).map_err(KeyFlaw::SelfSignature)
    };
    time::key_expiry(key, of_highest(rank_for_expiry)?, now)?;
    of_highest(rank)
}

/// A revocation counts whatever its age, reason or hash: at worst, a key that
/// is still good is not used.
fn is_revoked(certificate: &Certificate) -> bool {
    certificate
        .signatures
        .iter()
        .filter(|signature| signature.typ() == Some(SignatureType::KeyRevocation))
        .any(|signature| signature.verify_key(&certificate.primary).is_ok())
}

/// The self-signatures on the key and on its user ids, each with its verdict.
fn statements(
    certificate: &Certificate,
    now: u64,
) -> impl Iterator<Item = Result<&SignatureConfig, Flaw>> {
    let direct = certificate
        .signatures
        .iter()
        .filter(|signature| signature.typ() == Some(SignatureType::Key))
        .filter(|signature| is_own(signature, certificate))
        .map(move |signature| direct_key(certificate, signature, now));
    let users = certificate.users.iter().flat_map(move |user| {
        user.signatures
            .iter()
            .filter(|signature| is_certification(signature) && is_own(signature, certificate))
            .map(move |signature| certification(certificate, user, signature, now))
    });
    direct.chain(users)
}

/// Whether a statement is about the matter, and when it was made (Unix seconds).
type Rank = (bool, Option<u64>);

/// The newest counts of those that speak of the key's use: one that does not,
/// such as one that only names a designated revoker, is about other matters.
fn rank(statement: &SignatureConfig) -> Rank {
    (key_flags(statement).is_some(), time::created(statement))
}

/// An end that was set without repeating the key's use holds, too, until a
/// newer statement sets another or none.
fn rank_for_expiry(statement: &SignatureConfig) -> Rank {
    let speaks = key_flags(statement).is_some() || time::key_lifetime(statement).is_some();
    (speaks, time::created(statement))
}

fn is_own(signature: &Signature, certificate: &Certificate) -> bool {
    signature
        .config()
        .is_some_and(|config| issuer::is(config, &certificate.primary))
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

fn direct_key<'a>(
    certificate: &Certificate,
    signature: &'a Signature,
    now: u64,
) -> Result<&'a SignatureConfig, Flaw> {
    let config = packet::check(signature, &certificate.primary, now)?;
    signature
        .verify_key(&certificate.primary)
        .map_err(|_| Flaw::Mismatch)?;
    Ok(config)
}

fn certification<'a>(
    certificate: &Certificate,
    user: &User,
    signature: &'a Signature,
    now: u64,
) -> Result<&'a SignatureConfig, Flaw> {
    let key = &certificate.primary;
    let config = packet::check(signature, key, now)?;
    signature
        .verify_certification(key, Tag::UserId, &user.id)
        .map_err(|_| Flaw::Mismatch)?;
    match revocation_of(certificate, user) {
        Some(revoked) if time::created(config) <= Some(revoked) => Err(Flaw::Revoked),
        _ => Ok(config),
    }
}

/// When the owner last revoked a user id (Unix seconds).
fn revocation_of(certificate: &Certificate, user: &User) -> Option<u64> {
    user.signatures
        .iter()
        .filter(|signature| signature.typ() == Some(SignatureType::CertRevocation))
        .filter(|signature| {
            signature
                .verify_certification(&certificate.primary, Tag::UserId, &user.id)
                .is_ok()
        })
        .map(|signature| {
            signature
                .config()
                .and_then(time::created)
                .unwrap_or(u64::MAX)
        })
        .max()
}
