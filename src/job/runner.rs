//! The job that runs: starting its shim, and noticing its end.

use super::folder::{JobFolder, Started, State};
use super::report;
use crate::log;
use crate::storage;
use crate::sys::fork::{Fork, exit_now, fork};
use crate::sys::process::{self, Pid, Wait};
use crate::sys::watch::FolderWatch;
use crate::sys::{clock, pipe, signals};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use wire::ping::Status;
use wire::time::rfc3339;

/// The descriptor on which a shim finds the lock of its job.
pub(crate) const LOCK_DESCRIPTOR: i32 = 3;

/// A job whose shim is alive, as far as is known.
pub(crate) struct RunningJob {
    /// The job.
    pub(crate) id: i64,
    folder: JobFolder,
    watch: FolderWatch,
    /// The shim, if this agent started it rather than finding it.
    shim: Option<Pid>,
}

impl RunningJob {
    /// Begins a job: intent first, then the deed.
    ///
    /// # Errors
    /// When the disk refuses or there is no room for a process. If `started`
    /// is on disk by then, the job counts as interrupted.
    pub(crate) fn start(id: i64, folder: JobFolder) -> io::Result<Self> {
        let watch = FolderWatch::new(folder.path())?;
        let lock = folder
            .try_lock()?
            .ok_or_else(|| io::Error::other("its lock is held by another process"))?;
        folder.mark_started(&Started {
            at: clock::wall(),
            boot: boot_id(),
        })?;
        let shim = spawn_shim(&folder, &lock)?;
        Ok(Self {
            id,
            folder,
            watch,
            shim: Some(shim),
        })
    }

    /// Takes a job over whose shim an earlier agent started.
    ///
    /// # Errors
    /// When its folder cannot be watched.
    pub(crate) fn adopt(id: i64, folder: JobFolder) -> io::Result<Self> {
        let watch = FolderWatch::new(folder.path())?;
        Ok(Self {
            id,
            folder,
            watch,
            shim: None,
        })
    }

    /// Whether the job has come to an end, one way or the other.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.watch.drain();
        if let Some(pid) = self.shim
            && !matches!(process::try_wait(pid), Ok(Wait::Running))
        {
            self.shim = None;
        }
        // The shim's lock is free when it is dead; its result comes before.
        match self.folder.state() {
            Ok(State::Running) => false,
            Ok(_) => true,
            Err(error) => {
                log::error!(
                    "job {}: cannot look at {}: {error}",
                    self.id,
                    self.folder.path().display()
                );
                false
            }
        }
    }

    /// The shim, to be reaped by somebody else from now on.
    pub(crate) fn into_shim(self) -> Option<Pid> {
        self.shim
    }
}

impl AsFd for RunningJob {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.watch.as_fd()
    }
}

/// Writes the result of a job whose shim died without one.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn conclude_interrupted(id: i64, folder: &JobFolder) -> io::Result<()> {
    let started = folder.started().ok().flatten();
    let rebooted = started
        .as_ref()
        .is_some_and(|started| started.boot != boot_id());
    let why = if rebooted {
        "the host restarted while the job ran"
    } else {
        "the process that watched over the job was killed; the runner was killed with it, but processes that the \
         function started may still be there"
    };
    let mut result = report::without_run(id, Status::Interrupted, why.to_owned(), clock::wall());
    result.start = started.map(|started| rfc3339(started.at));
    let output = storage::read_limited(&folder.output_file(), 1 << 20)
        .ok()
        .flatten()
        .unwrap_or_default();
    result.log = String::from_utf8_lossy(&output).into_owned();
    folder.forget_order()?;
    // What the function left in its working folder is of no use to anybody.
    let _ = fs::remove_dir_all(folder.work_folder());
    folder.finish(&result)
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The shim is this program once more: so it is there even when the agent's
/// file was replaced by an upgrade.
fn spawn_shim(folder: &JobFolder, lock: &File) -> io::Result<Pid> {
    match fork()? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => {
            let error = become_shim(folder.path(), lock);
            log::error!("cannot start the process that watches over the job: {error}");
            exit_now(127)
        }
    }
}

fn become_shim(folder: &Path, lock: &File) -> io::Error {
    signals::restore_defaults();
    let prepared = pipe::above_standard_streams(lock.as_fd()).and_then(|lock| {
        std::env::set_current_dir(folder)?;
        process::close_on_exec_from(LOCK_DESCRIPTOR);
        process::duplicate_onto(lock.as_fd(), LOCK_DESCRIPTOR)
    });
    match prepared {
        Ok(()) => process::execute(
            Path::new("/proc/self/exe"),
            &[OsStr::new("pilot"), OsStr::new("shim")],
            &[],
        ),
        Err(error) => error,
    }
}
