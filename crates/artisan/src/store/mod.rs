//! `art`'s home folder, on the local disk:
//!
//! ```text
//! packages/REF.zip, REF.json   the two files of each package
//! packages/index.json          which name has which REF: {"domain/group/name:tag": "REF"}
//! keys/sign.pgp                the secret key that `art sign` uses
//! keys/verify/*.pgp            the public keys whose packages are run
//! serials/seen.json            the highest serial that was accepted, by name
//! serials/signed.json          the last serial that was signed, by name
//! run/NAME/                    a package that is running, unpacked
//! lock                         held while any of these files is changed
//! ```

pub(crate) mod kept;
mod packages;
mod run_folder;
mod serials;

pub(crate) use run_folder::RunFolder;
pub(crate) use serials::{Seen, Serial};

use crate::failure::{Context, Failure};
use crate::files::{self, Access};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The longest of the store's own JSON files, in bytes.
const MAX_RECORD: u64 = 16 << 20;

/// The home folder.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    home: PathBuf,
    /// Where packages run, if not in the home.
    runs: Option<PathBuf>,
}

impl Store {
    /// The store in that folder, which need not be there yet.
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            runs: None,
        }
    }

    /// The same store, whose packages run in another folder, if one is given.
    pub(crate) fn running_in(self, runs: Option<PathBuf>) -> Self {
        Self { runs, ..self }
    }

    /// A folder of the store; made where it is missing.
    fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.home.join(name);
        files::private_folder(&folder)?;
        Ok(folder)
    }

    /// Keeps every other `art` from changing the store while it is held.
    fn lock(&self) -> Result<File, Failure> {
        files::private_folder(&self.home)?;
        let path = self.home.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .context("cannot open", &path)?;
        file.lock().context("cannot lock", &path)?;
        Ok(file)
    }
}

/// Reads a record of the store; the default where there is none.
///
/// # Errors
/// When it is damaged: it is never silently forgotten, because it may be what
/// protects from an older package.
fn read_record<T: DeserializeOwned + Default>(path: &Path) -> Result<T, Failure> {
    let Some(bytes) = files::read_if_there(path, MAX_RECORD)? else {
        return Ok(T::default());
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::own(format!(
            "{} is damaged ({error}): restore it, or delete it if you know why it is",
            path.display()
        ))
    })
}

fn write_record(path: &Path, record: &impl Serialize) -> Result<(), Failure> {
    let bytes = serde_json::to_vec_pretty(record).map_err(Failure::own)?;
    files::replace(path, &bytes, Access::Private)
}
