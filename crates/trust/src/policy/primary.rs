//! Whether a certificate's primary key is good.

use pgp::packet::SignatureConfig;

use super::{
    algorithm, blame, own,
    revocation::{self, Withdrawal},
    statement::{Read, Statement, allow_signing, key_flags, latest, newest_of},
    time,
};
use crate::{Certificate, Flaw, KeyFlaw, Refusal};

/// Whether the primary key itself may sign data as of `now`.
pub(crate) fn may_sign(certificate: &Certificate, now: u64) -> Result<(), Refusal> {
    let flawed = blame(&certificate.primary);
    let statements = in_force(certificate, now).map_err(&flawed)?;
    if allow_signing(&statements) {
        Ok(())
    } else {
        Err(flawed(KeyFlaw::NotForSigning))
    }
}

/// Whether the primary key may vouch for its subkeys as of `now`.
pub(super) fn is_valid(certificate: &Certificate, now: u64) -> Result<(), Refusal> {
    in_force(certificate, now)
        .map(|_| ())
        .map_err(blame(&certificate.primary))
}

/// The owner's statements about the use of a primary key that is strong, not from the
/// future, and neither revoked nor expired.
///
/// Of the statements about the key's use, the newest counts. Others, for instance one that
/// only names a designated revoker, are ignored.
fn in_force(certificate: &Certificate, now: u64) -> Result<Vec<&SignatureConfig>, KeyFlaw> {
    let key = &certificate.primary;
    algorithm::key(key)?;
    time::key_creation(key, now)?;
    revocation::of_primary(certificate)?;
    let statements = statements(certificate, now);
    let expiries = newest_of(&statements, concerns_expiry).map_err(KeyFlaw::SelfSignature)?;
    for statement in expiries {
        time::key_expiry(key, statement, now)?;
    }
    newest_of(&statements, concerns_use).map_err(KeyFlaw::SelfSignature)
}

fn concerns_use(statement: &SignatureConfig) -> bool {
    key_flags(statement).is_some()
}

/// An expiry that was set without repeating the key's use counts, too, until a newer
/// statement sets another or none.
fn concerns_expiry(statement: &SignatureConfig) -> bool {
    concerns_use(statement) || time::key_lifetime(statement).is_some()
}

/// The newest self-signatures on the key and on each user id: of several on the
/// same, the older ones are void (RFC 9580, section 5.2.3.10).
fn statements(certificate: &Certificate, now: u64) -> Vec<Read<'_>> {
    let read = |withdrawal: Withdrawal| {
        move |(signature, verified): (_, bool)| {
            let read = Statement::read(signature, &certificate.primary, now, verified);
            stand(read?, &withdrawal)
        }
    };
    let direct = Withdrawal {
        until: None,
        in_doubt: revocation::of_direct(certificate),
    };
    let mut all = latest(own::on_key(certificate).map(read(direct)).collect());
    for user in &certificate.users {
        let withdrawal = revocation::of_user(certificate, user);
        let own = own::on_user(certificate, user);
        all.extend(latest(own.map(read(withdrawal)).collect()));
    }
    all
}

/// The statements that are not revoked.
fn stand<'a>(mut statement: Statement<'a>, withdrawal: &Withdrawal) -> Read<'a> {
    if Some(statement.made()) <= withdrawal.until {
        return Err(Flaw::Revoked);
    }
    if withdrawal.in_doubt {
        statement.spoil(Flaw::Revoked);
    }
    Ok(statement)
}
