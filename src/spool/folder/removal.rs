//! Removing what a job needs no more, and in the end the job.

use super::JobFolder;
use crate::storage;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What has this extension beside the folder of a job is a folder that is being
/// removed, or a file that says so of the job's folder itself.
const GONE: &str = "gone";

/// How long the agent may be kept waiting by a folder that is removed; what a job
/// left there may be without end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// Files that are not needed after a job has ended.
const SCRATCH: [&str; 4] = ["reserve", "phases", "ca.pem", "keys.pgp"];

impl JobFolder {
    /// Whether the working folder stays when the job has ended.
    fn is_kept(&self) -> bool {
        matches!(self.received(), Ok(Some(received)) if received.keep)
    }

    /// Removes the working folder, unless it is to stay.
    ///
    /// # Errors
    /// As [`storage::remove_folder`].
    pub(crate) fn clear_work(&self, patience: Duration) -> io::Result<()> {
        if self.is_kept() {
            return Ok(());
        }
        storage::remove_folder(&self.work_folder(), patience)
    }

    /// Removes what a job that has ended needs no more, wherever a crash or the
    /// disk kept its shim from doing so: the spec with its secrets, room that
    /// was taken, the working folder, records half written.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn tidy(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path == self.work_folder() {
                self.clear_work(PATIENCE)?;
            } else if path == self.request_file() || is_scratch(&path) {
                storage::remove(&path)?;
            }
        }
        Ok(())
    }

    /// Removes the folder with everything in it. It is renamed first, or marked
    /// where it cannot be renamed, as a folder of a lower layer of overlayfs cannot:
    /// after a crash or a power cut it is whole, or it is no job.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let gone = self.gone();
        if !self.is_going() {
            storage::remove_folder(&gone, PATIENCE)?;
            match fs::rename(&self.path, &gone) {
                Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                    storage::replace(&gone, b"")?;
                }
                renamed => {
                    renamed?;
                    storage::sync_parent(&gone)?;
                    return storage::remove_folder(&gone, PATIENCE);
                }
            }
        }
        storage::remove_folder(&self.path, PATIENCE)?;
        storage::remove(&gone)
    }

    /// Whether the folder is being removed where it is: then it is no job.
    pub(crate) fn is_going(&self) -> bool {
        self.gone().is_file()
    }

    fn gone(&self) -> PathBuf {
        self.path.with_added_extension(GONE)
    }

    /// Goes on removing what has this path, if it was being removed; `None` if not.
    pub(crate) fn go_on_removing(path: &Path) -> Option<io::Result<()>> {
        if path.extension()? != GONE {
            return None;
        }
        let folder = Self::new(path.with_extension(""));
        Some(match folder.is_going() {
            true => folder.remove(),
            false => storage::remove_folder(path, PATIENCE),
        })
    }
}

/// Whether a file is needed no more, or is what was to become a record.
fn is_scratch(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| SCRATCH.iter().any(|scratch| name == *scratch))
        || path.extension().is_some_and(|extension| extension == "new")
}
