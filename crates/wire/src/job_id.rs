//! Job ids: 63 bits that grow with time. 42 bits of milliseconds since 1970,
//! then 21 random ones.

/// How many of the 63 bits are random; the rest count milliseconds.
const RANDOM_BITS: u32 = 21;

/// The id of a job made at `millis` since 1970, with the low 21 bits count.
pub fn at(millis: u64, noise: u32) -> i64 {
    let time = millis & ((1 << 42) - 1);
    let noise = u64::from(noise) & ((1 << RANDOM_BITS) - 1);
    i64::try_from((time << RANDOM_BITS) | noise).unwrap_or(i64::MAX)
}

/// When a job was made, by control's clock; 0 when the number is no id.
pub fn unix_seconds(id: i64) -> u64 {
    u64::try_from(id >> RANDOM_BITS).unwrap_or_default() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_time_and_noise() {
        assert_eq!(at(1, 0), 1 << 21);
        assert_eq!(at(0, u32::MAX), (1 << 21) - 1);
        assert!(at(u64::MAX, u32::MAX) > 0);
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        assert_eq!(unix_seconds(at(1_700_000_000_999, 5)), 1_700_000_000);
        assert_eq!([unix_seconds(0), unix_seconds(-5)], [0, 0]);
    }
}
