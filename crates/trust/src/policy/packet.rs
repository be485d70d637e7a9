//! Rules for every signature packet.

use pgp::{
    packet::{Signature, SignatureConfig, SignatureVersion},
    types::KeyDetails,
};

use super::{algorithm, subpackets, time};
use crate::{Flaw, key::Key};

/// The content of a signature of version 4 or 6.
pub(super) fn supported(signature: &Signature) -> Result<&SignatureConfig, Flaw> {
    match (signature.version(), signature.config()) {
        (SignatureVersion::V4 | SignatureVersion::V6, Some(config)) => Ok(config),
        (other, _) => Err(Flaw::Version(other.into())),
    }
}

/// Checks all but the cryptography of a signature by `key` as of `now`, and
/// returns its content.
pub(super) fn check<'a>(
    signature: &'a Signature,
    key: &Key,
    now: u64,
) -> Result<&'a SignatureConfig, Flaw> {
    let config = supported(signature)?;
    algorithm::hash(config.hash_alg, key)?;
    subpackets::check(config)?;
    time::signature(config, key, now)?;
    if config.pub_alg != key.algorithm() {
        return Err(Flaw::Algorithm);
    }
    Ok(config)
}
