//! Who this host is to control: its id, its key, its sequence number, and what
//! it knows of control's time.
#![forbid(unsafe_code)]

pub(crate) mod clock;
mod draft;
mod next_key;
mod on_disk;
pub(crate) mod sequence;

use crate::config::Config;
use crate::failure::{Context, Failure};
use crate::host::machine_id;
use crate::storage;
use crate::storage::record::{self, RecordError};
use crate::sys::random::random;
use std::path::{Path, PathBuf};
use wire::{HostId, HostKey};

/// The identity of this host, kept in the file `identity`.
#[derive(Clone)]
pub(crate) struct Identity {
    /// The id under which control knows the host.
    pub(crate) host: HostId,
    /// The secret that the host shares with control.
    pub(crate) key: HostKey,
    /// Distinguishes repetitions of one enrolment from another enrolment.
    pub(crate) nonce: [u8; 16],
    /// Whether control has accepted the key.
    pub(crate) enrolled: bool,
    /// The address that `pilot enrol` was given, for where the configuration
    /// names none.
    pub(crate) control: Option<String>,
}

/// What the host id is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdSource {
    /// `/etc/machine-id`.
    MachineId,
    /// The id of the hardware: `--hw-id`.
    Hardware,
}

impl Identity {
    /// The identity that is kept on disk.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(crate) fn load(home: &Path) -> Result<Option<Self>, Failure> {
        let path = file(home);
        record::read(&path).map_err(|error| {
            let remedy = match error {
                RecordError::Io(_) => "the agent's user has to be able to read it",
                _ => "restore it from a backup, or remove it and enrol this host again",
            };
            Failure::configuration(format!("{}: {error}; {remedy}", path.display()))
        })
    }

    /// Makes an identity with a new key, kept from now on. `salt` tells the
    /// copies of an image apart and is empty otherwise.
    ///
    /// # Errors
    /// When the machine has no id or the disk refuses.
    pub(crate) fn create(config: &Config, source: IdSource, salt: &[u8]) -> Result<Self, Failure> {
        let identity = Self::draft(config, source, salt)?;
        identity.save(&config.home)?;
        Ok(identity)
    }

    /// Makes an identity with a new key that nothing keeps yet; `salt` as in
    /// [`Identity::create`].
    ///
    /// # Errors
    /// When the machine has no id.
    pub(crate) fn draft(config: &Config, source: IdSource, salt: &[u8]) -> Result<Self, Failure> {
        let machine = match source {
            IdSource::MachineId => machine_id::read(&config.machine_id_file)?,
            IdSource::Hardware => machine_id::hardware().ok_or_else(|| {
                Failure::configuration("--hw-id: this machine's hardware shows no id (only root can read it); run without --hw-id")
            })?,
        };
        Ok(Self {
            host: HostId::derive(&machine, &config.instance, salt),
            key: HostKey::new(random().context("cannot get random bytes from the kernel")?),
            nonce: random().context("cannot get random bytes from the kernel")?,
            enrolled: false,
            control: None,
        })
    }

    /// Keeps the identity on disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn save(&self, home: &Path) -> Result<(), Failure> {
        self.write(home, &file(home))
    }

    fn write(&self, home: &Path, path: &Path) -> Result<(), Failure> {
        storage::make_private_folder(home)
            .context(format_args!("cannot make the folder {}", home.display()))?;
        record::write(path, self).context(format_args!("cannot write {}", path.display()))
    }

    /// Wipes the key from this process's memory, for children that do not need
    /// it.
    pub(crate) fn forget_key(&mut self) {
        self.key.wipe();
    }
}

fn file(home: &Path) -> PathBuf {
    home.join("identity")
}
