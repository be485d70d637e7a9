//! Exit code 194: the function is done, and the host is to restart.
//!
//! The result is on disk first, the restart follows, the report comes after.

use super::folder::JobFolder;
use crate::child::reaper;
use crate::config::Program;
use crate::config::program::PATH;
use crate::log;
use crate::sys::fork::{Fork, exit_now};
use crate::sys::process::{self, Ended, Pid, Wait};
use crate::sys::{clock, signals};
use std::ffi::OsStr;
use std::io;
use std::time::Duration;
use wire::ping::{JobResult, Status};

/// The exit code by which a function asks for a restart of the host.
pub(crate) const EXIT_CODE: i32 = 194;

/// How long a restart may take before it is taken for one that does not come.
const PATIENCE: Duration = Duration::from_secs(600);

/// A restart that was ordered, and the job whose report waits for it.
pub(crate) struct Reboot {
    /// The job.
    pub(crate) job: i64,
    child: Option<Pid>,
    deadline: Duration,
}

/// Whether this is the result of a function that asks for a restart.
pub(crate) fn is_asked_for_by(result: &JobResult) -> bool {
    result.exit_code == Some(EXIT_CODE) && result.status == Some(Status::Succeeded)
}

/// What is reported beside the result of such a function: nothing, if the host has restarted.
pub(crate) fn problem_with_reboot(folder: &JobFolder) -> Option<&'static str> {
    match folder.reboot() {
        Ok(Some(ordered)) if ordered.before_reboot() => None,
        Ok(Some(_)) => Some("the host was asked to restart, and did not"),
        _ => Some(
            "the function asks for a restart of the host (exit code 194), which needs PILOT_REBOOT in its configuration",
        ),
    }
}

impl Reboot {
    /// Has the host restarted: intent first, then the deed.
    ///
    /// # Errors
    /// When the disk refuses or there is no room for a process.
    pub(crate) fn order(job: i64, folder: &JobFolder, command: &Program) -> io::Result<Self> {
        folder.mark_reboot()?;
        log::warning!("job {job} asks for a restart of the host: running {command}");
        let child = spawn(command)?;
        Ok(Self {
            child: Some(child),
            ..Self::ordered_before(job)
        })
    }

    /// A restart that an earlier agent ordered, in this same run of the host.
    pub(crate) fn ordered_before(job: i64) -> Self {
        Self {
            job,
            child: None,
            deadline: clock::boottime() + PATIENCE,
        }
    }

    /// Whether it is clear by now that the host does not restart.
    pub(crate) fn has_failed(&mut self) -> bool {
        let ended = self.child.map(reaper::try_wait);
        if !matches!(ended, Some(Ok(Wait::Running))) {
            self.child = None;
        }
        match ended {
            Some(Ok(Wait::Ended(ended))) if ended != Ended::Exited(0) => true,
            _ => clock::boottime() >= self.deadline,
        }
    }
}

fn spawn(command: &Program) -> io::Result<Pid> {
    match reaper::fork()? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => {
            let error = become_command(command);
            log::error!("cannot run {command}: {error}");
            exit_now(127)
        }
    }
}

fn become_command(command: &Program) -> io::Error {
    signals::restore_defaults();
    process::close_on_exec_from(3);
    let words: Vec<&OsStr> = command.words().iter().map(OsStr::new).collect();
    let path = ("PATH".to_owned(), PATH.to_owned());
    process::execute(command.path(), &words, &[path])
}
