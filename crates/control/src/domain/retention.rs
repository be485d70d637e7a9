//! How long control keeps what has ended.

use std::time::Duration;

/// How long it is kept; `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    /// Jobs after their end; their batches, and removed hosts, go after their last job.
    pub(crate) jobs: Option<Duration>,
    /// What jobs printed, after their end.
    pub(crate) outputs: Option<Duration>,
    /// Entries of the audit log.
    pub(crate) audit: Option<Duration>,
}

/// What may be removed: all that ended before these times, in unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cutoffs {
    /// For jobs.
    pub(crate) jobs: Option<u64>,
    /// For outputs of jobs that are kept.
    pub(crate) outputs: Option<u64>,
    /// For entries of the audit log.
    pub(crate) audit: Option<u64>,
}

impl Retention {
    /// The cutoffs at `now` by control's clock, and `seen` by the clocks of most hosts. The earlier
    /// one counts: a clock that is ahead, and that the hosts do not share, removes nothing.
    pub(crate) fn cutoffs(self, now: u64, seen: Option<u64>) -> Cutoffs {
        let now = now.min(seen.unwrap_or_default());
        let before = |kept: Duration| now.saturating_sub(kept.as_secs());
        let jobs = self.jobs.map(before);
        let outputs = self.outputs.map(before);
        Cutoffs {
            jobs,
            audit: self.audit.map(before),
            outputs: outputs.filter(|outputs| jobs.is_none_or(|jobs| *outputs > jobs)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    fn days(jobs: Option<u64>, outputs: Option<u64>) -> Retention {
        let of = |days: u64| Duration::from_secs(days * DAY);
        Retention {
            jobs: jobs.map(of),
            outputs: outputs.map(of),
            audit: None,
        }
    }

    #[test]
    fn what_is_kept_for_ever_has_no_cutoff() {
        let cutoffs = days(None, Some(10)).cutoffs(100 * DAY, Some(100 * DAY));
        assert_eq!((cutoffs.jobs, cutoffs.outputs), (None, Some(90 * DAY)));
    }

    #[test]
    fn outputs_go_before_their_jobs_or_with_them() {
        let at = |jobs, outputs| {
            let cutoffs = days(Some(jobs), Some(outputs)).cutoffs(100 * DAY, Some(100 * DAY));
            (cutoffs.jobs, cutoffs.outputs)
        };
        assert_eq!(at(30, 10), (Some(70 * DAY), Some(90 * DAY)));
        assert_eq!(at(30, 30), (Some(70 * DAY), None));
        assert_eq!(at(30, 50), (Some(70 * DAY), None));
    }

    #[test]
    fn a_clock_that_no_host_shares_removes_nothing() {
        let year = 365 * DAY;
        let kept = days(Some(90), None);
        assert_eq!(
            kept.cutoffs(50 * year, Some(year)).jobs,
            Some(year - 90 * DAY)
        );
        assert_eq!(kept.cutoffs(50 * year, None).jobs, Some(0));
        assert_eq!(
            kept.cutoffs(year, Some(50 * year)).jobs,
            Some(year - 90 * DAY)
        );
    }
}
