//! The host's identity: carries out what the core decides about id, keys and time.

use super::super::core::Input;
use super::Driver;
use crate::checker::ListedKeys;
use crate::failure::{Context, Failure};
use crate::identity::Identity;
use crate::keys::TrustStore;
use crate::log;
use crate::status::clock_words;
use crate::sys::random::random;
use std::path::Path;

impl Driver {
    pub(super) fn await_admission(&mut self) {
        self.health.pending(&format!(
            "waiting to be admitted by an operator of {}: host {}, key fingerprint {}",
            self.core.control(),
            self.identity.host,
            self.identity.key.fingerprint()
        ));
    }

    pub(super) fn note_skew(&mut self, skew: i64) {
        let before = self.health.skewed(skew);
        if skew != 0 {
            let skew = clock_words(skew);
            log::warning!("clock: this host's clock is {skew}; using control's");
        } else if before != 0 {
            log::info!("clock: this host's clock is right again");
        }
    }

    /// Trusts a key list, or logs why it is refused. Returns which list is in force.
    pub(super) fn trust(&self, keys: Result<ListedKeys, String>) -> Input {
        let trust = TrustStore::new(&self.config.home);
        let outcome = keys.and_then(|(signed, list)| {
            let update = trust.update(&signed, &list);
            update.map_err(|failure| failure.to_string())?;
            Ok(list.number)
        });
        match outcome {
            Ok(number) => log::info!("trusting the keys of list {number} from now on"),
            Err(why) => log::warning!("a list of keys was refused: {why}"),
        }
        Input::KeysInForce(trust.number())
    }

    /// Writes the identity to disk before the agent uses it.
    pub(super) fn admit(&mut self) -> Result<(), Failure> {
        let enrolled = Identity {
            enrolled: true,
            ..self.identity.clone()
        };
        enrolled.save(&self.config.home)?;
        log::info!("admitted as host {}", enrolled.host);
        self.identity = enrolled;
        Ok(())
    }

    /// As [`Driver::admit`].
    pub(super) fn take_new_id(&mut self) -> Result<(), Failure> {
        let salt = random::<16>().context("cannot get random bytes from the kernel")?;
        let identity = Identity::create(&self.config, self.id_source, &salt)?;
        log::warning!(
            "another key holds the id {}: this host was cloned or lost its state; it is now {}",
            self.identity.host,
            identity.host
        );
        self.identity = identity;
        Ok(())
    }

    /// Control asks this host to replace its key.
    pub(super) fn prepare_next_key(&self) -> Option<Input> {
        match Identity::prepare_next_key(&self.config.home) {
            Ok(_) => {
                log::info!("control asks this host to replace its key");
                Some(Input::NextKeyPrepared)
            }
            Err(failure) => {
                log::warning!("this host's key cannot be replaced: {failure}");
                None
            }
        }
    }

    pub(super) fn take_next_key(&mut self, fingerprint: &str) -> Result<(), Failure> {
        self.identity.take_next_key(&self.config.home, fingerprint)
    }
}

/// Loads the identity in this home. Completes an enrolment that was interrupted.
///
/// # Errors
/// When the identity cannot be read.
pub(super) fn load(home: &Path) -> Result<Option<Identity>, Failure> {
    let identity = Identity::load(home)?;
    let resumed = identity.as_ref().map(|found| found.resume_enrolment(home));
    if let Some(Err(failure)) = resumed {
        log::warning!("{failure}");
    }
    Ok(identity)
}

/// Whether a key is prepared, by a person on this host or before a restart. A prepared key that
/// is in force already is removed.
pub(super) fn has_next_key(identity: &Identity, home: &Path) -> bool {
    if let Err(failure) = identity.forget_prepared_key(home) {
        log::warning!("{failure}");
    }
    Identity::next_key(home).is_some()
}
