//! Random bytes from the kernel (getrandom(2)).

use super::cerr;
use std::io;

/// `N` random bytes, fit for keys.
///
/// # Errors
/// ENOSYS before Linux 3.17.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    const {
        assert!(
            N <= 256,
            "up to 256 bytes come in one piece, see getrandom(2)"
        )
    };
    let mut bytes = [0; N];
    // SAFETY: the buffer has `N` bytes. Requests of up to 256 bytes are neither
    // cut short nor interrupted once the pool is initialised.
    let result = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), N, 0) };
    cerr(if result < 0 { -1 } else { 0 })?;
    Ok(bytes)
}
