//! A program that runs in the background and says what it does.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What a test waits for comes within seconds; this is for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Default)]
struct Log {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Default)]
struct Said {
    lines: Vec<String>,
    /// Where the lines go as well.
    copy: Option<File>,
}

impl Said {
    fn push(&mut self, line: String) {
        if let Some(copy) = &mut self.copy {
            // A test that removes the folder of the file ends the program too.
            let _ = writeln!(copy, "{line}");
        }
        self.lines.push(line);
    }
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
        let mut seen = self.seen.lock().unwrap();
        let (at, line) = self.await_line(patience, text, |lines| {
            let at = lines[*seen..].iter().position(|line| line.contains(text));
            at.map(|at| *seen + at)
        });
        *seen = at + 1;
        line
    }

    /// Waits until a line contains all of these texts, wherever in the log it is, and
    /// returns the last such line.
    pub fn line_with(&self, texts: &[&str]) -> String {
        let has_all = |line: &String| texts.iter().all(|text| line.contains(text));
        let find = |lines: &[String]| lines.iter().rposition(has_all);
        self.await_line(PATIENCE, &texts.join(" … "), find).1
    }

    fn await_line(
        &self,
        patience: Duration,
        what: &str,
        find: impl Fn(&[String]) -> Option<usize>,
    ) -> (usize, String) {
        let deadline = Instant::now() + patience;
        let mut said = self.log.said.lock().unwrap();
        loop {
            if let Some(at) = find(&said.lines) {
                return (at, said.lines[at].clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{what:?} did not come; the log:\n{}",
                said.lines.join("\n")
            );
            said = self.log.more.wait_timeout(said, left).unwrap().0;
        }
    }

    /// Appends the log to a file, what is there already and all that follows.
    pub fn copy_log_to(&self, path: &Path) {
        let file = File::options().append(true).create(true).open(path);
        let mut file = file.unwrap();
        let mut said = self.log.said.lock().unwrap();
        for line in &said.lines {
            writeln!(file, "{line}").unwrap();
        }
        said.copy = Some(file);
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Everything that it has said so far.
    pub fn log(&self) -> String {
        self.log.said.lock().unwrap().lines.join("\n")
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
            log.said.lock().unwrap().push(line);
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
