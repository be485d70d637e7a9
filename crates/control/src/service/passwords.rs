//! Users' passwords.

use super::argon2id::Argon2id;
use crate::domain::Error;
use crate::domain::mac::hmac;
use crate::random;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use hmac::Mac;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use wire::command::Secret;
use wire::labelled::Labelled;

/// How long a verified password is remembered: it is then neither hashed again nor
/// throttled. Longer than the time between two pulls of a host.
const REMEMBER: Duration = Duration::from_secs(24 * 3_600);

/// How many verified passwords are remembered. Beyond that, the one that was verified the
/// longest ago is forgotten.
const MOST_REMEMBERED: usize = 1_024;

/// How many hashes are computed at the same time: each takes 19 MiB.
const MAX_CONCURRENT: usize = 2;

/// How long a request may wait for its turn.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Hashes a password with argon2id.
///
/// # Errors
/// [`Error::Internal`] if argon2 fails.
pub(crate) fn hash(password: &Secret) -> Result<String, Error> {
    let salt = SaltString::encode_b64(&random::bytes::<16>())
        .map_err(|error| Error::internal("making a salt", error))?;
    Argon2id
        .hash_password(password.expose().as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal("hashing a password", error))
}

/// An HMAC of a password and the hash that it is verified against.
type Tag = [u8; 32];

/// What came of a verification; `None` while it goes on.
type Verified = watch::Receiver<Option<Outcome>>;

/// Verifies passwords, and remembers the correct ones for a day.
pub(crate) struct Passwords {
    /// The hash of a random password: verifying an unknown user takes the same work.
    dummy: String,
    key: [u8; 32],
    good: Mutex<HashMap<Tag, Instant>>,
    /// Verifications that go on: who asks the same waits for the same answer.
    begun: Mutex<HashMap<Tag, Verified>>,
    turns: Semaphore,
}

#[derive(Clone, Copy)]
enum Outcome {
    Right,
    Wrong,
    Busy,
    Failed,
}

impl From<Outcome> for Result<bool, Error> {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Right => Ok(true),
            Outcome::Wrong => Ok(false),
            Outcome::Busy => Err(busy()),
            Outcome::Failed => Err(failed("it broke off")),
        }
    }
}

fn busy() -> Error {
    Error::Busy("too many users sign in at once".into())
}

fn failed(error: impl Display) -> Error {
    Error::internal("verifying a password", error)
}

/// A verification that goes on, until this is dropped.
struct Begun {
    passwords: Arc<Passwords>,
    tag: Tag,
}

impl Drop for Begun {
    fn drop(&mut self) {
        locked(&self.passwords.begun).remove(&self.tag);
    }
}

impl Passwords {
    /// Begins with an empty memory.
    ///
    /// # Errors
    /// As [`hash`].
    pub(crate) fn new() -> Result<Self, Error> {
        let random = Secret::new(wire::encoding::hex(&random::bytes::<32>()));
        Ok(Self {
            dummy: hash(&random)?,
            key: random::bytes(),
            good: Mutex::default(),
            begun: Mutex::default(),
            turns: Semaphore::new(MAX_CONCURRENT),
        })
    }

