//! Finding and ending what a job started, however it tried to get away.
//!
//! The shim is the subreaper of everything below it: a process whose parent
//! died becomes the shim's child and stays a descendant.

use crate::sys::process::Pid;
use crate::sys::signals::SIGKILL;
use std::collections::HashMap;
use std::{fmt, fs};

/// A process below this one.
pub(super) struct Descendant {
    pid: i32,
    command: String,
    /// Whether its main thread has ended; others of it may live on.
    ended: bool,
}

impl fmt::Display for Descendant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pid, self.command)
    }
}

/// Kills every descendant. New ones may have been forked meanwhile: the caller
/// repeats this until no child is left.
pub(super) fn kill_descendants() {
    for found in descendants() {
        // It may have ended since it was found.
        let _ = Pid::new(found.pid).signal(SIGKILL);
    }
}

/// The processes below this one that have not ended.
pub(super) fn survivors() -> Vec<Descendant> {
    descendants()
        .into_iter()
        .filter(|found| !found.ended)
        .collect()
}

/// All processes below this one, also those whose main thread has ended.
fn descendants() -> Vec<Descendant> {
    let mut children: HashMap<i32, Vec<Descendant>> = HashMap::new();
    for (parent, process) in fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| look_at(&entry.ok()?))
    {
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

/// `/proc/PID/stat`: the parent's id stands second behind the command, which
/// is in parentheses and may itself contain them.
fn look_at(entry: &fs::DirEntry) -> Option<(i32, Descendant)> {
    let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
    let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
    let (command, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    let command = command.to_owned();
    Some((
        parent,
        Descendant {
            pid,
            command,
            ended,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
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
}
