//! What control remembers of the hosts that ping: an idle ping reads nothing.
//!
//! A session holds as long as the host's version in the database is the same. The statement
//! that uses up the number of a ping compares it; so does a question when an answer took time.

use crate::domain::Error;
use crate::domain::enrolment::same_key;
use crate::domain::session::Session;
use crate::store::{Consumed, Pulse, Store};
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

    /// Reads the session of a host; `None` if the host is not enrolled, or disabled. It is
    /// remembered in place of an older one; to be remembered for longer, it needs a valid token.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn read(&self, host: HostId) -> Result<Option<Arc<Session>>, Error> {
        let session = self.store.session(host).await?.map(Arc::new);
        self.lock().renew(host, session.as_ref());
        Ok(session)
    }

    /// Whether a host is enrolled and not disabled.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn is_enrolled(&self, host: HostId) -> Result<bool, Error> {
        Ok(self.remembered(host).is_some() || self.read(host).await?.is_some())
    }

    /// Uses up number `n` of a host's tokens at `now`, in unix seconds, and remembers the host.
    /// `false` if the number is not new, or the session no longer holds.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn take(
        &self,
        host: HostId,
        session: &Arc<Session>,
        n: u64,
        now: u64,
    ) -> Result<bool, Error> {
        let pulse = Pulse {
            host: session.number,
            n,
            version: session.version,
            now,
        };
        let is_taken = self.store.take(pulse).await?;
        if is_taken {
            self.lock().put(host, session, Instant::now());
        }
        Ok(is_taken)
    }

    /// Uses up number `n` of a token of a host's next key, which is in force from then on.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn put_in_force(
        &self,
        host: HostId,
        next: &HostKey,
        n: u64,
        now: u64,
    ) -> Result<Consumed, Error> {
        let store = self.store.clone();
        let key = next.clone();
        // Also if the host hangs up: what is stored is logged.
        let stored = tokio::spawn(async move {
            let consumed = store.consume_by_next(host, &key, n, now).await;
            if let Ok(Consumed::Accepted) = consumed {
                let fingerprint = key.fingerprint();
                tracing::info!(%host, fingerprint, "the host has replaced its key");
            }
            consumed
        });
        let consumed = stored.await;
        Ok(consumed.map_err(|error| Error::internal("replacing a key", error))??)
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
        // A host that was looked for work is known as it was then.
        let newer = self.remembered(host);
        let newer = newer.filter(|newer| newer.version > session.version);
        let session = newer.as_deref().unwrap_or(session);
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
    fn get(&self, host: HostId, now: Instant) -> Option<Arc<Session>> {
        let entry = self.hosts.get(&host)?;
        (!is_idle(entry.used, now)).then(|| Arc::clone(&entry.session))
    }

    /// Puts a session that was read in the place of an older one.
    fn renew(&mut self, host: HostId, session: Option<&Arc<Session>>) {
        match (session, self.hosts.get_mut(&host)) {
            (Some(session), Some(entry)) => entry.session = Arc::clone(session),
            (None, Some(_)) => drop(self.hosts.remove(&host)),
            (_, None) => {}
        }
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
    fn a_session_is_forgotten_when_no_token_uses_it() {
        let (mut known, began) = (Known::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        known.put(host("used"), &session(), at(0));
        known.put(host("idle"), &session(), at(1));
        known.put(host("used"), &session(), at(59));
        assert!(known.get(host("used"), at(118)).is_some());
        assert!(known.get(host("idle"), at(61)).is_none());
        known.put(host("new"), &session(), at(100));
        assert_eq!(known.hosts.len(), 2, "the idle one is gone");
    }

    /// Anybody can name a host, and have control look for it.
    #[test]
    fn abuse_a_session_that_strangers_ask_for_is_not_remembered_for_longer() {
        let (mut known, began) = (Known::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        known.put(host("a"), &session(), at(0));
        assert!(known.get(host("a"), at(59)).is_some());
        known.renew(host("a"), Some(&session()));
        known.renew(host("b"), Some(&session()));
        assert!(known.get(host("a"), at(60)).is_none());
        assert!(known.get(host("b"), at(60)).is_none());
    }
}
