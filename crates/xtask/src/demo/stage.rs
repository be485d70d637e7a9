//! What the demo starts, hears and ends: programs, their log lines, signals.
//!
//! Everything that happens arrives in one channel, so that each wait ends at
//! its event, at its deadline or at Ctrl-C, whichever comes first.

use super::orphans;
use super::process::{self, Event, Line, Running, describe};
use release::failure::{Context, Failure, Result, failed};
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);

/// How often a wait looks again when nothing is heard.
const TICK: Duration = Duration::from_millis(200);

/// How many lines of each log a failure shows.
const TAIL: usize = 20;

/// The programs that run, and what was heard of them.
pub(super) struct Stage {
    logs: PathBuf,
    sender: Sender<Event>,
    events: Receiver<Event>,
    running: Vec<Running>,
    journal: Vec<Line>,
    finished: Option<io::Result<Output>>,
    requested: bool,
}

impl Stage {
    /// Becomes the one to whom orphans fall, so that whatever is started below
    /// can be found and ended. Logs go into `logs`.
    ///
    /// # Errors
    /// As prctl(2).
    pub(super) fn new(logs: &Path) -> Result<Self> {
        orphans::adopt().context("cannot become a subreaper")?;
        let (sender, events) = channel();
        Ok(Self {
            logs: logs.to_owned(),
            sender,
            events,
            running: Vec::new(),
            journal: Vec::new(),
            finished: None,
            requested: false,
        })
    }

