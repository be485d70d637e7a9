//! Slows down sources that keep failing to authenticate.
//!
//! An attempt counts as a failure from its beginning, and is given back if it succeeds. So
//! attempts that run at the same time count as well.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wire::labelled::sha256;

/// How many failures in a row are allowed.
const BURST: u32 = 20;

/// How many failures an address may have, for all users together.
const CEILING: u32 = 5 * BURST;

/// The time after which one failure is forgotten.
const FORGIVE: Duration = Duration::from_secs(3);

/// How many sources are remembered. Beyond that, those with the fewest failures are
/// forgotten.
const MOST_SOURCES: usize = 10_000;

/// Each kind of failure is counted separately: a removed host does not lock out the users
/// behind the same address.
#[derive(Default)]
pub(crate) struct Throttles {
    /// Users' names and passwords.
    pub(crate) passwords: Arc<PasswordThrottle>,
    /// Attempts to enrol.
    pub(crate) enrolments: Throttle,
    /// Agents' tokens; beyond the limit they are no longer logged.
    pub(crate) tokens: Throttle,
    /// API tokens.
    pub(crate) api_tokens: Throttle,
    /// What users change of their own accounts.
    pub(crate) accounts: AccountThrottle,
    /// Tokens of jobs; beyond the limit they are no longer logged.
    pub(crate) pulls: Throttle,
}

/// Failures by source address.
pub(crate) struct Throttle {
    sources: Mutex<Failures<IpAddr>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            sources: Mutex::new(Failures::new(BURST)),
        }
    }
}

impl Throttle {
    /// Counts an attempt as a failure unless it is given back.
    ///
    /// # Errors
    /// How long the source has to wait, if it failed too often.
    pub(crate) fn begin(&self, source: IpAddr, now: Instant) -> Result<(), Duration> {
        let (mut sources, source) = (locked(&self.sources), network(source));
        sources.wait(&source, now).map_or(Ok(()), Err)?;
        sources.count(source, now);
        Ok(())
    }

    /// Gives back an attempt that succeeded.
    pub(crate) fn give_back(&self, source: IpAddr) {
        locked(&self.sources).give_back(&network(source));
    }
}

/// Changes by user: each one is kept in the audit log for long.
pub(crate) struct AccountThrottle(Mutex<Failures<[u8; 32]>>);

impl Default for AccountThrottle {
    fn default() -> Self {
        Self(Mutex::new(Failures::new(BURST)))
    }
}

impl AccountThrottle {
    /// Counts a change.
    ///
    /// # Errors
    /// How long the user has to wait, after too many in a row.
    pub(crate) fn begin(&self, user: &str, now: Instant) -> Result<(), Duration> {
        let (mut users, user) = (locked(&self.0), sha256(user.as_bytes()));
        users.wait(&user, now).map_or(Ok(()), Err)?;
        users.count(user, now);
        Ok(())
    }
}

/// Failures by source address and user name, with a ceiling for all names of an address:
/// one bad client behind an address does not lock out the other users.
pub(crate) struct PasswordThrottle {
    failures: Mutex<PasswordFailures>,
}

/// An address, and the digest of a user name, which may be as long as a header.
type UserAtAddress = (IpAddr, [u8; 32]);

struct PasswordFailures {
    users: Failures<UserAtAddress>,
    sources: Failures<IpAddr>,
}

impl Default for PasswordThrottle {
    fn default() -> Self {
        Self {
            failures: Mutex::new(PasswordFailures {
                users: Failures::new(BURST),
                sources: Failures::new(CEILING),
            }),
        }
    }
}

impl PasswordThrottle {
    /// Counts an attempt as a failure unless it is given back.
    ///
    /// # Errors
    /// How long this user has to wait at this address.
    pub(crate) fn begin(
        self: &Arc<Self>,
        source: IpAddr,
        user: &str,
        now: Instant,
    ) -> Result<PasswordAttempt, Duration> {
        let source = network(source);
        let user = (source, sha256(user.as_bytes()));
        let PasswordFailures { users, sources } = &mut *locked(&self.failures);
        let wait = users.wait(&user, now).max(sources.wait(&source, now));
        wait.map_or(Ok(()), Err)?;
        users.count(user, now);
        sources.count(source, now);
        Ok(PasswordAttempt {
            throttle: Arc::clone(self),
            user,
        })
    }
}

/// An attempt that counts as a failure.
pub(crate) struct PasswordAttempt {
    throttle: Arc<PasswordThrottle>,
    user: UserAtAddress,
}

impl PasswordAttempt {
    /// Gives the attempt back: it succeeded, or the password was not verified.
    pub(crate) fn give_back(self) {
        let PasswordFailures { users, sources } = &mut *locked(&self.throttle.failures);
        users.give_back(&self.user);
        sources.give_back(&self.user.0);
    }
}

