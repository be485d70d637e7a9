//! Operators' passwords.

use super::Error;
use super::argon2id::Argon2id;
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

/// How long a verified password need not be verified again, and cannot be throttled:
/// longer than it is between a host's pulls.
const REMEMBER: Duration = Duration::from_secs(24 * 3_600);

/// How many verified passwords are remembered; beyond that, those that were good the
/// longest ago are forgotten.
const MOST_REMEMBERED: usize = 1_024;

/// How many hashes are computed at once: each takes 19 MiB.
const AT_ONCE: usize = 2;

/// How long a request may wait for its turn.
const QUEUE: Duration = Duration::from_secs(10);

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

/// Verifies passwords, and remembers for a day those that were good.
pub(crate) struct Passwords {
    /// A hash that no password has: unknown users cost the same work.
    dummy: String,
    key: [u8; 32],
    good: Mutex<HashMap<[u8; 32], Instant>>,
    turns: Semaphore,
}

impl Passwords {
    /// Begins with nothing remembered.
    ///
    /// # Errors
    /// As [`hash`].
    pub(crate) fn new() -> Result<Self, Error> {
        let nobody = Secret::new(wire::encoding::hex(&random::bytes::<32>()));
        Ok(Self {
            dummy: hash(&nobody)?,
            key: random::bytes(),
            good: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
        })
    }

    /// Whether this password was found good for this hash lately; then it counts as
    /// found good now. Another hash (a changed password) is another question.
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

    /// Verifies a password against a stored hash, or against none for a user
    /// who does not exist: then it takes as long and is `false`.
    ///
    /// # Errors
    /// [`Error::Busy`] if it is not its turn in time, [`Error::Internal`] if
    /// the work cannot be done.
    pub(crate) async fn verify(
        self: Arc<Self>,
        hash: Option<String>,
        password: Secret,
    ) -> Result<bool, Error> {
        let this = Arc::clone(&self);
        let _turn = timeout(QUEUE, self.turns.acquire())
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

    /// What is remembered in place of the password: without the process's
    /// own random key it is worth nothing.
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
    async fn a_good_password_is_remembered_and_a_bad_one_is_not() {
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
