//! What has a limit, and is about to run out.

/// Something is scarce from this share of its limit on, until it falls below the other.
const BEGINS: u64 = 90;
const ENDS: u64 = 80;

/// Whether something was scarce when it was last counted.
#[derive(Debug, Default)]
pub(crate) struct Scarce(bool);

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is scarce from now on.
    Begins,
    /// It is not scarce any longer.
    Ends,
}

impl Scarce {
    /// So many of so many are used now.
    pub(crate) fn count(&mut self, used: u64, limit: u64) -> Option<Change> {
        let is_above = |percent: u64| used.saturating_mul(100) >= limit.saturating_mul(percent);
        match self.0 {
            false if is_above(BEGINS) => {
                self.0 = true;
                Some(Change::Begins)
            }
            true if !is_above(ENDS) => {
                self.0 = false;
                Some(Change::Ends)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_moves_around_the_threshold_is_reported_once() {
        let mut scarce = Scarce::default();
        let changes = [89, 90, 89, 95, 80, 79, 89, 90].map(|used| scarce.count(used, 100));
        let (begins, ends) = (Some(Change::Begins), Some(Change::Ends));
        let expected = [None, begins, None, None, None, ends, None, begins];
        assert_eq!(changes, expected);
    }
}
