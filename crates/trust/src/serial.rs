//! How far ahead of the clock a package's serial is believed: as far as a signature.

use crate::CLOCK_SKEW;

/// Whether a serial, in milliseconds since 1970, is further ahead of `now` (Unix seconds) than a
/// signer's clock may be. Serials only grow: if such a serial were accepted, no publisher whose
/// clock is right could pass it.
pub fn is_serial_ahead(serial: u64, now: u64) -> bool {
    serial / 1_000 > now.saturating_add(CLOCK_SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_believed_as_far_ahead_as_a_signature() {
        let now = 1_800_000_000;
        let latest = (now + CLOCK_SKEW) * 1_000 + 999;
        assert!(!is_serial_ahead(0, now) && !is_serial_ahead(latest, now));
        assert!(is_serial_ahead(latest + 1, now) && is_serial_ahead(u64::MAX, now));
        assert!(!is_serial_ahead(u64::MAX, u64::MAX));
    }
}
