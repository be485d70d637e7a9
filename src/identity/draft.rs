//! The identity of an enrolment under way.
//!
//! Control's answer may be lost after it has accepted a key. The same key and nonce, asked with
//! again, get the same answer and use the code once. So they are stored before control receives
//! them, apart from the identity in force.

use super::Identity;
use crate::failure::{Context, Failure};
use crate::storage::{self, record};
use std::path::{Path, PathBuf};

impl Identity {
    /// The identity with which an enrolment at `control` was begun that was
    /// not completed. A damaged one is as good as none.
    pub(crate) fn load_draft(home: &Path, control: &str) -> Option<Self> {
        let draft: Self = record::read(&file(home)).ok().flatten()?;
        (draft.control.as_deref() == Some(control)).then_some(draft)
    }

    /// Keeps the identity for the time of an enrolment.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn save_draft(&self, home: &Path) -> Result<(), Failure> {
        self.write(home, &file(home))
    }

    /// Completes the enrolment that this identity came of, if that was killed just
    /// before.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn resume_enrolment(&self, home: &Path) -> Result<(), Failure> {
        let draft: Option<Self> = record::read(&file(home)).ok().flatten();
        let is_this = |draft: Self| draft.key.fingerprint() == self.key.fingerprint();
        if self.enrolled && draft.is_some_and(is_this) {
            Self::complete_enrolment(home)?;
        }
        Ok(())
    }

    /// Forgets what an enrolment that is complete leaves behind. A key that was prepared to
    /// replace the one before goes first, as the control before may know it: until then, the
    /// draft shows that this is still to be done.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn complete_enrolment(home: &Path) -> Result<(), Failure> {
        Self::remove_next_key(home)?;
        let path = file(home);
        storage::remove(&path).context(format_args!("cannot remove {}", path.display()))
    }
}

fn file(home: &Path) -> PathBuf {
    home.join("identity.draft")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{HostId, HostKey};

    #[test]
    fn a_draft_is_for_the_control_that_received_it_and_is_not_the_identity() {
        let home = tempfile::tempdir().unwrap();
        let draft = Identity {
            host: HostId::derive("m", "", b""),
            key: HostKey::new([7; 32]),
            nonce: [1; 16],
            enrolled: false,
            control: Some("https://one.example".to_owned()),
        };
        draft.save_draft(home.path()).unwrap();
        let found = Identity::load_draft(home.path(), "https://one.example").unwrap();
        assert_eq!(found.key.fingerprint(), draft.key.fingerprint());
        assert!(Identity::load_draft(home.path(), "https://two.example").is_none());
        assert!(Identity::load(home.path()).unwrap().is_none());
    }

    #[test]
    fn a_draft_goes_when_it_has_become_the_identity_and_takes_a_prepared_key_along() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let identity = |key, enrolled| Identity {
            host: HostId::derive("m", "", b""),
            key: HostKey::new([key; 32]),
            nonce: [1; 16],
            enrolled,
            control: None,
        };
        let is_kept = || file(home).exists() && Identity::next_key(home).is_some();
        Identity::prepare_next_key(home).unwrap();
        identity(7, false).save_draft(home).unwrap();
        for other in [identity(8, true), identity(7, false)] {
            other.resume_enrolment(home).unwrap();
            assert!(is_kept(), "that enrolment is not complete");
        }
        identity(7, true).resume_enrolment(home).unwrap();
        assert!(!file(home).exists() && Identity::next_key(home).is_none());
    }
}
