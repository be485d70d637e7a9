//! Signatures and keys from the future, and expired ones.

use pgp::{
    packet::{SignatureConfig, SubpacketData},
    types::{Duration, KeyDetails},
};

use crate::{Flaw, KeyFlaw};

/// How far ahead of this machine's clock a signer's may be, in seconds.
pub const CLOCK_SKEW: u64 = 5 * 60;

/// When a signature was made (Unix seconds): not in the future, not before its
/// key, and not so long ago that it has expired.
pub(super) fn signature(
    config: &SignatureConfig,
    key: &impl KeyDetails,
    now: u64,
) -> Result<u64, Flaw> {
    let made = created(config).ok_or(Flaw::NoCreationTime)?;
    if made > now.saturating_add(CLOCK_SKEW) {
        return Err(Flaw::FromFuture(made));
    }
    if made < u64::from(key.created_at().as_secs()) {
        return Err(Flaw::OlderThanKey);
    }
    match end(made, signature_lifetime(config)) {
        Some(end) if end <= now => Err(Flaw::Expired(end)),
        _ => Ok(made),
    }
}

/// Refuses a key whose time is still to come.
pub(super) fn key_creation(key: &impl KeyDetails, now: u64) -> Result<(), KeyFlaw> {
    let made = u64::from(key.created_at().as_secs());
    if made > now.saturating_add(CLOCK_SKEW) {
        return Err(KeyFlaw::FromFuture(made));
    }
    Ok(())
}

/// Refuses a key that has expired by what its self-signature or binding says.
pub(super) fn key_expiry(
    key: &impl KeyDetails,
    statement: &SignatureConfig,
    now: u64,
) -> Result<(), KeyFlaw> {
    let made = u64::from(key.created_at().as_secs());
    match end(made, key_lifetime(statement)) {
        Some(end) if end <= now => Err(KeyFlaw::Expired(end)),
        _ => Ok(()),
    }
}

/// The creation time in the hashed area (Unix seconds).
pub(super) fn created(config: &SignatureConfig) -> Option<u64> {
    config.created().map(|time| u64::from(time.as_secs()))
}

/// A lifetime of zero is one without end.
fn end(start: u64, lifetime: Option<Duration>) -> Option<u64> {
    lifetime
        .map(|lifetime| u64::from(lifetime.as_secs()))
        .filter(|seconds| *seconds > 0)
        .map(|seconds| start + seconds)
}

fn signature_lifetime(config: &SignatureConfig) -> Option<Duration> {
    config
        .hashed_subpackets()
        .find_map(|subpacket| match subpacket.data {
            SubpacketData::SignatureExpirationTime(lifetime) => Some(lifetime),
            _ => None,
        })
}

/// How long after its making a statement says that the key ends.
pub(super) fn key_lifetime(config: &SignatureConfig) -> Option<Duration> {
    config
        .hashed_subpackets()
        .find_map(|subpacket| match subpacket.data {
            SubpacketData::KeyExpirationTime(lifetime) => Some(lifetime),
            _ => None,
        })
}
