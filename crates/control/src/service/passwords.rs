//! Users' passwords.

use super::argon2id::Argon2id;
use crate::domain::Error;
use crate::random;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
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

/// Verifies passwords, and remembers the correct ones for a day.
pub(crate) struct Passwords {
    /// The hash of a random password: verifying an unknown user takes the same work.
    dummy: String,
    key: [u8; 32],
    good: Mutex<HashMap<[u8; 32], Instant>>,
    turns: Semaphore,
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
            turns: Semaphore::new(MAX_CONCURRENT),
        })
    }

    /// Whether this password was recently verified against this hash; if so, the memory of it
    /// is renewed. A changed password has another hash, so the old one is not remembered.
    pub(crate) fn remembers(&self, hash: &str, password: &Secret) -> bool {
        let (tag, now) = (self.tag(hash, password), Instant::now());
        match self.good().get_mut(&tag) {
            Some(until) if now < *until => {
                *until = now + REMEMBER;
                true
            }
            _ => false,
        }
    }

    /// Verifies a password against a stored hash. For a user who does not exist there is no
    /// hash: the answer takes as long and is `false`.
    ///
    /// # Errors
    /// [`Error::Busy`] after waiting too long for a turn, [`Error::Internal`] if hashing fails.
    pub(crate) async fn verify(
        self: Arc<Self>,
        hash: Option<String>,
        password: Secret,
    ) -> Result<bool, Error> {
        let this = Arc::clone(&self);
        let _turn = timeout(MAX_WAIT, self.turns.acquire())
            .await
            .map_err(|_| Error::Busy("too many users sign in at once".into()))?
            .map_err(|error| Error::internal("waiting to verify a password", error))?;
        tokio::task::spawn_blocking(move || this.verify_now(hash.as_deref(), &password))
            .await
            .map_err(|error| Error::internal("verifying a password", error))
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

    fn remember(&self, tag: [u8; 32]) {
        let mut good = self.good();
        let now = Instant::now();
        if good.len() >= MOST_REMEMBERED {
            let oldest = good.iter().min_by_key(|(_, until)| **until);
            let oldest = oldest.map(|(tag, _)| *tag);
            oldest.map(|tag| good.remove(&tag));
        }
        good.insert(tag, now + REMEMBER);
    }

    /// An HMAC that is remembered in place of the password. Its key is random and exists only
    /// in this process.
    fn tag(&self, hash: &str, password: &Secret) -> [u8; 32] {
        let message = Labelled::new("pilotctl/password/v1")
            .text(hash)
            .text(password.expose())
            .finish();
        #[expect(
            clippy::expect_used,
            reason = "HMAC takes keys of every length (RFC 2104)"
        )]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length");
        mac.update(&message);
        mac.finalize().into_bytes().into()
    }

    fn good(&self) -> MutexGuard<'_, HashMap<[u8; 32], Instant>> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
                .verify(Some(stored.clone()), good.clone())
                .await
                .unwrap()
        );
        assert!(
            !Arc::clone(&passwords)
                .verify(Some(stored.clone()), bad.clone())
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
        assert!(!passwords.verify(None, Secret::new("x")).await.unwrap());
    }
}
