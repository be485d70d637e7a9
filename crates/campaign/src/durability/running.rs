//! A process of the host, traced or not.

use super::strace;
use lab::wait::wait_until;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

/// A process of the host, which may have ended.
pub(super) struct Running {
    child: Child,
    log: PathBuf,
    trace: PathBuf,
}

impl Running {
    /// A child process whose output goes to `log`, and whose tracer writes to `trace`.
    pub(super) fn new(child: Child, log: PathBuf, trace: PathBuf) -> Self {
        Self { child, log, trace }
    }

    /// Its output.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it handles signals.
    pub(super) fn is_up(&self) -> bool {
        self.log().contains("is host ")
    }

    /// Whether control has answered it.
    pub(super) fn is_connected(&self) -> bool {
        self.log().contains("connected to")
    }

    /// Its trace.
    pub(super) fn trace(&self) -> String {
        fs::read_to_string(&self.trace).unwrap_or_default()
    }

    /// Its exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it has ended.
    pub(super) fn end(&mut self) -> ExitStatus {
        wait_until("the end of the process", || self.ended())
    }

    /// Whether it was killed.
    pub(super) fn was_killed(&mut self) -> bool {
        self.ended()
            .is_some_and(|status| status.signal() == Some(9))
    }

    /// Waits until it has printed a text, or has ended.
    pub(super) fn wait_for(&mut self, text: &str) {
        wait_until(text, || {
            (self.log().contains(text) || self.ended().is_some()).then_some(())
        });
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill")
            .args([format!("-{name}"), pid])
            .status();
    }

    /// Kills it, and waits for its end.
    pub(super) fn kill(mut self) {
        self.signal("KILL");
        self.end();
    }

    /// Ends the failures of its system calls.
    pub(super) fn lift(&self) {
        strace::release(self.child.id());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
