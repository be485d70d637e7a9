//! What came of many requests.

use super::connection::Fault;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long good answers took, and what came in the place of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    took: Vec<Duration>,
    faults: Faults,
}

/// How often there was no good answer, by kind.
pub(super) type Faults = BTreeMap<Fault, u64>;

impl Samples {
    /// A good answer came after this time.
    pub(super) fn good(&mut self, took: Duration) {
        self.took.push(took);
    }

    /// There was none.
    pub(super) fn bad(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// Takes in what another task has seen.
    pub(super) fn merge(&mut self, other: Self) {
        self.took.extend(other.took);
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
    }

    /// How many good answers there were.
    pub(super) fn count(&self) -> usize {
        self.took.len()
    }

    /// What else there was.
    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// How often there was this fault; it counts as none any more.
    pub(super) fn take_fault(&mut self, fault: Fault) -> u64 {
        self.faults.remove(&fault).unwrap_or_default()
    }

    /// The least time within which this share of the good answers came (the nearest rank);
    /// none if there were none.
    pub(super) fn percentile(&self, share: f64) -> Option<Duration> {
        self.percentile_of(share, self.count())
    }

    /// As [`Samples::percentile`], where so many answers were hoped for; none if too few came.
    pub(super) fn percentile_of(&self, share: f64, hoped: usize) -> Option<Duration> {
        let mut took = self.took.clone();
        took.sort_unstable();
        let rank = rank(share, hoped)?;
        took.get(rank).copied()
    }
}

/// The index of a percentile among so many values in order.
fn rank(share: f64, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a number that is far below 2^52"
    )]
    let rank = (share * count as f64).ceil() as usize;
    Some(rank.saturating_sub(1).min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(milliseconds: impl IntoIterator<Item = u64>) -> Samples {
        let mut samples = Samples::default();
        milliseconds
            .into_iter()
            .for_each(|took| samples.good(Duration::from_millis(took)));
        samples
    }

    #[test]
    fn a_percentile_is_a_time_that_was_seen() {
        let of = |samples: &Samples, share| samples.percentile(share).map(|took| took.as_millis());
        let hundred = samples((1..=100).rev());
        assert_eq!(of(&hundred, 0.5), Some(50));
        assert_eq!(of(&hundred, 0.99), Some(99));
        assert_eq!(of(&hundred, 1.0), Some(100));
        let one = samples([7]);
        assert_eq!((of(&one, 0.5), of(&one, 0.99)), (Some(7), Some(7)));
        assert_eq!(of(&samples([]), 0.5), None);
    }

    #[test]
    fn a_share_of_all_is_not_reached_where_too_few_answers_came() {
        let half = samples([5, 7]);
        assert_eq!(half.percentile_of(0.5, 4), Some(Duration::from_millis(7)));
        assert_eq!(half.percentile_of(1.0, 4), None);
    }

    #[test]
    fn what_tasks_have_seen_is_added() {
        let (mut all, mut other) = (samples([1]), samples([2, 3]));
        all.bad(Fault::Closed);
        other.bad(Fault::Closed);
        other.bad(Fault::Unsealed(503));
        all.merge(other);
        assert_eq!(all.count(), 3);
        assert_eq!(all.take_fault(Fault::Closed), 2);
        assert_eq!(all.faults(), &Faults::from([(Fault::Unsealed(503), 1)]));
    }
}
