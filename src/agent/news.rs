//! What control is told until it has acknowledged it, and then no more.

use wire::ping::Ping;

/// What there is to tell of the host itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    skew: Option<i64>,
    restored: bool,
    keys: Option<u64>,
}

impl News {
    /// How many seconds the host's clock is ahead of control's.
    pub(super) fn tell_skew(&mut self, seconds: i64) {
        self.skew = Some(seconds);
    }

    /// The state of this host was restored from a backup, or it is a copy of
    /// another one: which of the two, it cannot tell.
    pub(super) fn tell_restored(&mut self) {
        self.restored = true;
    }

    /// The number of the key list that this host goes by.
    pub(super) fn tell_keys(&mut self, number: Option<u64>) {
        self.keys = number;
    }

    /// Puts all of it into a ping.
    pub(super) fn add_to(self, ping: &mut Ping) {
        ping.skew = self.skew;
        ping.restored = self.restored;
        ping.keys = self.keys;
    }

    /// Control knows what it was told; what is newer than that stays.
    pub(super) fn acknowledge(&mut self, told: Self) {
        if self.skew == told.skew {
            self.skew = None;
        }
        self.restored &= !told.restored;
        if self.keys == told.keys {
            self.keys = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_acknowledged_is_told_no_more() {
        let mut news = News::default();
        news.tell_skew(90);
        news.tell_restored();
        news.tell_keys(Some(3));
        let mut ping = Ping::default();
        news.add_to(&mut ping);
        assert_eq!(
            (ping.skew, ping.restored, ping.keys),
            (Some(90), true, Some(3))
        );
        let told = news;
        news.tell_skew(0);
        news.tell_keys(Some(4));
        news.acknowledge(told);
        let mut ping = Ping::default();
        news.add_to(&mut ping);
        assert_eq!(
            (ping.skew, ping.restored, ping.keys),
            (Some(0), false, Some(4))
        );
    }
}
