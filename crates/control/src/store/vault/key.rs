//! The store key, which seals the secrets in the database, and its file.

use crate::files;
use crate::random;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use wire::encoding::{base64, from_base64, hex};
use wire::labelled::{Labelled, sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The beginning of a key's line; easy to find where it should not be.
const PREFIX: &str = "pilotctl-store-key-1:";

const COMMENT: &str = "\
# The store key of Pilot Control: it opens the secrets in the database. Without it they
# cannot be read. Keep a copy, apart from copies of the database.
";

/// A key, wiped from memory when dropped. It is on the heap, so that moving it leaves no copy.
#[derive(ZeroizeOnDrop)]
pub(crate) struct StoreKey(Box<[u8; 32]>);

impl StoreKey {
    /// A key of these bytes.
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(Box::new(bytes))
    }

    /// A random key.
    pub(crate) fn generate() -> Self {
        Self::new(random::bytes())
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id of the key, which the database stores; it reveals nothing of the key.
    pub(super) fn id(&self) -> String {
        let list = Labelled::new("pilotctl/store-key/v1").bytes(self.as_bytes());
        hex(&sha256(&Zeroizing::new(list.finish()))[..8])
    }

    fn parse(line: &str) -> Option<Self> {
        let bytes = Zeroizing::new(from_base64(line.strip_prefix(PREFIX)?)?);
        bytes.as_slice().try_into().ok().map(Self::new)
    }
}

/// The keys of a file: the one in force, and during its replacement also the other one.
pub(crate) struct KeyFile(Vec<StoreKey>);

impl KeyFile {
    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not a key file.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys: Option<Vec<_>> = lines.map(StoreKey::parse).collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Some(Self(keys))),
            _ => Err(io::Error::new(
                ErrorKind::InvalidData,
                "it is not a key file of pilotctl; restore it from its backup",
            )),
        }
    }

    /// Creates a key and its file, which only its owner may read.
    ///
    /// # Errors
    /// When the file exists, or cannot be written.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let keys = Self(vec![StoreKey::generate()]);
        files::write_new(path, 0o600, keys.text().as_bytes())?;
        Ok(keys)
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// When it cannot be written; then the file has not changed.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        files::replace(path, 0o600, self.text().as_bytes())
    }

    pub(super) fn of(keys: Vec<StoreKey>) -> Self {
        Self(keys)
    }

    /// The key in force.
    pub(super) fn into_first(self) -> Option<StoreKey> {
        self.0.into_iter().next()
    }

    /// The key with this id.
    pub(super) fn find(self, id: &str) -> Option<StoreKey> {
        self.0.into_iter().find(|key| key.id() == id)
    }

    fn text(&self) -> Zeroizing<String> {
        let line = |key: &StoreKey| format!("{PREFIX}{}\n", base64(key.as_bytes()));
        let lines = Zeroizing::new(self.0.iter().map(line).collect::<String>());
        Zeroizing::new([COMMENT, &lines].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_its_file_and_create_never_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(KeyFile::read(&path).unwrap().is_none());
        let id = KeyFile::create(&path).unwrap().into_first().unwrap().id();
        let found = KeyFile::read(&path).unwrap().unwrap();
        assert_eq!(found.find(&id).unwrap().id(), id);
        let refusal = KeyFile::create(&path).err().unwrap();
        assert_eq!(refusal.kind(), ErrorKind::AlreadyExists);
        let edited = format!("\u{FEFF}{}", fs::read_to_string(&path).unwrap());
        fs::write(&path, edited.replace('\n', "\r\n")).unwrap();
        assert!(KeyFile::read(&path).unwrap().unwrap().find(&id).is_some());
    }

    #[test]
    fn another_file_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for text in [
            "",
            "# nothing\n",
            "hunter2\n",
            "pilotctl-store-key-1:hunter2\n",
        ] {
            fs::write(&path, text).unwrap();
            let refusal = KeyFile::read(&path).err().unwrap().to_string();
            assert!(refusal.contains("not a key file") && !refusal.contains("hunter2"));
        }
    }
}
