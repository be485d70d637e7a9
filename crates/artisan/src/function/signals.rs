//! Signals that ask `art` to end: they are passed on to the function, and
//! `art` lives on until it has cleaned up.

use crate::failure::Failure;
use crate::files;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpgrp, getpid, kill_current_process_group,
    kill_process, wait, waitid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a shell adds to a signal's number to report that it ended a process.
pub(super) const SIGNAL_BASE: i32 = 128;

/// What a signal does while no function's shell is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    /// The next shell is not started, so that `art` cleans up and ends.
    Wait,
    /// It ends `art` as if it had not been handled.
    End,
}

/// How the function's shell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself.
    Itself(ExitStatus),
    /// After this signal had asked `art` to end, or not started because of it.
    Interrupted(i32),
}

/// What the thread that receives signals shares with the rest.
struct Shared {
    between: Between,
    /// The first signal that was received.
    caught: Option<i32>,
    /// The function's shell, while its number is still its own.
    child: Option<Pid>,
}

/// Holds back the signals that would end `art`.
#[derive(Clone)]
pub(crate) struct Interrupts(Arc<Mutex<Shared>>);

impl Interrupts {
    /// From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT end the function, not
    /// `art`.
    ///
    /// # Errors
    /// When the system allows no handlers.
    pub(crate) fn hold_back(between: Between) -> Result<Self, Failure> {
        let interrupts = Self(Arc::new(Mutex::new(Shared {
            between,
            caught: None,
            child: None,
        })));
        let ignored = ignored_signals();
        let ends = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
        let handled = ends.iter().filter(|signal| !ignored.contains(signal));
        let mut signals = SignalsInfo::with_exfiltrator(handled, WithOrigin::default())
            .map_err(|error| Failure::own(format!("cannot handle signals: {error}")))?;
        let receiver = interrupts.clone();
        std::thread::spawn(move || {
            for origin in signals.forever() {
                receiver.receive(&origin);
            }
        });
        Ok(interrupts)
    }

    /// Runs the function's shell to its end; signals that come meanwhile reach
    /// it. Where one has come before, nothing is started.
    ///
    /// # Errors
    /// When the shell cannot be started.
    pub(super) fn run(&self, shell: &mut Command) -> io::Result<Ended> {
        let child = match self.start(shell)? {
            Ok(child) => child,
            Err(signal) => return Ok(Ended::Interrupted(signal)),
        };
        let status = self.wait_for(Pid::from_child(&child))?;
        Ok(self
            .lock()
            .caught
            .map_or(Ended::Itself(status), Ended::Interrupted))
    }

    /// Waits for the shell. Processes that were left to `art`, as to the first one of a
    /// container, have no other process to reap them.
    fn wait_for(&self, shell: Pid) -> io::Result<ExitStatus> {
        loop {
            wait_without_reaping()?;
            // Once reaped, the number may be another process's: no signal comes in between.
            let mut shared = self.lock();
            match wait(WaitOptions::NOHANG)? {
                Some((pid, status)) if pid == shell => {
                    shared.child = None;
                    return Ok(ExitStatus::from_raw(status.as_raw()));
                }
                _ => {}
            }
        }
    }

    /// Starts the shell, or returns the signal that has come before. The lock
    /// is held, so that a signal never comes in between.
    fn start(&self, shell: &mut Command) -> io::Result<Result<Child, i32>> {
        let mut shared = self.lock();
        if let Some(signal) = shared.caught {
            return Ok(Err(signal));
        }
        let child = shell.spawn()?;
        shared.child = Some(Pid::from_child(&child));
        Ok(Ok(child))
    }

    fn receive(&self, origin: &Origin) {
        if is_own(origin) {
            return;
        }
        let mut shared = self.lock();
        shared.caught.get_or_insert(origin.signal);
        match shared.child {
            Some(_) if is_terminals(origin) => {}
            Some(shell) => pass_on(origin.signal, shell),
            None if shared.between == Between::End => {
                files::exit_without_traces(SIGNAL_BASE + origin.signal)
            }
            None => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Signals that the parent of `art` ignores, as nohup(1) does with SIGHUP (proc(5): bit n - 1 of
/// `SigIgn` is signal n).
fn ignored_signals() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    (1..=64)
        .filter(|signal| mask >> (signal - 1) & 1 == 1)
        .collect()
}

/// Blocks until some child has ended.
fn wait_without_reaping() -> io::Result<()> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::All, options) {
            Err(rustix::io::Errno::INTR) => {}
            other => return other.map(drop).map_err(io::Error::from),
        }
    }
}

/// Whether `art` sent it: a signal that is passed on to the group comes back.
fn is_own(origin: &Origin) -> bool {
    let sender = origin
        .process
        .as_ref()
        .and_then(|process| Pid::from_raw(process.pid));
    sender == Some(getpid())
}

/// Whether a terminal sent it: then the function has it already, and some
/// programs take a second interrupt as an order to leave at once.
fn is_terminals(origin: &Origin) -> bool {
    origin.cause == Cause::Kernel
}

/// Signals the function: its whole process group where that is `art`'s own (a terminal's job, a
/// service's), else only its shell, because the group then belongs to the parent of `art`.
fn pass_on(signal: i32, shell: Pid) {
    let Some(signal) = Signal::from_named_raw(signal) else {
        return;
    };
    // It may have ended in the meantime; then there is nothing to tell.
    let _ = if getpgrp() == getpid() {
        kill_current_process_group(signal)
    } else {
        kill_process(shell, signal)
    };
}
