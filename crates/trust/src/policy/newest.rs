//! Choosing among an owner's statements about a key.

use pgp::packet::{KeyFlags, SignatureConfig, SubpacketData};

use crate::Flaw;

/// The statement of highest rank that counts, the last among equals. If none
/// does, what is wrong with the first of them.
pub(super) fn newest<'a, R: Ord>(
    statements: impl Iterator<Item = Result<&'a SignatureConfig, Flaw>>,
    rank: impl Fn(&SignatureConfig) -> R,
) -> Result<&'a SignatureConfig, Flaw> {
    let mut flaw = None;
    let valid = statements.filter_map(|statement| {
        statement
            .map_err(|why| flaw.get_or_insert(why).clone())
            .ok()
    });
    let newest = valid.max_by_key(|statement| rank(statement));
    newest.ok_or(flaw.unwrap_or(Flaw::Missing))
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

/// Whether a statement allows its key to sign data.
pub(super) fn allows_signing(statement: &SignatureConfig) -> bool {
    key_flags(statement).is_some_and(KeyFlags::sign)
}
