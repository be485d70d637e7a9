//! Limits open connections: strangers get few, and never those reserved for hosts and users.
//!
//! A connection is a stranger's until it has carried valid credentials; its address is then
//! known for a while. If strangers have too many connections, the oldest one is closed, so
//! that idle connections are lost first.

mod limits;

pub(crate) use limits::Limits;

use crate::domain::throttle::network;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long an address is known after valid credentials came from it.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 3_600);

/// How many known addresses are remembered.
const MOST_KNOWN: usize = 100_000;

/// A younger connection is not closed for another: its sender had no time to authenticate.
const YOUNG: Duration = Duration::from_secs(1);

/// The open connections.
pub(crate) struct Connections {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    count: usize,
    next: u64,
    /// Those of strangers by address, oldest first.
    strangers: HashMap<IpAddr, BTreeMap<u64, Stranger>>,
    /// When valid credentials last came from an address.
    known: HashMap<IpAddr, Instant>,
}

struct Stranger {
    since: Instant,
    end: Arc<Notify>,
    /// Whether it waits for control, and not control for it.
    waits: bool,
}

impl Stranger {
    fn is_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= YOUNG
    }
}

/// The oldest one of an address that does not wait for control.
fn oldest(of_address: &BTreeMap<u64, Stranger>) -> Option<(u64, &Stranger)> {
    let mut idle = of_address.iter().filter(|(_, stranger)| !stranger.waits);
    idle.next().map(|(id, stranger)| (*id, stranger))
}

/// Why a new connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Its address has reached its limit.
    Address,
    /// Strangers, or all connections, have reached their limit.
    All,
}

