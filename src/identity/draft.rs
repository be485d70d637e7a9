//! The identity of an enrolment under way.
//!
//! Control's answer may be lost after it has accepted a key. The same key and
//! nonce, asked with again, get the same answer and use the code once. So they
//! are kept before control hears of them, apart from the identity in force.

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

    /// Forgets the identity of an enrolment that is complete.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn remove_draft(home: &Path) -> Result<(), Failure> {
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
    fn a_draft_is_for_the_control_that_heard_of_it_and_is_not_the_identity() {
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
        Identity::remove_draft(home.path()).unwrap();
        assert!(Identity::load_draft(home.path(), "https://one.example").is_none());
    }
}
