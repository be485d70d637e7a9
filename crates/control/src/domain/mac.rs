//! HMAC-SHA256 (RFC 2104), with the keys that control derives or makes at random.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The HMAC of a message; `verify_slice` compares it in constant time.
pub(crate) fn hmac(key: &[u8; 32], message: &[u8]) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes keys of every length (RFC 2104)"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    mac
}