/// Failures, as the time when the last of them is forgotten.
struct Failures<K> {
    burst: u32,
    forgotten: HashMap<K, Instant>,
}

impl<K: Eq + Hash + Copy> Failures<K> {
    fn new(burst: u32) -> Self {
        Self {
            burst,
            forgotten: HashMap::new(),
        }
    }

    fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let left = self.forgotten.get(key)?.saturating_duration_since(now);
        let wait = left.saturating_sub(FORGIVE * (self.burst - 1));
        (!wait.is_zero()).then_some(wait)
    }

    fn count(&mut self, key: K, now: Instant) {
        self.make_room(now);
        let until = self.forgotten.entry(key).or_insert(now);
        *until = now.max(*until) + FORGIVE;
    }

    fn give_back(&mut self, key: &K) {
        if let Some(until) = self.forgotten.get_mut(key) {
            *until = until.checked_sub(FORGIVE).unwrap_or(*until);
        }
    }

    fn make_room(&mut self, now: Instant) {
        if self.forgotten.len() < MOST_SOURCES {
            return;
        }
        self.forgotten.retain(|_, until| *until > now + FORGIVE);
        if self.forgotten.len() >= MOST_SOURCES
            && let Some(key) = self.forgotten.keys().next().copied()
        {
            self.forgotten.remove(&key);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is a single step, so a panic elsewhere leaves the map consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The network of a source: an IPv6 client usually has a whole /64.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_source_that_keeps_failing_has_to_wait() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let source = ip("192.0.2.1");
        for _ in 0..BURST {
            throttle.begin(source, now).unwrap();
        }
        assert_eq!(throttle.begin(source, now), Err(FORGIVE));
        assert_eq!(
            throttle.begin(source, now),
            Err(FORGIVE),
            "refusals do not count"
        );
        assert_eq!(throttle.begin(source, now + FORGIVE), Ok(()));
        assert!(throttle.begin(source, now + FORGIVE).is_err());
        throttle.give_back(source);
        assert_eq!(throttle.begin(source, now + FORGIVE), Ok(()));
    }

    #[test]
    fn a_network_counts_as_one_source() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..BURST {
            throttle.begin(ip("2001:db8::1"), now).unwrap();
        }
        assert!(throttle.begin(ip("2001:db8::2"), now).is_err());
        assert!(throttle.begin(ip("2001:db8:0:1::1"), now).is_ok());
    }

    #[test]
    fn a_bad_client_does_not_lock_out_other_users_of_its_address() {
        let (throttle, now) = (Arc::new(PasswordThrottle::default()), Instant::now());
        let nat = ip("192.0.2.1");
        for _ in 0..BURST {
            let _counted = throttle.begin(nat, "hosts", now).unwrap();
        }
        assert!(throttle.begin(nat, "hosts", now).is_err());
        assert!(throttle.begin(nat, "ada", now).is_ok());
        assert!(throttle.begin(ip("192.0.2.2"), "hosts", now).is_ok());
    }

    #[test]
    fn abuse_one_address_tries_many_users() {
        let (throttle, now) = (Arc::new(PasswordThrottle::default()), Instant::now());
        let tried = (0..10 * CEILING).filter(|user| {
            let begun = throttle.begin(ip("192.0.2.1"), &user.to_string(), now);
            begun.is_ok()
        });
        assert_eq!(tried.count(), CEILING as usize);
    }

    #[test]
    fn successful_attempts_are_never_throttled() {
        let (throttle, now) = (Arc::new(PasswordThrottle::default()), Instant::now());
        for _ in 0..10 * CEILING {
            throttle
                .begin(ip("192.0.2.1"), "ada", now)
                .unwrap()
                .give_back();
        }
    }

    #[test]
    fn a_user_makes_some_changes_in_a_row_and_then_few() {
        let (throttle, now) = (AccountThrottle::default(), Instant::now());
        for _ in 0..BURST {
            throttle.begin("bob", now).unwrap();
        }
        assert_eq!(throttle.begin("bob", now), Err(FORGIVE));
        assert!(throttle.begin("ada", now).is_ok());
        assert!(throttle.begin("bob", now + FORGIVE).is_ok());
        assert!(throttle.begin("bob", now + FORGIVE).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..=u32::try_from(MOST_SOURCES).unwrap() {
            for _ in 0..2 {
                throttle.begin(IpAddr::V4(number.into()), now).unwrap();
            }
        }
        assert!(locked(&throttle.sources).forgotten.len() <= MOST_SOURCES);
    }
}
