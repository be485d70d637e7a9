//! Keeps secret keys out of packages.
//!
//! `art pgp gen` writes into the current folder, which is often the one that is packed next:
//! the signing key would be published with the package.

use super::walk::cannot_pack;
use crate::failure::{Context, Failure};
use crate::files;
use std::io::Read;
use std::path::Path;
use trust::{MOST_KEY_FILE, holds_secret_key};

/// How much is looked at of a file that is too long to sign with.
const LOOKED_AT: u64 = 64 << 10;

/// Looks into files, one after the other.
#[derive(Default)]
pub(super) struct SecretKeys {
    /// Of the file that is looked at.
    bytes: Vec<u8>,
}

impl SecretKeys {
    /// Looks into a file of that size.
    ///
    /// # Errors
    /// When it holds a secret key, or cannot be read.
    pub(super) fn refuse(&mut self, path: &Path, full: &Path, size: u64) -> Result<(), Failure> {
        let most = match size {
            0..=MOST_KEY_FILE => MOST_KEY_FILE,
            _ => LOOKED_AT,
        };
        self.bytes.clear();
        files::open(full)
            .and_then(|file| file.take(most).read_to_end(&mut self.bytes))
            .context("cannot read", full)?;
        match holds_secret_key(&self.bytes) {
            false => Ok(()),
            true => Err(cannot_pack(
                path,
                "it holds a secret key, and everybody who pulls the package would get it: move it out of what is \
                 packed, and make a new key if it was ever pushed",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use trust::{Algorithm, SecretKey};

    fn look(bytes: &[u8], size: u64) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(size)
            .unwrap();
        SecretKeys::default()
            .refuse(Path::new("file"), &path, size)
            .is_ok()
    }

    /// No key that signs is missed, and no large file is read whole.
    #[test]
    fn a_key_is_found_at_the_end_of_the_longest_file_that_signs() {
        let key = SecretKey::generate("a", Algorithm::Ed25519, 1_700_000_000).unwrap();
        let armor = key.to_armor().unwrap();
        let blank = "\n".repeat(usize::try_from(MOST_KEY_FILE).unwrap() - armor.len());
        let whole = format!("{blank}{}", armor.as_str());
        assert!(SecretKey::from_bytes(whole.as_bytes()).is_ok());
        assert!(!look(whole.as_bytes(), MOST_KEY_FILE));
        assert!(!look(armor.as_bytes(), 8 << 30));
        assert!(look(b"", 8 << 30));
    }
}
