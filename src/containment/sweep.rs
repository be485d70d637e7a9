//! Finding and ending what a job started, however it tried to get away.
//!
//! The shim is the subreaper of everything below it: a process whose parent
//! died becomes the shim's child and stays a descendant.

use crate::sys::pidfd;
use crate::sys::process::Pid;
use crate::sys::signals::{SIGCONT, SIGKILL, SIGTERM};
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::{fmt, fs};
use wire::limits::MOST_SURVIVORS;

/// A process of a job.
pub(crate) struct Descendant {
    pid: i32,
    /// When it began, in ticks since boot: with the id, it names one process.
    start: u64,
    command: String,
    /// Whether its main thread has ended; others of it may live on.
    ended: bool,
}

impl fmt::Display for Descendant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pid, self.command)
    }
}

impl Descendant {
    /// It may have ended since it was found, and another one have its id: that
    /// one has another start.
    pub(crate) fn kill(&self) {
        self.signal(SIGKILL);
    }

    fn signal(&self, signal: i32) {
        pidfd::signal(self.pid, signal, || self.is_there());
    }

    fn is_there(&self) -> bool {
        look_at(self.pid).is_some_and(|(_, found)| found.start == self.start)
    }
}

/// Asks every descendant to end.
pub(crate) fn ask_descendants() {
    for found in descendants() {
        // A stopped process could not react.
        for signal in [SIGTERM, SIGCONT] {
            found.signal(signal);
        }
    }
}

/// Kills every descendant. New ones may have been forked meanwhile: the caller
/// repeats this until no child is left.
pub(crate) fn kill_descendants() {
    kill_children();
    for found in descendants() {
        found.kill();
    }
}

/// Kills the children alone, which is quick: so it catches those that live for a
/// moment only and leave another one in their place. The kernel need not tell
/// (CONFIG_PROC_CHILDREN). A child keeps its id until it is reaped.
fn kill_children() {
    let own = Pid::own();
    let list = format!("/proc/self/task/{own}/children");
    let children = fs::read_to_string(list).unwrap_or_default();
    let pids = children.split_ascii_whitespace();
    for pid in pids.filter_map(|pid| pid.parse().ok()) {
        let _ = Pid::new(pid).signal(SIGKILL);
    }
}

/// Every process that is in this folder or has it as its TMPDIR, as all of a job have and that
/// hide neither: for a job whose shim is dead.
pub(crate) fn those_in(work: &Path) -> Vec<Descendant> {
    let mark = [b"TMPDIR=", work.as_os_str().as_bytes()].concat();
    let is_marked = |pid: i32| {
        let place = fs::read_link(format!("/proc/{pid}/cwd"));
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        place.is_ok_and(|place| place.starts_with(work)) || variables.any(|found| found == mark)
    };
    let marked = all_pids().filter(|pid| is_marked(*pid));
    let found = marked.filter_map(|pid| look_at(pid).filter(|_| is_marked(pid)));
    found.map(|(_, found)| found).collect()
}

/// What processes are called that were found one way or another.
pub(crate) fn names(found: Vec<Descendant>, pids: Vec<i32>) -> Vec<String> {
    let known: Vec<i32> = found.iter().map(|found| found.pid).collect();
    let others = pids.into_iter().filter(|pid| !known.contains(pid));
    let others = others.filter_map(|pid| Some(look_at(pid)?.1));
    let all = found.into_iter().chain(others);
    all.take(MOST_SURVIVORS)
        .map(|found| found.to_string())
        .collect()
}

/// The processes below this one that have not ended.
pub(crate) fn survivors() -> Vec<Descendant> {
    descendants()
        .into_iter()
        .filter(|found| !found.ended)
        .collect()
}

/// All processes below this one, also those whose main thread has ended.
fn descendants() -> Vec<Descendant> {
    let mut children: HashMap<i32, Vec<Descendant>> = HashMap::new();
    for (parent, process) in all_pids().filter_map(look_at) {
        children.entry(parent).or_default().push(process);
    }
    let own = Pid::own().to_string().parse().unwrap_or_default();
    let mut found = children.remove(&own).unwrap_or_default();
    let mut next = 0;
    while let Some(process) = found.get(next) {
        let below = children.remove(&process.pid).unwrap_or_default();
        found.extend(below);
        next += 1;
    }
    found
}

fn all_pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// `/proc/PID/stat` (proc_pid_stat(5)): the command is in parentheses and may
/// itself contain them; behind it stand state, parent, and as the 20th the start.
fn look_at(pid: i32) -> Option<(i32, Descendant)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (command, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let found = Descendant {
        pid,
        start: fields.get(19)?.parse().ok()?,
        command: command.to_owned(),
        ended: matches!(*fields.first()?, "Z" | "X"),
    };
    Some((fields.get(1)?.parse().ok()?, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, Stdio};

    /// A shell with a child of its own, and that child's id.
    fn family() -> (Child, u32) {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 60 & echo $!; wait"]);
        let mut shell = shell
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        (shell, line.trim().parse().unwrap())
    }

    fn found(pid: u32) -> bool {
        descendants()
            .iter()
            .any(|found| found.pid.unsigned_abs() == pid)
    }

    #[test]
    fn children_and_their_children_are_found_until_they_end() {
        let (mut shell, grandchild) = family();
        assert!(found(shell.id()) && found(grandchild));
        Pid::new(grandchild.try_into().unwrap())
            .signal(SIGKILL)
            .unwrap();
        shell.wait().unwrap();
        assert!(!found(shell.id()) && !found(grandchild));
    }

    #[test]
    fn an_id_that_another_process_has_by_now_is_left_alone() {
        let (mut shell, grandchild) = family();
        let (_, found) = look_at(grandchild.try_into().unwrap()).unwrap();
        let earlier = Descendant {
            start: found.start - 1,
            ..found
        };
        earlier.kill();
        assert!(self::found(grandchild), "it is another process");
        Descendant {
            start: earlier.start + 1,
            ..earlier
        }
        .kill();
        assert_eq!(shell.wait().unwrap().code(), Some(0), "its sleep is gone");
    }

    #[test]
    fn what_a_dead_shim_left_is_found_by_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let sleep = |tmpdir: &Path| {
            let mut sleep = Command::new("sleep");
            sleep.arg("60").env("TMPDIR", tmpdir).spawn().unwrap()
        };
        let (marked, mut other) = (sleep(folder.path()), sleep(Path::new("/tmp")));
        let mut inside = Command::new("sleep");
        let inside = inside.arg("60").current_dir(folder.path()).spawn().unwrap();
        // The environment shows once the program is executed.
        while fs::read_to_string(format!("/proc/{}/comm", marked.id())).unwrap() != "sleep\n" {}
        those_in(folder.path()).iter().for_each(Descendant::kill);
        for mut found in [marked, inside] {
            assert_eq!(found.wait().unwrap().signal(), Some(SIGKILL));
        }
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
