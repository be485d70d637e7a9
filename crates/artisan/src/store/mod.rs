//! `art`'s home folder, on the local disk:
//!
//! ```text
//! packages/REF.zip, REF.json   the two files of each package
//! packages/index.json          which name has which REF: {"domain/group/name:tag": "REF"}
//! keys/sign.pgp                the secret key that `art sign` uses
//! keys/verify/*.pgp            the public keys whose packages are run
//! serials/seen.json            the highest serial that was accepted, by name
//! serials/signed.json          the last serial that was signed, by name
//! partial/REF                  what has come of a package that is being pulled
//! run/NAME/                    a package that is running, unpacked
//! lock                         held while any of these files is changed
//! ```

pub(crate) mod kept;
mod on_disk;
mod packages;
mod partial;
mod run_folder;
mod serials;

pub(crate) use partial::Partial;
pub(crate) use run_folder::RunFolder;
pub(crate) use serials::{Now, Seen, Serial};

use crate::failure::{Context, Failure};
use crate::files::{self, Access};
use crate::output;
use on_disk::OnDisk;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

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

    /// Keeps every other `art` from changing the store. A record is read, changed and written
    /// under one lock.
    ///
    /// # Errors
    /// When another `art` has it for minutes, or the home cannot be written.
    pub(crate) fn locked(&self) -> Result<Locked<'_>, Failure> {
        files::private_folder(&self.home)?;
        let path = self.home.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(OFlags::NONBLOCK.bits() as i32)
            .open(&path)
            .context("cannot open", &path)?;
        wait_for(&file, &path)?;
        Ok(Locked {
            store: self,
            _file: file,
        })
    }
}

/// The store, while no other `art` changes it.
pub(crate) struct Locked<'a> {
    store: &'a Store,
    _file: File,
}

/// Reports after a second that it waits, and gives up after minutes: copying the largest package
/// takes less.
fn wait_for(file: &File, path: &Path) -> Result<(), Failure> {
    const PAUSE: Duration = Duration::from_millis(50);
    const SILENCE: Duration = Duration::from_secs(1);
    const PATIENCE: Duration = Duration::from_secs(300);
    let begun = Instant::now();
    let mut noted = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock", path),
            Err(TryLockError::WouldBlock) => {}
        }
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Err(Failure::own(format!(
                "another art has held {} for {} s: wait until it ends, or stop it, and try again",
                path.display(),
                waited.as_secs()
            )));
        }
        if !noted && waited > SILENCE {
            output::note(&format!(
                "waiting for another art, which holds {}",
                path.display()
            ));
            noted = true;
        }
        sleep(PAUSE);
    }
}

/// Reads a record of the store; the default where there is none.
///
/// # Errors
/// When it is damaged. It is never silently discarded, because it may protect from an older
/// package.
fn read_record<T: OnDisk>(path: &Path) -> Result<T, Failure> {
    let Some(bytes) = files::read_if_there(path, MAX_RECORD)? else {
        return Ok(T::default());
    };
    T::from_json(&bytes).map_err(|error| {
        Failure::own(format!(
            "{} is damaged ({error}): restore it, or delete it if you know the cause",
            path.display()
        ))
    })
}

fn write_record(path: &Path, record: &impl OnDisk) -> Result<(), Failure> {
    let bytes = record.to_json().map_err(Failure::own)?;
    files::replace(path, &bytes, Access::Private)
}
