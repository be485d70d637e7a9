//! A child process that does one thing, says one thing through a pipe, and has
//! a deadline.
#![forbid(unsafe_code)]

pub(crate) mod reaper;
pub(crate) mod sandbox;

use crate::log;
use crate::sys::fork::{Fork, exit_now};
use crate::sys::limits::{Resource, limit, no_new_privileges, not_dumpable};
use crate::sys::pipe::{Pipe, pipe};
use crate::sys::poll::wait_readable;
use crate::sys::process::{self, Pid};
use crate::sys::timer::Timer;
use crate::sys::{clock, signals};
use sandbox::Sandbox;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::time::Duration;

/// A running child, its pipe and what came out of it so far.
///
/// Dropping it kills the child.
pub(crate) struct Child {
    pid: Pid,
    pipe: File,
    received: Vec<u8>,
    most: usize,
    deadline: Duration,
}

/// What a child may use.
pub(crate) struct Allowance {
    /// How long it may take.
    pub(crate) time: Duration,
    /// Bytes of address space.
    pub(crate) memory: u64,
    /// Open descriptors.
    pub(crate) descriptors: u64,
    /// Bytes of a file that it writes.
    pub(crate) file_size: u64,
    /// How many bytes it may write.
    pub(crate) output: usize,
    /// What the kernel denies it beyond that.
    pub(crate) sandbox: Sandbox,
}

/// The state of a child.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ChildState {
    /// It is still running.
    Running,
    /// It has closed the pipe; this is its output.
    Ended(Vec<u8>),
    /// It wrote more than it may.
    TooMuch,
}

impl Child {
    /// Forks a child that runs `work` and writes what it returns into the pipe. The child gives
    /// up what it does not need before `work` begins, and dies with the agent. `work` gets the
    /// outcome; if that is an error, it must only report it.
    ///
    /// # Errors
    /// When there is no room for a process or a pipe.
    pub(crate) fn start(
        allowance: &Allowance,
        work: impl FnOnce(io::Result<()>) -> Vec<u8>,
    ) -> io::Result<Self> {
        Self::fork(allowance, |confined, _| work(confined))
    }

    /// As [`Self::start`], for work that writes output before it is done.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn start_streaming(
        allowance: &Allowance,
        work: impl FnOnce(io::Result<()>, &mut dyn Write) -> Vec<u8>,
    ) -> io::Result<Self> {
        Self::fork(allowance, |confined, output| {
            match output.try_clone_to_owned() {
                Ok(pipe) => work(confined, &mut File::from(pipe)),
                Err(error) => work(Err(error), &mut io::sink()),
            }
        })
    }

    /// Starts a program instead, and returns its output on both streams. If the program cannot
    /// be started, the output is the error.
    ///
    /// # Errors
    /// When there is no room for a process or a pipe.
    pub(crate) fn execute(
        allowance: &Allowance,
        program: &Path,
        arguments: &[&str],
        environment: &[(String, String)],
    ) -> io::Result<Self> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        Self::fork(allowance, |confined, output| {
            let ready = confined
                .and_then(|()| process::duplicate_onto(output, 1))
                .and_then(|()| process::duplicate_onto(output, 2));
            let error = match ready {
                Ok(()) => process::execute(program, &arguments, environment),
                Err(error) => error,
            };
            error.to_string().into_bytes()
        })
    }

    fn fork(
        allowance: &Allowance,
        work: impl FnOnce(io::Result<()>, BorrowedFd<'_>) -> Vec<u8>,
    ) -> io::Result<Self> {
        let Pipe { reader, mut writer } = pipe()?;
        let parent = Pid::own();
        match reaper::fork()? {
            Fork::Child => {
                process::close_all_but(writer.as_fd());
                panic::set_hook(Box::new(|what| log::debug!("{what}")));
                // Where panics unwind, they must not get to the agent's frames:
                // their descriptors are closed.
                let output = panic::catch_unwind(AssertUnwindSafe(|| {
                    work(confine(parent, allowance), writer.as_fd())
                }));
                let is_written = output.is_ok_and(|output| writer.write_all(&output).is_ok());
                exit_now(i32::from(!is_written));
            }
            Fork::Parent(pid) => Ok(Self {
                pid,
                pipe: reader,
                received: Vec::new(),
                most: allowance.output,
                deadline: clock::boottime() + allowance.time,
            }),
        }
    }

    /// When the child has to be done, as a time since boot.
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The output that was read so far.
    pub(crate) fn output_so_far(&self) -> &[u8] {
        &self.received
    }

    /// Reads from the pipe without blocking.
    pub(crate) fn advance(&mut self) -> ChildState {
        let mut buffer = [0; 16 << 10];
        loop {
            match self.pipe.read(&mut buffer) {
                Ok(0) => return ChildState::Ended(std::mem::take(&mut self.received)),
                Ok(n) if self.received.len() + n > self.most => return ChildState::TooMuch,
                Ok(n) => self.received.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return ChildState::Running;
                }
                Err(_) => return ChildState::Ended(Vec::new()),
            }
        }
    }

    /// Blocks until the child is done or its deadline has passed; `None` in
    /// the second case. For commands; the agent's loop never calls this.
    ///
    /// # Errors
    /// When there is no descriptor for the timer.
    pub(crate) fn wait(mut self) -> io::Result<Option<Vec<u8>>> {
        let mut timer = Timer::new()?;
        timer.set(Some(self.deadline))?;
        loop {
            let [_, late] = wait_readable([Some(self.as_fd()), Some(timer.as_fd())])?;
            match self.advance() {
                ChildState::Ended(bytes) => return Ok(Some(bytes)),
                ChildState::TooMuch => return Ok(Some(Vec::new())),
                ChildState::Running if late => return Ok(None),
                ChildState::Running => {}
            }
        }
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

impl Drop for Child {
    /// Only this process reaps the child, so its id is still its own: the signal can hit no
    /// other process, and does nothing when the child has ended.
    fn drop(&mut self) {
        let _ = self.pid.signal(signals::SIGKILL);
        reaper::take_over(self.pid);
    }
}

/// Where one of these fails, the work must not begin.
fn confine(parent: Pid, allowance: &Allowance) -> io::Result<()> {
    signals::restore_defaults();
    signals::survive_broken_pipes();
    process::die_with(parent)?;
    no_new_privileges()?;
    not_dumpable()?;
    // It needs a descriptor; afterwards, none may be left.
    allowance.sandbox.enter()?;
    limit(Resource::Core, 0)?;
    limit(Resource::FileSize, allowance.file_size)?;
    limit(Resource::Memory, allowance.memory)?;
    limit(Resource::Descriptors, allowance.descriptors)
}
