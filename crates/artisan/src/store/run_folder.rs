//! The folder that a package runs in.
//!
//! Each is locked while its `art` runs, so the next `art` recognises the folder of one that was
//! killed, and removes it.

use super::Store;
use crate::failure::{Context, Failure};
use crate::files;
use crate::output;
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A fresh folder of mode 0700, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if let Err(error) = files::remove_folder(&self.path) {
            let path = self.path.display();
            output::note(&format!("cannot remove {path}: {error}; remove it by hand"));
        }
    }
}

impl Store {
    /// Makes a folder to run a package in, and removes those that were left
    /// behind.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) fn run_folder(&self) -> Result<RunFolder, Failure> {
        // No other `art` may sweep between making a folder and locking it.
        let _locked = self.locked()?;
        let runs = match &self.runs {
            Some(given) => given.clone(),
            None => self.swept_runs()?,
        };
        let path = tempfile::Builder::new()
            .prefix("run-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&runs)
            .context("cannot make a folder in", &runs)?
            .keep();
        let lock = File::open(&path).context("cannot open", &path)?;
        lock.lock().context("cannot lock", &path)?;
        Ok(RunFolder { path, _lock: lock })
    }
}

impl Store {
    fn swept_runs(&self) -> Result<PathBuf, Failure> {
        let runs = self.folder("run")?;
        sweep(&runs)?;
        Ok(runs)
    }
}

fn sweep(runs: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(runs).context("cannot list", runs)? {
        let path = entry.context("cannot list", runs)?.path();
        if is_abandoned(&path) {
            // The next run tries again.
            let _ = files::remove_folder(&path);
        }
    }
    Ok(())
}

/// Anything but a folder was put there by a function, and opening it might block for ever.
fn is_abandoned(path: &Path) -> bool {
    let folder = OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::DIRECTORY | OFlags::NOFOLLOW).bits() as i32)
        .open(path);
    match folder.map(|folder| folder.try_lock()) {
        Ok(locked) => locked.is_ok(),
        // A folder that even its owner cannot open was left so by its function.
        // Any other error says nothing about it: a package may be running there.
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_and_is_removed_after_use() {
        let home = tempfile::tempdir().unwrap();
        let folder = Store::new(home.path()).run_folder().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_given_folder_is_used_and_not_swept() {
        let [home, runs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fs::create_dir(runs.path().join("anothers")).unwrap();
        let given = Some(runs.path().to_owned());
        let folder = Store::new(home.path()).running_in(given).run_folder();
        assert!(folder.unwrap().path().starts_with(runs.path()));
        assert!(runs.path().join("anothers").exists());
    }

    #[test]
    fn the_folder_of_a_killed_run_is_removed_and_that_of_a_running_one_is_not() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let running = store.run_folder().unwrap();
        let left = home.path().join("run/run-left");
        fs::create_dir_all(left.join("deep")).unwrap();
        let next = store.run_folder().unwrap();
        assert!(!left.exists());
        assert!(running.path().exists() && next.path().exists());
    }

    /// Opening a FIFO waits for a writer, while the lock is held.
    #[test]
    fn abuse_a_function_leaves_a_fifo_where_packages_run() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        drop(store.run_folder().unwrap());
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        for place in ["run/fifo", "packages.fifo"] {
            let place = home.path().join(place);
            rustix::fs::mknodat(rustix::fs::CWD, &place, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
        }
        std::os::unix::fs::symlink(
            home.path().join("packages.fifo"),
            home.path().join("run/link"),
        )
        .unwrap();
        store.run_folder().unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_checked_is_not_abandoned() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a");
        fs::create_dir(&folder).unwrap();
        assert!(is_abandoned(&folder));
        let held = File::open(&folder).unwrap();
        held.lock().unwrap();
        assert!(!is_abandoned(&folder));
        let too_long = home.path().join("a".repeat(300));
        assert!(!is_abandoned(&too_long));
    }
}
