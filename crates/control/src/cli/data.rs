//! The folder with the service's data, and the store key.

use super::exposure;
use super::failure::Failure;
use super::output;
use crate::files;
use crate::store::Store;
use std::fs::{File, TryLockError};
use std::path::{self, Path, PathBuf};

/// Options of every command that works on the service's data.
#[derive(clap::Args)]
pub(super) struct Data {
    /// Folder with the service's data
    #[arg(long = "data", env = "PILOTCTL_DATA", value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// File of the store key, which seals the secrets in the database; created if the database
    /// has no key yet (default: the name of the folder, with `.key`)
    #[arg(long, env = "PILOTCTL_STORE_KEY", value_name = "FILE")]
    store_key: Option<PathBuf>,
}

/// The help of `--data` where the command creates the folder.
pub(super) const CREATED: &str = "Folder with the service's data; created if it does not exist";

impl Data {
    /// The data in this folder, with the store key beside it.
    pub(super) fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            store_key: None,
        }
    }

    /// Opens the store.
    pub(super) async fn open(&self) -> Result<Store, Failure> {
        self.refuse_exposed()?;
        files::private_folder(&self.folder).map_err(|error| Failure::file(&self.folder, error))?;
        let key = self.key_file()?;
        let store = Store::open(&self.folder, &key).await?;
        if store.has_new_key() {
            output::complain(format_args!(
                "created {}, the store key for {}: keep a copy of it, apart from copies of the database",
                key.display(),
                self.folder.display()
            ));
        }
        Ok(store)
    }

    /// Refuses, when root runs this, data and a key that others could change.
    fn refuse_exposed(&self) -> Result<(), Failure> {
        exposure::refuse([self.folder.as_path(), &self.key_file()?])
    }

    /// The store of a service that has one.
    pub(super) async fn open_existing(&self) -> Result<Store, Failure> {
        self.expect_folder()?;
        self.open().await
    }

    /// Refuses a folder that does not exist: its name may be misspelt.
    pub(super) fn expect_folder(&self) -> Result<(), Failure> {
        if self.folder.exists() {
            return Ok(());
        }
        Err(Failure::Refused(format!(
            "{}: there is no such folder: use the same --data as `pilotctl serve`",
            self.folder.display()
        )))
    }

    /// The file of the store key.
    pub(super) fn key_file(&self) -> Result<PathBuf, Failure> {
        match &self.store_key {
            Some(path) => Ok(path.clone()),
            None => path::absolute(&self.folder)
                .map(|folder| folder.with_added_extension("key"))
                .map_err(|error| Failure::file(&self.folder, error)),
        }
    }

    /// Whether the key is in the data folder, so that a copy of the data has it too.
    pub(super) fn holds_key(&self) -> bool {
        let whole = |path: &Path| path.canonicalize().ok();
        let key = self.key_file().ok().and_then(|key| whole(&key));
        matches!((key, whole(&self.folder)), (Some(key), Some(folder)) if key.starts_with(&folder))
    }

    /// Locks the data while the returned file is open: two services would deliver jobs twice.
    pub(super) fn lock(&self) -> Result<File, Failure> {
        self.refuse_exposed()?;
        files::private_folder(&self.folder).map_err(|error| Failure::file(&self.folder, error))?;
        let path = self.folder.join("lock");
        let file = files::private_file(&path).map_err(|error| Failure::file(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Failure::Refused(format!(
                "{} is in use by another pilotctl serve: stop that one, or use another --data",
                self.folder.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Failure::file(&path, error)),
        }
    }
}

/// Options of a command that calls the service, or works on its data on this machine.
#[derive(clap::Args)]
pub(super) struct OnThisMachine {
    /// Work on the data in this folder, on the service's machine, in place of calling the service
    #[arg(long = "data", env = "PILOTCTL_DATA", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// File of the store key (default: the name of the folder, with `.key`)
    #[arg(long, env = "PILOTCTL_STORE_KEY", value_name = "FILE")]
    store_key: Option<PathBuf>,
}

impl OnThisMachine {
    /// The data, if a folder is named.
    pub(super) fn named(self) -> Option<Data> {
        Some(Data {
            folder: self.folder?,
            store_key: self.store_key,
        })
    }
}

impl Data {
    /// Does something with the store of a service that has one.
    pub(super) fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.expect_folder()?;
        self.run_on_new(work)
    }

    /// Does something with the store, which is made if there is none.
    pub(super) fn run_on_new<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
        runtime.block_on(async {
            let store = self.open().await?;
            let done = work(&store).await;
            store.close().await;
            done
        })
    }
}
