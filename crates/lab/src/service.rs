//! A program that runs in the background and says what it does.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What a test waits for comes within seconds; this is for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

/// A running program and its log. Dropping it kills the program.
pub struct Service {
    child: Child,
    log: Arc<Log>,
    /// How many lines `wait_for` has looked at.
    seen: Mutex<usize>,
}

impl Service {
    pub fn start(command: &mut Command) -> Self {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::<Log>::default();
        collect(child.stdout.take().unwrap(), &log);
        collect(child.stderr.take().unwrap(), &log);
        Self {
            child,
            log,
            seen: Mutex::new(0),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the next line that contains `text` and returns it. Lines up
    /// to it are not looked at again.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_for_up_to(PATIENCE, text)
    }

    /// As [`Service::wait_for`], for what may take longer.
    pub fn wait_for_up_to(&self, patience: Duration, text: &str) -> String {
        let deadline = Instant::now() + patience;
        let mut seen = self.seen.lock().unwrap();
        let mut lines = self.log.lines.lock().unwrap();
        loop {
            if let Some(at) = lines[*seen..].iter().position(|line| line.contains(text)) {
                *seen += at + 1;
                return lines[*seen - 1].clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{text:?} did not come; the log:\n{}",
                lines.join("\n")
            );
            lines = self.log.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Everything that it has said so far.
    pub fn log(&self) -> String {
        self.log.lines.lock().unwrap().join("\n")
    }

    pub fn signal(&self, name: &str) {
        assert!(signal(self.pid(), name));
    }

    /// Kills it, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended by itself.
    pub fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.log())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(stream: impl Read + Send + 'static, log: &Arc<Log>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            log.lines.lock().unwrap().push(line);
            log.more.notify_all();
        }
    });
}

/// Sends a process the signal of this name, and says whether it was there. The shell
/// does it: kill(1) is not on every host.
pub fn signal(process: u32, name: &str) -> bool {
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill \"-$0\" \"$1\"", name, &process.to_string()]);
    kill.stderr(Stdio::null()).status().unwrap().success()
}
