//! Verifies that a package is the one that its publisher signed.

mod unaccepted;

use crate::failure::{Failure, Kind};
use crate::package::Package;
use crate::store::{Seen, Serial};
use std::path::Path;
use trust::{Fingerprint, Judgement, Keyring, is_serial_ahead};
use unaccepted::{Unaccepted, Weight};
use wire::PackageName;
use wire::seal::{Endorsement, Seal, Statement, serial_and_time};
use wire::time::rfc3339;

/// What to verify a package against.
pub(crate) struct Checks<'a> {
    /// The name that was asked for.
    pub(crate) name: &'a PackageName,
    /// The keys that are trusted.
    pub(crate) keyring: &'a Keyring,
    /// The file or folder that they are in.
    pub(crate) keys_in: &'a Path,
    /// The only digest that is acceptable, if one was asked for.
    pub(crate) pin: Option<&'a str>,
    /// The last package that was accepted under this name.
    pub(crate) seen: &'a Seen,
    /// Unix seconds.
    pub(crate) now: u64,
}

/// A package that passed every check. Only this module can make one.
#[derive(Debug)]
pub(crate) struct Verified {
    package: Package,
    serial: Serial,
    signer: Fingerprint,
    endorsement: String,
}

impl Verified {
    /// The package, with the very bytes that were verified.
    pub(crate) fn package(&self) -> &Package {
        &self.package
    }

    /// Its serial and digest.
    pub(crate) fn serial(&self) -> &Serial {
        &self.serial
    }

    /// The value in the seal's map by which it was endorsed.
    pub(crate) fn endorsement(&self) -> &str {
        &self.endorsement
    }

    /// Who signed it.
    pub(crate) fn signer(&self) -> &Fingerprint {
        &self.signer
    }
}

/// Why a package is not to be trusted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Archive or manifest were changed.
    #[error(
        "its digest does not match: archive or manifest were changed after it was built; \
         push it again, and find out who changed it"
    )]
    Altered,
    /// It is not the requested package.
    #[error(
        "its digest is {found}, not the one that was asked for (ART_PACKAGE_DIGEST): the tag has moved \
         on, and the registry no longer has that package, or cannot be asked by digest; ask for the package anew"
    )]
    NotThePinned {
        /// Its digest.
        found: String,
    },
    /// It has no signature.
    #[error("it is not signed: `art sign` and push it")]
    Unsigned,
    /// None of its signatures is by a trusted key over this name and digest.
    #[error("it is not signed by a trusted key under this name: {0}")]
    Untrusted(Unaccepted),
    /// A newer package, or another with the same serial, was accepted before.
    #[error(
        "its serial {found} does not follow {seen}, which was accepted before: \
         it is an older package; sign it anew if it is to be used again"
    )]
    RolledBack {
        /// Its serial.
        found: u64,
        /// The serial that was accepted.
        seen: u64,
    },
    /// As [`Refusal::RolledBack`], where what was accepted is ahead of the clock: signing
    /// anew would not help.
    #[error(
        "its serial {} does not follow {}, which was accepted before and is ahead of this machine's clock \
         ({}): if that clock is right, a publisher's was not; use another tag, or have this machine \
         forget that serial (serials/seen.json in ARTISAN_HOME, jobs/seen of the agent)",
        serial_and_time(*found), serial_and_time(*seen), rfc3339(*now)
    )]
    Overtaken {
        /// Its serial.
        found: u64,
        /// The serial that was accepted.
        seen: u64,
        /// The clock, in unix seconds.
        now: u64,
    },
    /// As [`Refusal::RolledBack`], of the requested package: it was the newest when the job was
    /// made.
    #[error(
        "superseded: a newer package of this tag was run here (serial {seen}) than the one that \
         is asked for ({found}); ask for the package anew"
    )]
    Superseded {
        /// Its serial.
        found: u64,
        /// The serial that was accepted.
        seen: u64,
    },
}

impl Refusal {
    /// As a failure that names the package.
    pub(crate) fn of(self, name: &PackageName) -> Failure {
        let kind = match self {
            Self::Superseded { .. } => Kind::Superseded,
            _ => Kind::Refused,
        };
        Failure::new(kind, format!("{name} is refused: {self}"))
    }
}