impl Connections {
    /// Begins without connections.
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            open: Mutex::default(),
        })
    }

    /// How many connections are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    /// Admits a connection; a stranger's connection may be closed for it.
    ///
    /// # Errors
    /// When a limit is reached.
    pub(crate) fn admit(
        self: &Arc<Self>,
        source: IpAddr,
        now: Instant,
    ) -> Result<Connection, Full> {
        let (source, mut open) = (network(source), self.lock());
        let is_known = open.is_known(source, now);
        let of_address = match is_known {
            true => self.limits.of_known_address,
            false => self.limits.of_address,
        };
        if open.strangers_of(source) >= of_address && !open.close_oldest_of(source, now) {
            return Err(Full::Address);
        }
        let is_full = open.count >= self.limits.all
            || !is_known && open.strangers(now) >= self.limits.strangers;
        if is_full && !open.close_for(source, now) {
            return Err(Full::All);
        }
        Ok(self.enter(&mut open, source, is_known, now))
    }

    fn enter(
        self: &Arc<Self>,
        open: &mut Open,
        source: IpAddr,
        is_known: bool,
        now: Instant,
    ) -> Connection {
        let (id, end) = (open.next, Arc::new(Notify::new()));
        open.next += 1;
        open.count += 1;
        let stranger = Stranger {
            since: now,
            end: Arc::clone(&end),
            waits: false,
        };
        open.strangers
            .entry(source)
            .or_default()
            .insert(id, stranger);
        Connection {
            all: Arc::clone(self),
            id,
            source,
            is_known,
            end,
        }
    }

    /// Closes the stranger's connection that has been open longest, because the system has no
    /// resources for another one.
    pub(crate) fn make_room(&self, now: Instant) -> bool {
        self.lock().close_oldest(now)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Every change is a single step, so a panic elsewhere leaves it consistent.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn is_known(&self, source: IpAddr, now: Instant) -> bool {
        let since = self.known.get(&source);
        since.is_some_and(|since| now.saturating_duration_since(*since) < KNOWN_FOR)
    }

    fn strangers_of(&self, source: IpAddr) -> usize {
        self.strangers.get(&source).map_or(0, BTreeMap::len)
    }

    /// How many strangers there are at unknown addresses.
    fn strangers(&self, now: Instant) -> usize {
        let unknown = self.strangers.iter();
        let unknown = unknown.filter(|(source, _)| !self.is_known(**source, now));
        unknown.map(|(_, of_address)| of_address.len()).sum()
    }

    /// Closes a stranger's connection, at the address that has the most of those where one is old.
    fn close_oldest(&mut self, now: Instant) -> bool {
        let closable = self.strangers.iter().filter(|(_, of_address)| {
            let oldest = oldest(of_address);
            oldest.is_some_and(|(_, oldest)| oldest.is_old(now))
        });
        let most = closable.max_by_key(|(_, of_address)| of_address.len());
        let most = most.map(|(source, _)| *source);
        most.is_some_and(|source| self.close_oldest_of(source, now))
    }

    /// Closes a stranger's connection for one of this address. An address that has many more makes
    /// room for it, however young its connections are.
    fn close_for(&mut self, source: IpAddr, now: Instant) -> bool {
        let own = self.strangers_of(source);
        let most = self.strangers.iter().max_by_key(|(_, open)| open.len());
        let most = most.map(|(source, open)| (*source, open.len()));
        self.close_oldest(now)
            || most.is_some_and(|(other, count)| count >= 2 * (own + 1) && self.close_any_of(other))
    }

    /// Closes the oldest one of an address, unless it is young.
    fn close_oldest_of(&mut self, source: IpAddr, now: Instant) -> bool {
        self.close_if(source, |oldest| oldest.is_old(now))
    }

    /// Closes the oldest one of an address.
    fn close_any_of(&mut self, source: IpAddr) -> bool {
        self.close_if(source, |_| true)
    }

    /// Closes the oldest one of an address of those that do not wait for control. It counts as a
    /// connection until its end, but no longer against its address.
    fn close_if(&mut self, source: IpAddr, may_close: impl Fn(&Stranger) -> bool) -> bool {
        let oldest = self.strangers.get(&source).and_then(oldest);
        let Some((id, oldest)) = oldest.filter(|(_, oldest)| may_close(oldest)) else {
            return false;
        };
        oldest.end.notify_one();
        self.forget_stranger(source, id);
        true
    }

    fn forget_stranger(&mut self, source: IpAddr, id: u64) {
        if let Some(of_address) = self.strangers.get_mut(&source) {
            of_address.remove(&id);
            if of_address.is_empty() {
                self.strangers.remove(&source);
            }
        }
    }

    fn note_known(&mut self, source: IpAddr, now: Instant) {
        if self.known.len() >= MOST_KNOWN && !self.known.contains_key(&source) {
            let is_fresh = |since: &Instant| now.saturating_duration_since(*since) < KNOWN_FOR;
            self.known.retain(|_, since| is_fresh(since));
            if self.known.len() >= MOST_KNOWN
                && let Some(any) = self.known.keys().next().copied()
            {
                self.known.remove(&any);
            }
        }
        self.known.insert(source, now);
    }
}

/// An open connection; it counts until this is dropped.
pub(crate) struct Connection {
    all: Arc<Connections>,
    id: u64,
    source: IpAddr,
    is_known: bool,
    end: Arc<Notify>,
}

impl Connection {
    /// Whether valid credentials came from its address before it was opened.
    pub(crate) fn is_of_known_address(&self) -> bool {
        self.is_known
    }

    /// Notes that it carried valid credentials: it is no longer a stranger's.
    pub(crate) fn vouch(&self, now: Instant) {
        let mut open = self.all.lock();
        open.forget_stranger(self.source, self.id);
        open.note_known(self.source, now);
    }

    /// Notes that its client waits for control, until the returned value is dropped.
    pub(crate) fn wait_for_control(self: &Arc<Self>) -> Waiting {
        self.note_waiting(true);
        Waiting(Arc::clone(self))
    }

    fn note_waiting(&self, waits: bool) {
        let mut open = self.all.lock();
        let of_address = open.strangers.get_mut(&self.source);
        if let Some(stranger) = of_address.and_then(|of_address| of_address.get_mut(&self.id)) {
            stranger.waits = waits;
        }
    }

