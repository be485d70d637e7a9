//! An owner's statements about a key. The newest decides.
//!
//! A statement that is not acceptable takes part: to pass it over would bring an
//! older one into force, which may allow more.

use pgp::packet::{KeyFlags, Signature, SignatureConfig, SubpacketData};

use super::{packet, time};
use crate::{Flaw, key::Key};

/// A signature that an owner has made, or may have made.
#[derive(Clone)]
pub(super) struct Statement<'a> {
    config: &'a SignatureConfig,
    /// Why it is not acceptable.
    flaw: Option<Flaw>,
}

/// A statement, or the flaw of a signature that is none.
pub(super) type Read<'a> = Result<Statement<'a>, Flaw>;

impl<'a> Statement<'a> {
    /// Reads a signature as of `now`, by whether `key` verifies it.
    ///
    /// # Errors
    /// When `key` has not made it.
    pub(super) fn read(signature: &'a Signature, key: &Key, now: u64, verified: bool) -> Read<'a> {
        let flaw = match packet::check(signature, key, now) {
            Ok(_) => (!verified).then_some(Flaw::Mismatch),
            Err(flaw) => Some(flaw),
        };
        match signature.config() {
            Some(config) if verified || !is_proof(signature) => Ok(Self { config, flaw }),
            _ => Err(flaw.unwrap_or(Flaw::Mismatch)),
        }
    }

    /// Is not acceptable, for this reason too.
    pub(super) fn spoil(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }

    /// Unix seconds. What bears no time may be the newest.
    pub(super) fn made(&self) -> u64 {
        time::created(self.config).unwrap_or(u64::MAX)
    }

    /// The subject of an unacceptable signature is unknown.
    fn concerns(&self, matter: fn(&SignatureConfig) -> bool) -> bool {
        self.flaw.is_some() || matter(self.config)
    }
}

/// Whether a signature that does not verify was not made by the key: of one with
/// an unknown hash nobody knows.
pub(super) fn is_proof(signature: &Signature) -> bool {
    let hash = signature.hash_alg();
    hash.is_some_and(|hash| hash.digest_size().is_some())
}

/// Leaves the newest of the statements, or those of the same second.
pub(super) fn latest(mut read: Vec<Read<'_>>) -> Vec<Read<'_>> {
    let last = read.iter().flatten().map(Statement::made).max();
    read.retain(|read| {
        read.as_ref()
            .map_or(true, |statements| Some(statements.made()) == last)
    });
    read
}

/// What the newest statements say: more than one only if they are of the same
/// second, and then all of them count.
///
/// # Errors
/// When one of them is not acceptable. If there is none at all, what is wrong
/// with the first signature.
pub(super) fn newest(read: Vec<Read<'_>>) -> Result<Vec<&SignatureConfig>, Flaw> {
    let mut statements = Vec::new();
    let mut void = None;
    for read in latest(read) {
        match read {
            Ok(Statement { config, flaw: None }) => statements.push(config),
            Ok(Statement {
                flaw: Some(flaw), ..
            }) => return Err(flaw),
            Err(flaw) => void = void.or(Some(flaw)),
        }
    }
    match statements.is_empty() {
        true => Err(void.unwrap_or(Flaw::Missing)),
        false => Ok(statements),
    }
}

/// As [`newest`], of those that speak of a matter, if there are any.
///
/// # Errors
/// As [`newest`].
pub(super) fn newest_of<'a>(
    read: &[Read<'a>],
    matter: fn(&SignatureConfig) -> bool,
) -> Result<Vec<&'a SignatureConfig>, Flaw> {
    let any = read
        .iter()
        .flatten()
        .any(|statements| statements.concerns(matter));
    let mut read = read.to_vec();
    read.retain(|read| {
        read.as_ref()
            .map_or(true, |statements| statements.concerns(matter) == any)
    });
    newest(read)
}

/// What a statement allows its key to do, if it speaks of it.
pub(super) fn key_flags(statement: &SignatureConfig) -> Option<&KeyFlags> {
    statement
        .hashed_subpackets()
        .find_map(|subpacket| match &subpacket.data {
            SubpacketData::KeyFlags(flags) => Some(flags),
            _ => None,
        })
}

/// Whether statements allow their key to sign data.
pub(super) fn allow_signing(statements: &[&SignatureConfig]) -> bool {
    let allows = |statements: &&SignatureConfig| key_flags(statements).is_some_and(KeyFlags::sign);
    statements.iter().all(allows)
}