    /// From now on the signals that end a program end a wait instead, and
    /// SIGUSR1 is a request.
    ///
    /// # Errors
    /// As sigaction(2).
    pub(super) fn listen_to_signals(&self) -> Result<()> {
        let mut signals =
            Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1]).context("cannot catch signals")?;
        let sender = self.sender.clone();
        thread::spawn(move || {
            for signal in signals.forever() {
                if sender.send(Event::Signal(signal)).is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    /// Starts a program that keeps running; its lines go to the journal and to
    /// `NAME.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&mut self, name: &'static str, command: &mut Command) -> Result<Pid> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (mut child, running) = process::spawn(name, command)?;
        let pid = running.pid;
        self.running.push(running);
        if let Some(stream) = child.stdout.take() {
            process::follow(name, stream, self.log(name)?, self.sender.clone());
        }
        if let Some(stream) = child.stderr.take() {
            process::follow(name, stream, self.log(name)?, self.sender.clone());
        }
        process::await_exit(child, self.sender.clone());
        Ok(pid)
    }

    fn log(&self, name: &str) -> Result<File> {
        let path = self.logs.join(format!("{name}.log"));
        let mut options = File::options();
        let file = options.append(true).create(true).open(&path);
        file.context(path.display())
    }

    /// Runs a program to its end and returns what it printed on stdout.
    ///
    /// # Errors
    /// When it cannot be started, fails, or is not done in time.
    pub(super) fn run(&mut self, limit: Duration, command: &mut Command) -> Result<String> {
        let what = describe(command);
        let output = self.output(limit, command.stderr(Stdio::piped()))?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return failed(format!("{what}: {}\n{stderr}", output.status));
        }
        String::from_utf8(output.stdout).context(what)
    }

    /// As [`Stage::run`], for a program whose stderr is set by the caller and
    /// whose failure is for the caller to judge.
    ///
    /// # Errors
    /// When it cannot be started or is not done in time.
    pub(super) fn output(&mut self, limit: Duration, command: &mut Command) -> Result<Output> {
        let what = describe(command);
        let (child, running) = process::spawn("command", command.stdout(Stdio::piped()))?;
        self.running.push(running);
        process::await_output(child, self.sender.clone());
        self.wait(&what, limit, |stage| stage.finished.take())?
            .context(what)
    }

    /// Waits until `ready` has something; it is asked after every event, and
    /// now and then for the sake of what makes no event, such as a file.
    ///
    /// # Errors
    /// [`Failure::Interrupted`] on a signal; otherwise, at the deadline, that
    /// `what` was waited for.
    pub(super) fn wait<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut ready: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(value) = ready(self) {
                return Ok(value);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left.min(TICK)) {
                Ok(event) => self.hear(event)?,
                Err(RecvTimeoutError::Timeout) if left <= TICK => {
                    return failed(format!("waited {} s for this: {what}", limit.as_secs()));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return failed("the event channel closed"),
            }
        }
    }

    fn hear(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Line(line) => self.journal.push(line),
            Event::Exited(pid, status) => self.note_exit(pid, status),
            Event::Finished(pid, output) => {
                self.forget(pid);
                self.finished = Some(output);
            }
            Event::Signal(SIGUSR1) => self.requested = true,
            Event::Signal(_) => return Err(Failure::Interrupted),
        }
        Ok(())
    }

    fn note_exit(&mut self, pid: Pid, status: ExitStatus) {
        if let Some(name) = self.forget(pid) {
            let text = format!("(ended: {status})");
            self.journal.push(Line { from: name, text });
        }
    }

    fn forget(&mut self, pid: Pid) -> Option<&'static str> {
        let at = self.running.iter().position(|running| running.pid == pid)?;
        Some(self.running.swap_remove(at).name)
    }

    /// Everything that was heard, oldest first.
    pub(super) fn journal(&self) -> &[Line] {
        &self.journal
    }

    /// Whether a program of that name runs.
    pub(super) fn runs(&self, name: &str) -> bool {
        self.running.iter().any(|running| running.name == name)
    }

    /// Whether SIGUSR1 came since this was last asked.
    pub(super) fn take_request(&mut self) -> bool {
        std::mem::take(&mut self.requested)
    }

    /// The last lines of what the long-running programs wrote.
    pub(super) fn tails(&mut self) -> String {
        while let Ok(event) = self.events.recv_timeout(TICK) {
            // Whatever it is, the demo has failed already.
            let _ = self.hear(event);
        }
        let mut text = String::new();
        for name in ["control", "agent"] {
            let lines: Vec<&str> = self
                .journal
                .iter()
                .filter(|line| line.from == name)
                .map(|line| line.text.as_str())
                .collect();
            let tail = &lines[lines.len().saturating_sub(TAIL)..];
            text.push_str(&format!("--- the last lines of {name}:\n"));
            text.push_str(&tail.join("\n"));
            text.push('\n');
        }
        text
    }

    fn signal_all(&self, signal: Signal) {
        for running in &self.running {
            running.signal(signal);
        }
    }

    /// Waits until nothing runs any more, deaf to further signals.
    fn drain(&mut self, limit: Duration) {
        let deadline = Instant::now() + limit;
        while !self.running.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) => drop(self.hear(event)),
                Err(_) => return,
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.signal_all(Signal::TERM);
        self.drain(GRACE);
        self.signal_all(Signal::KILL);
        self.drain(GRACE);
        orphans::end_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// A stage ends every child of its process, those of other tests too; so
    /// the story has a process of its own.
    #[test]
    fn nothing_that_was_started_stays() {
        let story = "demo::stage::tests::a_stage_from_its_start_to_its_end";
        let alone = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", story, "--ignored"])
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success(), "{printed}");
        assert!(printed.contains("1 passed"), "{printed}");
    }

    #[test]
    #[ignore = "ends every child of its process; `nothing_that_was_started_stays` runs it"]
    fn a_stage_from_its_start_to_its_end() {
        let logs = tempfile::tempdir().unwrap();
        let mut stage = Stage::new(logs.path()).unwrap();

        assert_eq!(stage.run(LIMIT, &mut shell("echo out")).unwrap(), "out\n");
        let failure = stage.run(LIMIT, &mut shell("echo why >&2; exit 3"));
        let text = failure.unwrap_err().to_string();
        assert!(
            text.contains("exit status: 3") && text.contains("why"),
            "{text}"
        );

        // The second sleep has a session of its own and an exited parent.
        let script = "(setsid sleep 1000 &) ; echo ready; sleep 1000";
        stage.start("agent", &mut shell(script)).unwrap();
        stage
            .wait("ready", LIMIT, |stage| {
                let ready = |line: &Line| line.text == "ready";
                stage.journal().iter().any(ready).then_some(())
            })
            .unwrap();
        let late = stage.wait("nothing", Duration::ZERO, |_| None::<()>);
        let text = late.unwrap_err().to_string();
        assert!(text.contains("nothing"), "{text}");
        assert!(stage.tails().contains("ready"));

        drop(stage);
        assert!(orphans::children().is_empty());
    }
}
