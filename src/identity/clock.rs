//! What time it is for control.
//!
//! The host's own clock may be wrong. Authenticated answers tell how far it is
//! off; the agent never sets it.

use crate::sys::clock;

/// The host's clock, corrected by what control last said.
#[derive(Default)]
pub(crate) struct ControlClock {
    /// Seconds to add to the host's clock.
    offset: i64,
}

/// Differences below this are network and rounding, not a wrong clock.
const TOLERANCE: u64 = 5;

impl ControlClock {
    /// Now, in unix seconds of control's clock.
    pub(crate) fn now(&self) -> u64 {
        clock::wall().saturating_add_signed(self.offset)
    }

    /// Learns from an authenticated answer that control's clock stood at
    /// `unix`. Returns the new offset in seconds when it is another one.
    pub(crate) fn learn(&mut self, unix: u64) -> Option<i64> {
        if self.now().abs_diff(unix) <= TOLERANCE {
            return None;
        }
        let difference = i128::from(unix) - i128::from(clock::wall());
        self.offset = i64::try_from(difference).unwrap_or_default();
        Some(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_learnt_and_small_differences_are_not() {
        let mut control = ControlClock::default();
        assert_eq!(control.learn(clock::wall() + 2), None);
        let offset = control.learn(clock::wall() + 86_400).unwrap();
        assert!(offset.abs_diff(86_400) <= 1);
        assert!(control.now().abs_diff(clock::wall() + 86_400) <= 1);
        assert!(control.learn(clock::wall()).is_some());
        assert!(control.now().abs_diff(clock::wall()) <= 1);
    }
}
