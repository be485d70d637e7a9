//! What hosts report about their condition.

use wire::HostId;
use wire::ping::Ping;
use wire::time::rfc3339;

/// The condition that a host reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Why it declines jobs, while it does.
    pub(crate) declines: Option<String>,
    /// Since when it declines jobs, in unix seconds.
    pub(crate) declines_since: Option<u64>,
    /// How many seconds its clock is ahead of control's.
    pub(crate) skew: i64,
    /// When it last reported that it was restored or cloned, in unix seconds.
    pub(crate) restored_seen: Option<u64>,
    /// How often it reported that: repeatedly if two copies of the host run.
    pub(crate) restored_times: u64,
}

impl Condition {
    /// The condition after a ping at `now`.
    pub(crate) fn after(&self, ping: &Ping, now: u64) -> Self {
        let declines = ping.declines.clone();
        let declined = self.declines_since.filter(|_| self.declines.is_some());
        Self {
            declines_since: declines.as_ref().map(|_| declined.unwrap_or(now)),
            declines,
            skew: ping.skew.unwrap_or(self.skew),
            restored_seen: self
                .restored_seen
                .filter(|_| !ping.restored)
                .or(ping.restored.then_some(now)),
            restored_times: self.restored_times + u64::from(ping.restored),
        }
    }

    /// Logs how the condition changed.
    pub(crate) fn log_change(&self, host: HostId, new: &Self) {
        match (&self.declines, &new.declines) {
            (None, Some(why)) => tracing::warn!(%host, why, "a host takes no job"),
            (Some(_), None) => tracing::info!(%host, "a host takes jobs again"),
            _ => {}
        }
        match new.skew {
            skew if skew == self.skew => {}
            0 => tracing::info!(%host, "the clock of a host is right again"),
            seconds => {
                tracing::warn!(%host, seconds, "the clock of a host is ahead (behind, if negative)")
            }
        }
        if new.restored_times > self.restored_times {
            let before = self.restored_seen.map(rfc3339);
            tracing::warn!(%host, times = new.restored_times, before, "a host was restored or cloned");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(declines: Option<&str>, skew: Option<i64>, restored: bool) -> Ping {
        Ping {
            declines: declines.map(str::to_owned),
            skew,
            restored,
            ..Ping::default()
        }
    }

    #[test]
    fn a_host_declines_from_its_first_such_ping_to_its_last() {
        let full = Condition::default().after(&ping(Some("disk full"), None, false), 5);
        assert_eq!(
            (full.declines.as_deref(), full.declines_since),
            (Some("disk full"), Some(5))
        );
        let other = full.after(&ping(Some("spool full"), None, false), 6);
        assert_eq!(
            (other.declines.as_deref(), other.declines_since),
            (Some("spool full"), Some(5))
        );
        assert_eq!(other.after(&Ping::default(), 7), Condition::default());
    }

    #[test]
    fn a_skew_is_kept_until_the_host_reports_another() {
        let skewed = Condition::default().after(&ping(None, Some(-90), false), 5);
        assert_eq!(skewed.after(&Ping::default(), 6), skewed);
        assert_eq!(
            skewed.after(&ping(None, Some(0), false), 6),
            Condition::default()
        );
    }

    #[test]
    fn restorations_are_counted_and_the_last_one_is_dated() {
        let once = Condition::default().after(&ping(None, None, true), 5);
        let twice = once
            .after(&ping(None, None, true), 9)
            .after(&Ping::default(), 10);
        assert_eq!((twice.restored_seen, twice.restored_times), (Some(9), 2));
    }
}
