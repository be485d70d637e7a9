//! Programs as child processes: started in groups of their own, listened to by
//! threads that turn what they write and how they end into events.

use release::failure::{Context, Result};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

/// One line that a program wrote.
pub(super) struct Line {
    /// The program.
    pub(super) from: &'static str,
    /// What it wrote, without the line feed.
    pub(super) text: String,
}

/// Something that happened.
pub(super) enum Event {
    /// A program wrote a line.
    Line(Line),
    /// A program that was listened to ended.
    Exited(Pid, ExitStatus),
    /// A program that was waited for ended.
    Finished(Pid, io::Result<Output>),
    /// A signal came.
    Signal(i32),
}

/// A program that runs.
pub(super) struct Running {
    /// What it is called.
    pub(super) name: &'static str,
    /// Its process id.
    pub(super) pid: Pid,
    handle: OwnedFd,
}

impl Running {
    /// Sends a signal to this very process, even if its id was given to
    /// another one in the meantime. It may have ended a moment ago, which is
    /// what is wanted.
    pub(super) fn signal(&self, signal: Signal) {
        let _ = pidfd_send_signal(&self.handle, signal);
    }
}

/// Starts a program.
///
/// # Errors
/// When it cannot be started.
pub(super) fn spawn(name: &'static str, command: &mut Command) -> Result<(Child, Running)> {
    // A group of its own: Ctrl-C is for the demo, which ends the others in order.
    let child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .context(describe(command))?;
    let pid = Pid::from_child(&child);
    let handle = pidfd_open(pid, PidfdFlags::empty()).context("pidfd_open")?;
    Ok((child, Running { name, pid, handle }))
}

/// Turns the lines of a stream into events, and appends them to `log`.
pub(super) fn follow(
    name: &'static str,
    stream: impl Read + Send + 'static,
    mut log: File,
    sender: Sender<Event>,
) {
    thread::spawn(move || {
        for bytes in BufReader::new(stream)
            .split(b'\n')
            .map_while(io::Result::ok)
        {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let written = writeln!(log, "{text}").is_ok();
            let line = Line { from: name, text };
            if sender.send(Event::Line(line)).is_err() || !written {
                return;
            }
        }
    });
}

/// Turns the program's end into an event.
pub(super) fn await_exit(mut child: Child, sender: Sender<Event>) {
    let pid = Pid::from_child(&child);
    thread::spawn(move || {
        if let Ok(status) = child.wait() {
            // Nobody listens any more once the demo is over.
            let _ = sender.send(Event::Exited(pid, status));
        }
    });
}

/// Turns the program's end, and all that it wrote, into an event.
pub(super) fn await_output(child: Child, sender: Sender<Event>) {
    let pid = Pid::from_child(&child);
    thread::spawn(move || sender.send(Event::Finished(pid, child.wait_with_output())));
}

/// The program's name and arguments, for messages. (No secret is ever an
/// argument.)
pub(super) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
