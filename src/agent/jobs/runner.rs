//! The running job: starts its shim, and notices its end.

use crate::child::reaper;
use crate::containment::Remains;
use crate::log;
use crate::spool::folder::{JobFolder, LOCK_DESCRIPTOR, Started, State};
use crate::sys::fork::{Fork, exit_now};
use crate::sys::process::{self, Pid, Wait};
use crate::sys::watch::{Change, FolderWatch};
use crate::sys::{clock, pipe, signals};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use wire::ping::{JobResult, Status};
use wire::time::rfc3339;

/// A job whose shim is alive, as far as the agent knows.
pub(crate) struct RunningJob {
    /// The job.
    pub(crate) id: i64,
    folder: JobFolder,
    /// Wakes the agent when the job ends. Without it, the agent notices the end at the next
    /// exchange.
    watch: Option<FolderWatch>,
    /// The shim, if this agent started it rather than finding it.
    shim: Option<Pid>,
}

impl RunningJob {
    /// Starts a job: records that it begins, then starts its shim.
    ///
    /// # Errors
    /// When the disk refuses, or no process can be created. The job's state then shows whether it
    /// counts as begun.
    pub(crate) fn start(id: i64, folder: JobFolder) -> io::Result<Self> {
        let mut job = Self::adopt(id, folder);
        let lock = job.folder.take_lock()?;
        let lock = lock.ok_or_else(|| io::Error::other("its lock is held by another process"))?;
        // The last check that no job runs twice, however this function came to be called.
        if job.folder.noted_state()? != State::Received {
            return Err(io::Error::other("it was begun before"));
        }
        job.folder.mark_started(&Started::now())?;
        job.shim = Some(spawn_shim(&job.folder, &lock)?);
        Ok(job)
    }

    /// Takes over a job whose shim an earlier agent started.
    pub(crate) fn adopt(id: i64, folder: JobFolder) -> Self {
        let watch = FolderWatch::new(folder.path(), Change::ArrivedOrClosed)
            .inspect_err(|error| log::warning!("job {id}: cannot watch its folder: {error}"))
            .ok();
        Self {
            id,
            folder,
            watch,
            shim: None,
        }
    }

    /// Checks whether the job has ended, with or without a result.
    pub(crate) fn poll_ended(&mut self) -> bool {
        if let Some(watch) = &mut self.watch {
            watch.drain();
        }
        if let Some(pid) = self.shim {
            match reaper::try_wait(pid) {
                // The function may have stopped the shim, if it runs as the same Unix user.
                Ok(Wait::Running) => drop(pid.signal(signals::SIGCONT)),
                _ => self.shim = None,
            }
        }
        match self.folder.state() {
            Ok(state) => state != State::Running,
            Err(error) => {
                log::error!("{}: {error}", self.folder.path().display());
                false
            }
        }
    }

    /// The descriptor to poll for changes.
    pub(crate) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().map(AsFd::as_fd)
    }
}

impl Drop for RunningJob {
    /// The shim may still run: the reaper reaps it when it ends.
    fn drop(&mut self) {
        if let Some(shim) = self.shim {
            reaper::take_over(shim);
        }
    }
}

/// Writes the result of a job that was begun and has none. `why` is set if the job could not be
/// started; otherwise its shim died.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn conclude_interrupted(
    id: i64,
    folder: &JobFolder,
    why: Option<String>,
) -> io::Result<()> {
    let started = folder.started().ok().flatten();
    let rebooted = started.as_ref().is_some_and(Started::before_reboot);
    let remains = (!rebooted).then(|| Remains::end(&folder.work_folder(), folder.cgroup()));
    let why = why.unwrap_or_else(|| why_interrupted(remains.as_ref()).to_owned());
    let mut result = JobResult::without_run(id, Status::Interrupted, why, clock::wall());
    if let Some(remains) = remains {
        result.containment = Some(remains.containment);
        result.survivors = remains.survivors;
    }
    result.start = started.map(|started| rfc3339(started.at));
    // If the output cannot be read, the result goes without it.
    (result.log, result.cut) = folder.output().text().unwrap_or_default();
    folder.finish(&result)
}

fn why_interrupted(remains: Option<&Remains>) -> &'static str {
    match remains {
        None => "the host restarted while the job ran",
        Some(remains) if remains.is_all_known() => {
            "the process that watched over the job was killed; all that the job had started was killed then"
        }
        Some(_) => {
            "the process that watched over the job was killed; the runner was killed with it, and what could be found \
             of the function, but processes that it started may still be there"
        }
    }
}

/// Starts the shim. It is this program again, by `/proc/self/exe`, so it starts even after an
/// upgrade has replaced the program's file.
fn spawn_shim(folder: &JobFolder, lock: &File) -> io::Result<Pid> {
    match reaper::fork()? {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checking_a_running_job_causes_no_event() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        let lock = folder.take_lock().unwrap();
        folder.mark_started(&Started::now()).unwrap();
        let mut job = RunningJob::adopt(1, folder);
        assert!(!job.poll_ended());
        assert!(!job.poll_ended());
        assert!(
            !job.watch.as_mut().unwrap().drain(),
            "each check would cause the next one"
        );
        drop(lock);
        assert!(
            job.watch.as_mut().unwrap().drain(),
            "the end of a shim is an event"
        );
        assert!(job.poll_ended());
    }

    #[test]
    fn a_job_that_was_begun_is_not_begun_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        folder.mark_started(&Started::now()).unwrap();
        let error = RunningJob::start(1, folder).err().unwrap();
        assert!(error.to_string().contains("begun before"), "{error}");
    }

    #[test]
    fn a_job_that_a_reboot_interrupted_reports_that() {
        let home = tempfile::tempdir().unwrap();
        let folder = JobFolder::new(home.path().to_path_buf());
        let reported = |started: &Started| {
            folder.mark_started(started).unwrap();
            conclude_interrupted(1, &folder, None).unwrap();
            folder.result().unwrap().unwrap().err
        };
        assert!(reported(&Started::now()).contains("was killed"));
        let boot = "another".to_owned();
        assert!(reported(&Started { at: 1, boot }).contains("the host restarted"));
    }
}
