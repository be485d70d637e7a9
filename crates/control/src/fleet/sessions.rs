//! What control remembers of the hosts that ping: an idle ping reads nothing.
//!
//! A session holds as long as the host's version in the database is the same. The statement
//! that uses up the number of a ping compares it; so does a question when an answer took time.

use crate::domain::Error;
use crate::domain::enrolment::same_key;
use crate::domain::session::Session;
use crate::store::{Pulse, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wire::{HostId, HostKey};

/// How long a session that is not used is remembered.
const IDLE: Duration = Duration::from_secs(60);

/// The most sessions that are remembered; other hosts are read with each request.
const MOST: usize = 200_000;

/// The sessions of hosts that pinged recently.
pub(crate) struct Sessions {
    store: Store,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    hosts: HashMap<HostId, Entry>,
    swept: Option<Instant>,
}

struct Entry {
    session: Arc<Session>,
    used: Instant,
}

impl Sessions {
    /// No session yet.
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            known: Mutex::default(),
        }
    }

    /// The session of a host, if it is remembered. It may no longer hold.
    pub(crate) fn remembered(&self, host: HostId) -> Option<Arc<Session>> {
        self.lock().get(host, Instant::now())
    }

    /// Reads the session of a host, and remembers it; `None` if the host is not enrolled, or
    /// disabled.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn read(&self, host: HostId) -> Result<Option<Arc<Session>>, Error> {
        let session = self.store.session(host).await?.map(Arc::new);
        let mut known = self.lock();
        match &session {
            Some(session) => known.put(host, session, Instant::now()),
            None => drop(known.hosts.remove(&host)),
        }
        Ok(session)
    }

    /// Whether a host is enrolled and not disabled.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn is_enrolled(&self, host: HostId) -> Result<bool, Error> {
        if self.remembered(host).is_some() {
            return Ok(true);
        }
        Ok(self.read(host).await?.is_some())
    }

    /// Uses up number `n` of a host's tokens at `now`, in unix seconds. `false` if it is not
    /// new, or the session no longer holds.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn take(&self, session: &Session, n: u64, now: u64) -> Result<bool, Error> {
        let pulse = Pulse {
            host: session.number,
            n,
            version: session.version,
            now,
        };
        Ok(self.store.take(pulse).await?)
    }

    /// Whether the host may still read an answer to the session: it is enrolled, not disabled,
    /// and has the same key.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn may_hear(
        &self,
        host: HostId,
        session: &Session,
        key: &HostKey,
    ) -> Result<bool, Error> {
        let (number, version) = (session.number, session.version);
        if self.store.is_current(number, version).await? {
            return Ok(same_key(&session.keys.present, key));
        }
        let session = self.read(host).await?;
        Ok(session.is_some_and(|session| same_key(&session.keys.present, key)))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Every change is a single step, so a panic elsewhere leaves it consistent.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn get(&mut self, host: HostId, now: Instant) -> Option<Arc<Session>> {
        let entry = self.hosts.get_mut(&host)?;
        if is_idle(entry.used, now) {
            return None;
        }
        entry.used = now;
        Some(Arc::clone(&entry.session))
    }

    fn put(&mut self, host: HostId, session: &Arc<Session>, now: Instant) {
        if self.swept.is_none_or(|swept| is_idle(swept, now)) {
            self.hosts.retain(|_, entry| !is_idle(entry.used, now));
            self.swept = Some(now);
        }
        if self.hosts.len() < MOST || self.hosts.contains_key(&host) {
            let session = Arc::clone(session);
            self.hosts.insert(host, Entry { session, used: now });
        }
    }
}

fn is_idle(used: Instant, now: Instant) -> bool {
    now.saturating_duration_since(used) >= IDLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::Condition;
    use crate::domain::host::HostKeys;

    fn host(name: &str) -> HostId {
        HostId::derive(name, "", b"")
    }

    fn session() -> Arc<Session> {
        Arc::new(Session {
            number: 1,
            version: 1,
            last_n: 0,
            keys: HostKeys {
                present: HostKey::new([1; 32]),
                next: None,
            },
            interval: None,
            key_list: None,
            rotation_asked: None,
            condition: Condition::default(),
            has_jobs: false,
        })
    }

    #[test]
    fn a_session_is_forgotten_when_it_is_not_used() {
        let (mut known, began) = (Known::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        known.put(host("used"), &session(), at(0));
        known.put(host("idle"), &session(), at(1));
        assert!(known.get(host("used"), at(59)).is_some());
        assert!(known.get(host("idle"), at(61)).is_none());
        assert!(known.get(host("used"), at(118)).is_some());
        known.put(host("new"), &session(), at(119));
        assert_eq!(known.hosts.len(), 2, "the idle one is gone");
    }
}
