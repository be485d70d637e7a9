//! The key that is about to replace the host's own.
//!
//! It is on disk before control receives it, and in the identity once control has accepted it;
//! then it is used, and with that the key before is worth nothing. An interrupted step is
//! repeated with the same key.

use super::Identity;
use crate::failure::{Context, Failure};
use crate::storage::{self, record};
use crate::sys::random::random;
use std::path::{Path, PathBuf};
use wire::HostKey;

impl Identity {
    /// The key that was prepared to replace the one in force. A damaged record is set aside:
    /// that key is not in use yet.
    pub(crate) fn next_key(home: &Path) -> Option<HostKey> {
        record::read_or_set_aside(&file(home)).ok().flatten()
    }

    /// Prepares a key to replace the one in force, unless there is one; returns
    /// its fingerprint. An agent whom control asks for it and the command beside it get the
    /// same.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn prepare_next_key(home: &Path) -> Result<String, Failure> {
        let path = file(home);
        let prepare = || match Self::next_key(home) {
            Some(key) => Ok(key),
            None => random().map(HostKey::new).and_then(|key| {
                record::write(&path, &key)?;
                Ok(key)
            }),
        };
        let key = storage::in_turn(home, prepare);
        key.map(|key| key.fingerprint())
            .context(format_args!("cannot write {}", path.display()))
    }

    /// Puts the prepared key in place of the one in force, if it is the one with
    /// this fingerprint, which control has accepted.
    ///
    /// # Errors
    /// When it is not, or the disk refuses; then the key in force stays.
    pub(crate) fn take_next_key(&mut self, home: &Path, fingerprint: &str) -> Result<(), Failure> {
        let key = Self::next_key(home).filter(|key| key.fingerprint() == fingerprint);
        let key = key.ok_or_else(|| {
            Failure::configuration("the key that control has accepted is no longer on the disk")
        })?;
        let changed = Self {
            key,
            ..self.clone()
        };
        changed.save(home)?;
        *self = changed;
        self.forget_prepared_key(home)
    }

    /// Removes a prepared key that is in force already.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn forget_prepared_key(&self, home: &Path) -> Result<(), Failure> {
        let next = Self::next_key(home);
        if next.is_some_and(|next| next.fingerprint() == self.key.fingerprint()) {
            Self::remove_next_key(home)?;
        }
        Ok(())
    }

    /// Removes a prepared key.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn remove_next_key(home: &Path) -> Result<(), Failure> {
        let path = file(home);
        storage::remove(&path).context(format_args!("cannot remove {}", path.display()))
    }
}

fn file(home: &Path) -> PathBuf {
    home.join("key.next")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::HostId;

    fn identity(home: &Path) -> Identity {
        let identity = Identity {
            host: HostId::derive("m", "", b""),
            key: HostKey::new([7; 32]),
            nonce: [1; 16],
            enrolled: true,
            control: None,
        };
        identity.save(home).unwrap();
        identity
    }

    fn in_force(home: &Path) -> String {
        Identity::load(home).unwrap().unwrap().key.fingerprint()
    }

    #[test]
    fn a_key_is_prepared_once_and_takes_the_place_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let mut identity = identity(home);
        let next = Identity::prepare_next_key(home).unwrap();
        assert_eq!(Identity::prepare_next_key(home).unwrap(), next);
        assert_ne!(in_force(home), next);
        assert!(identity.take_next_key(home, "another").is_err());
        assert_ne!(in_force(home), next);
        identity.take_next_key(home, &next).unwrap();
        assert_eq!(
            (in_force(home), identity.key.fingerprint()),
            (next.clone(), next)
        );
        assert!(Identity::next_key(home).is_none());
    }

    #[test]
    fn all_who_prepare_a_key_at_once_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let prepare = || Identity::prepare_next_key(folder.path()).unwrap();
        let prepared: Vec<String> = std::thread::scope(|scope| {
            let threads = [(); 8].map(|()| scope.spawn(prepare));
            threads.map(|thread| thread.join().unwrap()).into()
        });
        assert!(
            prepared.windows(2).all(|two| two[0] == two[1]),
            "{prepared:?}"
        );
    }

    #[test]
    fn a_key_that_is_in_force_is_prepared_no_more_and_another_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let identity = identity(home);
        record::write(&file(home), &identity.key).unwrap();
        identity.forget_prepared_key(home).unwrap();
        assert!(Identity::next_key(home).is_none());
        Identity::prepare_next_key(home).unwrap();
        identity.forget_prepared_key(home).unwrap();
        assert!(Identity::next_key(home).is_some());
    }
}