    /// Waits until it has to be closed for others.
    pub(crate) async fn ended(&self) {
        self.end.notified().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        open.forget_stranger(self.source, self.id);
        open.count -= 1;
    }
}

/// A connection whose client waits for control.
pub(crate) struct Waiting(Arc<Connection>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.note_waiting(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn connections() -> Arc<Connections> {
        Connections::new(Limits {
            all: 10,
            strangers: 6,
            of_address: 3,
            of_known_address: 5,
        })
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    async fn is_ended(connection: &Connection) -> bool {
        tokio::time::timeout(Duration::ZERO, connection.ended())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn abuse_one_address_opens_many_connections() {
        let (all, now) = (connections(), Instant::now());
        let slow: Vec<_> = (0..3).map(|_| all.admit(ip(1), now).unwrap()).collect();
        assert_eq!(
            all.admit(ip(1), now).err(),
            Some(Full::Address),
            "all are too young to be closed"
        );
        let _other = all.admit(ip(2), now).unwrap();
        let _newest = all.admit(ip(1), now + SECOND).unwrap();
        assert!(is_ended(&slow[0]).await && !is_ended(&slow[1]).await);
    }

    #[tokio::test]
    async fn abuse_many_addresses_leave_the_reserve_to_known_ones() {
        let (all, now) = (connections(), Instant::now());
        let known = all.admit(ip(9), now).unwrap();
        known.vouch(now);
        drop(known);
        let slow: Vec<_> = (0..6).map(|at| all.admit(ip(at), now).unwrap()).collect();
        assert_eq!(all.admit(ip(7), now).err(), Some(Full::All));
        let of_host: Vec<_> = (0..4).map(|_| all.admit(ip(9), now).unwrap()).collect();
        assert!(of_host.iter().all(Connection::is_of_known_address));
        for connection in &of_host {
            connection.vouch(now);
        }
        assert_eq!(all.count(), 10);
        assert!(
            all.admit(ip(9), now).is_err(),
            "all strangers are too young to be closed"
        );
        let _more = all.admit(ip(9), now + SECOND).unwrap();
        let mut ended = 0;
        for connection in &slow {
            ended += usize::from(is_ended(connection).await);
        }
        assert_eq!(ended, 1, "a stranger's connection is closed for a host");
        for connection in &of_host {
            assert!(!is_ended(connection).await);
        }
    }

    #[tokio::test]
    async fn abuse_one_address_fills_what_strangers_have_and_makes_room_for_another() {
        let all = Connections::new(Limits {
            of_address: 6,
            ..connections().limits
        });
        let now = Instant::now();
        let many: Vec<_> = (0..6).map(|_| all.admit(ip(1), now).unwrap()).collect();
        let _other = all.admit(ip(2), now).unwrap();
        assert!(is_ended(&many[0]).await && !is_ended(&many[1]).await);
        let _more = [(); 1].map(|()| all.admit(ip(2), now).unwrap());
        let shared = all.admit(ip(2), now);
        assert_eq!(shared.err(), Some(Full::All), "it has its share");
    }

    /// On a slow disk all hosts behind an address may wait for longer than a second.
    #[tokio::test]
    async fn a_connection_that_waits_for_control_is_not_closed_for_others() {
        let (all, now) = (connections(), Instant::now());
        let hosts: Vec<_> = (0..3)
            .map(|_| Arc::new(all.admit(ip(1), now).unwrap()))
            .collect();
        let mut waiting: Vec<_> = hosts.iter().map(Connection::wait_for_control).collect();
        let later = now + 2 * SECOND;
        assert_eq!(all.admit(ip(1), later).err(), Some(Full::Address));
        waiting.pop();
        let _next = all.admit(ip(1), later).unwrap();
        assert!(is_ended(&hosts[2]).await && !is_ended(&hosts[0]).await);
    }

    #[test]
    fn a_closed_connection_no_longer_counts() {
        let (all, now) = (connections(), Instant::now());
        for _ in 0..100 {
            all.admit(ip(1), now).unwrap();
        }
        assert_eq!(all.count(), 0);
        assert!(all.lock().strangers.is_empty());
    }
}
