//! Asks git about a folder: exactly that one, as any user, and without running what a
//! repository's own settings name.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Variables of git that say where its settings and programs are, and how far it looks for
/// a repository. The others (`git rev-parse --local-env-vars`, and those that change what
/// arguments mean) are a caller's, as of a hook: they may name another repository.
const KEPT: [&str; 6] = [
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
];

/// No path is longer (PATH_MAX), with what git says of it.
const LONGEST_RECORD: u64 = 8 << 10;

/// Why git gave no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It cannot be started.
    NotStarted(String),
    /// The first line of its error message.
    Error(String),
}

/// A folder that git is asked about.
pub(super) struct Git<'a>(pub(super) &'a Path);

impl Git<'_> {
    /// What git prints, without the newline at its end.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<Vec<u8>, NoAnswer> {
        let mut git = command(self.0);
        let output = git.args(arguments).output().map_err(not_started)?;
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let stderr = stderr.lines().next().unwrap_or_default();
            let stderr = stderr.strip_prefix("fatal: ").unwrap_or(stderr);
            return Err(NoAnswer::Error(stderr.to_owned()));
        }
        let mut text = output.stdout;
        if text.last() == Some(&b'\n') {
            text.pop();
        }
        Ok(text)
    }

    /// The same as text.
    ///
    /// # Errors
    /// As [`Git::ask`].
    pub(super) fn ask_text(&self, arguments: &[&str]) -> Result<String, NoAnswer> {
        let bytes = self.ask(arguments)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Gives away one after the other the records, each ended by NUL, that git prints:
    /// there may be as many as there are files.
    ///
    /// # Errors
    /// When it fails.
    pub(super) fn records(
        &self,
        arguments: &[&OsStr],
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), NoAnswer> {
        let mut git = command(self.0);
        git.args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = git.spawn().map_err(not_started)?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut record = Vec::new();
            while matches!(read_record(&mut reader, &mut record), Ok(1..)) {
                take(record.strip_suffix(b"\0").unwrap_or(&record));
                record.clear();
            }
        }
        let status = child.wait().map_err(not_started)?;
        match status.success() {
            true => Ok(()),
            false => Err(NoAnswer::Error(format!(
                "`git {}` failed",
                arguments.first().unwrap_or(&OsStr::new("")).display()
            ))),
        }
    }
}

fn read_record(reader: &mut impl BufRead, record: &mut Vec<u8>) -> std::io::Result<usize> {
    std::io::Read::take(reader, LONGEST_RECORD).read_until(0, record)
}

fn not_started(error: std::io::Error) -> NoAnswer {
    NoAnswer::NotStarted(error.to_string())
}

fn command(folder: &Path) -> Command {
    let mut git = Command::new("git");
    for name in std::env::vars_os().map(|(name, _)| name).filter(is_callers) {
        git.env_remove(name);
    }
    // Neither monitors nor hooks of a repository are run, nothing is written or fetched,
    // and messages are in the language that they are looked for in.
    git.arg("-C")
        .arg(folder)
        .args(["--no-pager", "--no-replace-objects"])
        .args(["-c", "core.fsmonitor=false"])
        .args(["-c", "core.hooksPath=/dev/null"])
        .args(["-c", "status.renames=false"])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .env_remove("LANGUAGE")
        .stdin(Stdio::null());
    git
}

fn is_callers(name: &OsString) -> bool {
    let is_git = name.as_encoded_bytes().starts_with(b"GIT_");
    is_git && !KEPT.iter().any(|kept| name == kept)
}