/// Checks digest, pin, signature and serial, in this order.
///
/// # Errors
/// The first check that the package does not pass.
pub(crate) fn verify(package: Package, checks: &Checks<'_>) -> Result<Verified, Refusal> {
    if !package.is_whole() {
        return Err(Refusal::Altered);
    }
    let digest = package.seal.digest.clone();
    if checks.pin.is_some_and(|pin| pin != digest) {
        return Err(Refusal::NotThePinned { found: digest });
    }
    let (serial, signer, endorsement) = endorsed(&package.seal, checks)?;
    let serial = Serial { serial, digest };
    refuse_rollback(&serial, checks.seen, checks.pin, checks.now)?;
    Ok(Verified {
        package,
        serial,
        signer,
        endorsement,
    })
}

/// Whether a package may follow what was accepted before it.
///
/// # Errors
/// [`Refusal::RolledBack`], [`Refusal::Superseded`] where it is the one that is asked for, or
/// [`Refusal::Overtaken`].
pub(crate) fn refuse_rollback(
    serial: &Serial,
    seen: &Seen,
    pin: Option<&str>,
    now: u64,
) -> Result<(), Refusal> {
    let Some(last) = seen.0.as_ref().filter(|_| !seen.allows(serial)) else {
        return Ok(());
    };
    let (found, seen) = (serial.serial, last.serial);
    if is_serial_ahead(seen, now) {
        return Err(Refusal::Overtaken { found, seen, now });
    }
    Err(match pin {
        Some(pin) if pin == serial.digest && found < seen => Refusal::Superseded { found, seen },
        _ => Refusal::RolledBack { found, seen },
    })
}

/// A serial that a trusted key has signed, that key, and the value that says so.
pub(crate) type Endorsed = (u64, Fingerprint, String);

/// The highest serial that a trusted key has signed. The seal's map is not under
/// the digest: anything may stand in it.
///
/// # Errors
/// When there is none.
pub(crate) fn endorsed(seal: &Seal, checks: &Checks<'_>) -> Result<Endorsed, Refusal> {
    if seal.seal.is_empty() {
        return Err(Refusal::Unsigned);
    }
    let mut best = None;
    let mut unaccepted = Unaccepted::of(checks);
    for (authority, value) in &seal.seal {
        match verify_endorsement(seal, checks, value) {
            Ok(good) => best = best.max(Some(good)),
            Err((weight, reason)) => unaccepted.add(weight, authority, &reason),
        }
    }
    best.ok_or(Refusal::Untrusted(unaccepted))
}

fn verify_endorsement(
    seal: &Seal,
    checks: &Checks<'_>,
    value: &str,
) -> Result<Endorsed, (Weight, String)> {
    let endorsement = Endorsement::from_value(value).ok_or_else(|| {
        let reason = "it was not made by `art sign`".to_owned();
        (Weight::NoSignature, reason)
    })?;
    let statement = Statement::new(checks.name, &seal.digest, endorsement.serial);
    let signature = endorsement.signature.as_bytes();
    checks
        .keyring
        .verify(&statement.message(), signature, checks.now)
        .map_err(|refusal| {
            let judgement = Judgement {
                now: checks.now,
                clock: "this machine's clock",
                data: "this name, tag, digest and serial",
                keys: "the trusted keys",
            };
            let account = judgement.account(signature, &refusal);
            (Weight::of(&refusal), account)
        })
        .and_then(
            |signer| match is_serial_ahead(endorsement.serial, checks.now) {
                false => Ok((endorsement.serial, signer, value.to_owned())),
                true => Err((Weight::Trusted, from_future(endorsement.serial, checks.now))),
            },
        )
}

fn from_future(serial: u64, now: u64) -> String {
    format!(
        "its serial {} is ahead of this machine's clock ({}): set the clock that is wrong, this one or that of \
         the machine that signed",
        serial_and_time(serial),
        rfc3339(now)
    )
}

#[cfg(test)]
mod tests;
