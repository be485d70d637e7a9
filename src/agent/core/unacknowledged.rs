//! What the agent reports of its host in each ping until control acknowledges it.

use wire::ping::Ping;

/// Facts that control has not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::agent) struct Unacknowledged {
    skew: Option<i64>,
    restored: bool,
    keys: Option<u64>,
}

impl Unacknowledged {
    /// How many seconds the host's clock is ahead of control's.
    pub(super) fn set_skew(&mut self, seconds: i64) {
        self.skew = Some(seconds);
    }

    /// The state of this host was restored from a backup, or the host is a copy of another
    /// one. The host cannot tell which.
    pub(super) fn set_restored(&mut self) {
        self.restored = true;
    }

    /// The number of the key list that this host trusts.
    pub(super) fn set_keys(&mut self, number: Option<u64>) {
        self.keys = number;
    }

    /// Adds all of them to a ping.
    pub(in crate::agent) fn add_to(self, ping: &mut Ping) {
        ping.skew = self.skew;
        ping.restored = self.restored;
        ping.keys = self.keys;
    }

    /// Control has acknowledged what was `sent`. What has changed since is sent again.
    pub(super) fn acknowledge(&mut self, sent: Self) {
        if self.skew == sent.skew {
            self.skew = None;
        }
        self.restored &= !sent.restored;
        if self.keys == sent.keys {
            self.keys = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledged_facts_are_not_sent_again_until_they_change() {
        let mut state = Unacknowledged::default();
        state.set_skew(90);
        state.set_restored();
        state.set_keys(Some(3));
        let mut ping = Ping::default();
        state.add_to(&mut ping);
        assert_eq!(
            (ping.skew, ping.restored, ping.keys),
            (Some(90), true, Some(3))
        );
        let sent = state;
        state.set_skew(0);
        state.set_keys(Some(4));
        state.acknowledge(sent);
        let mut ping = Ping::default();
        state.add_to(&mut ping);
        assert_eq!(
            (ping.skew, ping.restored, ping.keys),
            (Some(0), false, Some(4))
        );
    }
}
