//! Addresses from which valid credentials came lately, and how many clients there are at each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long an address is known after valid credentials came from it.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 3_600);

/// How many known addresses are remembered.
const MOST_KNOWN: usize = 100_000;

/// The known addresses.
#[derive(Default)]
pub(super) struct Known(HashMap<IpAddr, Address>);

struct Address {
    /// When valid credentials last came from it.
    since: Instant,
    /// How many connections with valid credentials are open from it, and how many were at most.
    open: usize,
    most: usize,
}

impl Address {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < KNOWN_FOR
    }
}

impl Known {
    /// How many clients with valid credentials an address had at a time, at most; `None` if it is
    /// not known.
    pub(super) fn clients(&self, source: IpAddr, now: Instant) -> Option<usize> {
        let address = self.0.get(&source).filter(|address| address.is_fresh(now));
        address.map(|address| address.most)
    }

    /// Notes valid credentials from an address; `is_first` if they are the first of a connection.
    pub(super) fn note(&mut self, source: IpAddr, is_first: bool, now: Instant) {
        if self.0.len() >= MOST_KNOWN && !self.0.contains_key(&source) {
            self.make_room(now);
        }
        let address = self.0.entry(source).or_insert(Address {
            since: now,
            open: 0,
            most: 0,
        });
        if !address.is_fresh(now) {
            address.most = address.open;
        }
        address.since = now;
        address.open += usize::from(is_first);
        address.most = address.most.max(address.open);
    }

    /// Notes that a connection has ended that had valid credentials.
    pub(super) fn end(&mut self, source: IpAddr) {
        if let Some(address) = self.0.get_mut(&source) {
            // An address may have been forgotten, and be known anew since.
            address.open = address.open.saturating_sub(1);
        }
    }

    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, address| address.is_fresh(now));
        if self.0.len() >= MOST_KNOWN
            && let Some(any) = self.0.keys().next().copied()
        {
            self.0.remove(&any);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn an_address_is_known_for_a_day_with_the_most_clients_that_it_had() {
        let (mut known, now) = (Known::default(), Instant::now());
        assert_eq!(known.clients(SOURCE, now), None);
        known.note(SOURCE, true, now);
        known.note(SOURCE, true, now);
        known.note(SOURCE, false, now);
        known.end(SOURCE);
        known.note(SOURCE, true, now);
        known.end(SOURCE);
        known.end(SOURCE);
        assert_eq!(known.clients(SOURCE, now), Some(2));
        let a_day_later = now + KNOWN_FOR;
        assert_eq!(known.clients(SOURCE, a_day_later), None);
        known.note(SOURCE, true, a_day_later);
        assert_eq!(known.clients(SOURCE, a_day_later), Some(1));
    }
}
