//! What control is told until it has acknowledged it, and then no more.

use wire::ping::Ping;

/// What there is to tell of the host itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    skew: Option<i64>,
    restored: bool,
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

    /// Puts all of it into a ping.
    pub(super) fn add_to(self, ping: &mut Ping) {
        ping.skew = self.skew;
        ping.restored = self.restored;
    }

    /// Control knows what it was told; what is newer than that stays.
    pub(super) fn acknowledge(&mut self, told: Self) {
        if self.skew == told.skew {
            self.skew = None;
        }
        self.restored &= !told.restored;
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
        let mut ping = Ping::default();
        news.add_to(&mut ping);
        assert_eq!((ping.skew, ping.restored), (Some(90), true));
        let told = news;
        news.tell_skew(0);
        news.acknowledge(told);
        let mut ping = Ping::default();
        news.add_to(&mut ping);
        assert_eq!((ping.skew, ping.restored), (Some(0), false));
    }
}
