//! Byte strings that a MAC or a signature covers.
//!
//! Every field is preceded by its length (32 bits, big endian), so that no two
//! different lists of fields have the same bytes; the first field is a label
//! with a version, so that bytes made for one purpose never serve another.

use hmac::digest::Digest;
use sha2::Sha256;

/// A list of fields under a label, laid out unambiguously.
pub struct Labelled(Vec<u8>);

impl Labelled {
    /// Begins a list with its label, for instance `pilot/token/v1`.
    pub fn new(label: &str) -> Self {
        Self(Vec::with_capacity(256)).bytes(label.as_bytes())
    }

    /// Appends a field of any bytes.
    ///
    /// A field of 4 GiB or more cannot occur: every caller holds its fields in
    /// messages that are capped at a few MiB.
    #[must_use]
    pub fn bytes(mut self, field: &[u8]) -> Self {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(field);
        self
    }

    /// Appends a field of text.
    #[must_use]
    pub fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    /// Appends a number as eight bytes, big endian.
    #[must_use]
    pub fn number(self, field: u64) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    /// The finished byte string.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_cannot_be_moved_across_their_border() {
        let one = Labelled::new("l").text("ab").text("c").finish();
        let other = Labelled::new("l").text("a").text("bc").finish();
        assert_ne!(one, other);
    }

    #[test]
    fn the_layout_is_lengths_and_bytes() {
        let list = Labelled::new("l/v1").number(1).bytes(b"").finish();
        assert_eq!(list, b"\0\0\0\x04l/v1\0\0\0\x08\0\0\0\0\0\0\0\x01\0\0\0\0");
    }
}