    /// Hashes a new password, when it is its turn.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub(crate) async fn hash_in_turn(&self, password: Secret) -> Result<String, Error> {
        let Ok(_turn) = timeout(MAX_WAIT, self.turns.acquire()).await else {
            return Err(busy());
        };
        let hashing = spawn_blocking(move || hash(&password));
        hashing
            .await
            .map_err(|error| Error::internal("hashing a password", error))?
    }

    /// Whether this password was recently verified against this hash; if so, the memory of it
    /// is renewed. A changed password has another hash, so the old one is not remembered.
    pub(crate) fn remembers(&self, hash: &str, password: &Secret) -> bool {
        let (tag, now) = (self.tag(hash, password), Instant::now());
        match locked(&self.good).get_mut(&tag) {
            Some(until) if now < *until => {
                *until = now + REMEMBER;
                true
            }
            _ => false,
        }
    }

    /// Waits for the answer if the same password of a user is verified already; `None` if not.
    /// That is no other guess. (Two names that do not exist are not the same user: otherwise one
    /// could tell them from names that do.)
    pub(crate) fn join(
        &self,
        user: &str,
        hash: Option<&str>,
        password: &Secret,
    ) -> Option<impl Future<Output = Result<bool, Error>> + use<>> {
        let tag = self.attempt_tag(user, hash, password);
        let verified = locked(&self.begun).get(&tag)?.clone();
        Some(outcome(verified))
    }

    /// Begins to verify a password against a stored hash, and returns the answer to come. For a
    /// user who does not exist there is no hash: the answer takes as long and is `false`.
    ///
    /// # Errors
    /// [`Error::Busy`] after waiting too long for a turn, [`Error::Internal`] if hashing fails.
    pub(crate) fn verify(
        self: Arc<Self>,
        user: &str,
        hash: Option<String>,
        password: Secret,
    ) -> impl Future<Output = Result<bool, Error>> + use<> {
        let tag = self.attempt_tag(user, hash.as_deref(), &password);
        let (done, verified) = watch::channel(None);
        locked(&self.begun).insert(tag, verified.clone());
        let begun = Begun {
            passwords: Arc::clone(&self),
            tag,
        };
        // Others may wait for the answer when this one has hung up.
        tokio::spawn(async move {
            let outcome = self.in_turn(hash, password).await;
            drop(begun);
            done.send_replace(Some(outcome));
        });
        outcome(verified)
    }

    async fn in_turn(self: Arc<Self>, hash: Option<String>, password: Secret) -> Outcome {
        let this = Arc::clone(&self);
        let Ok(_turn) = timeout(MAX_WAIT, self.turns.acquire()).await else {
            return Outcome::Busy;
        };
        let verifying = spawn_blocking(move || this.verify_now(hash.as_deref(), &password));
        match verifying.await {
            Ok(true) => Outcome::Right,
            Ok(false) => Outcome::Wrong,
            Err(_) => Outcome::Failed,
        }
    }

    fn verify_now(&self, hash: Option<&str>, password: &Secret) -> bool {
        let matches = matches(hash.unwrap_or(&self.dummy), password);
        match hash {
            Some(hash) if matches => {
                self.remember(self.tag(hash, password));
                true
            }
            _ => false,
        }
    }

    fn remember(&self, tag: Tag) {
        let mut good = locked(&self.good);
        let now = Instant::now();
        if good.len() >= MOST_REMEMBERED {
            let oldest = good.iter().min_by_key(|(_, until)| **until);
            let oldest = oldest.map(|(tag, _)| *tag);
            oldest.map(|tag| good.remove(&tag));
        }
        good.insert(tag, now + REMEMBER);
    }

    /// An HMAC that is remembered in place of the password.
    fn tag(&self, hash: &str, password: &Secret) -> Tag {
        let message = Labelled::new("pilotctl/password/v1").text(hash);
        self.hmac(&message.text(password.expose()).finish())
    }

    /// The same, of a user who may not exist.
    fn attempt_tag(&self, user: &str, hash: Option<&str>, password: &Secret) -> Tag {
        let message = Labelled::new("pilotctl/attempt/v1").text(user);
        let message = message.text(hash.unwrap_or(&self.dummy));
        self.hmac(&message.text(password.expose()).finish())
    }

    /// An HMAC under a key that is random and exists only in this process.
    fn hmac(&self, message: &[u8]) -> Tag {
        hmac(&self.key, message).finalize().into_bytes().into()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is a single step, so a panic elsewhere leaves the map consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn outcome(mut verified: Verified) -> Result<bool, Error> {
    let outcome = verified.wait_for(Option::is_some).await;
    let outcome = outcome.map(|outcome| outcome.unwrap_or(Outcome::Failed));
    outcome.map_err(failed)?.into()
}

fn matches(hash: &str, password: &Secret) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2id
            .verify_password(password.expose().as_bytes(), &hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_correct_password_is_remembered_and_a_wrong_one_is_not() {
        let passwords = Arc::new(Passwords::new().unwrap());
        let (good, bad) = (Secret::new("correct horse"), Secret::new("battery staple"));
        let stored = hash(&good).unwrap();
        assert!(!passwords.remembers(&stored, &good));
        assert!(
            Arc::clone(&passwords)
                .verify("ada", Some(stored.clone()), good.clone())
                .await
                .unwrap()
        );
        assert!(
            !Arc::clone(&passwords)
                .verify("ada", Some(stored.clone()), bad.clone())
                .await
                .unwrap()
        );
        assert!(passwords.remembers(&stored, &good) && !passwords.remembers(&stored, &bad));
        let changed = hash(&good).unwrap();
        assert!(!passwords.remembers(&changed, &good));
    }

    #[tokio::test]
    async fn nobody_signs_in_as_a_user_who_does_not_exist() {
        let passwords = Arc::new(Passwords::new().unwrap());
        assert!(!passwords.verify("x", None, Secret::new("x")).await.unwrap());
    }

    #[tokio::test]
    async fn who_asks_the_same_at_once_waits_for_the_same_answer() {
        let passwords = Arc::new(Passwords::new().unwrap());
        let (good, bad) = (Secret::new("correct horse"), Secret::new("battery staple"));
        let stored = hash(&good).unwrap();
        assert!(passwords.join("ada", Some(&stored), &good).is_none());
        let first = Arc::clone(&passwords).verify("ada", Some(stored.clone()), good.clone());
        let first = tokio::spawn(first);
        let second = loop {
            match passwords.join("ada", Some(&stored), &good) {
                Some(second) => break second,
                None => tokio::task::yield_now().await,
            }
        };
        assert!(passwords.join("ada", Some(&stored), &bad).is_none());
        assert!(passwords.join("eve", Some(&stored), &good).is_none());
        first.abort();
        assert!(second.await.unwrap(), "though the first one has hung up");
        assert!(passwords.join("ada", Some(&stored), &good).is_none());
    }
}
