//! The state of a job: its recorded states, and whether its shim is alive.

use super::JobFolder;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;

/// The descriptor on which a shim finds the lock of its job.
pub(crate) const LOCK_DESCRIPTOR: i32 = 3;

/// The state of a job, read from its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is on disk and has not been begun.
    Received,
    /// Its shim is alive.
    Running,
    /// It was begun, there is no result, and its shim is dead.
    Interrupted,
    /// There is a result that control has not acknowledged.
    Ended,
    /// Control has acknowledged the result.
    Reported,
}

impl JobFolder {
    /// Takes the lock that a shim holds while it runs; `None` when a shim has it. The file is
    /// open for writing, so that a watch on the folder reports when the last holder has closed
    /// it.
    ///
    /// # Errors
    /// What open(2) and flock(2) report.
    pub(crate) fn take_lock(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(self.lock_file())?;
        Ok(is_free(&file)?.then_some(file))
    }

    /// Whether a shim holds the lock. Opened for reading, the file tells no
    /// watch when it is closed again.
    fn is_locked(&self) -> io::Result<bool> {
        match File::open(self.lock_file()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            file => Ok(!is_free(&file?)?),
        }
    }

    /// How far the job has come. Only the agent asks: asking takes the lock for
    /// a moment.
    ///
    /// # Errors
    /// When that cannot be found out now. The job must then be taken for one
    /// that runs.
    pub(crate) fn state(&self) -> io::Result<State> {
        // The lock first: a shim that ends in between has written its result.
        let locked = self.is_locked()?;
        match self.noted_state()? {
            State::Running if !locked => Ok(State::Interrupted),
            state => Ok(state),
        }
    }

    /// How far the job has come as far as is noted: a shim that died counts as
    /// running.
    ///
    /// # Errors
    /// When the folder cannot be looked at.
    pub(crate) fn noted_state(&self) -> io::Result<State> {
        for (file, state) in [
            (self.reported_file(), State::Reported),
            (self.result_file(), State::Ended),
            (self.started_file(), State::Running),
        ] {
            if fs::exists(file)? {
                return Ok(state);
            }
        }
        Ok(State::Received)
    }
}

fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
