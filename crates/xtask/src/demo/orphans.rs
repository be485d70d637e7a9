//! Descendants whose parents are gone, such as a running job whose agent was
//! killed. A subreaper (prctl(2), `PR_SET_CHILD_SUBREAPER`) becomes their
//! parent, and so can find and end them without asking what they are.

use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid,
};
use std::fs;

/// From now on every orphan below this process becomes its child.
///
/// # Errors
/// As prctl(2).
pub(super) fn adopt() -> rustix::io::Result<()> {
    set_child_subreaper(Some(getpid()))
}

/// Kills every child, and every child that falls to us by that, until none is
/// left. The caller has collected those that it started itself.
pub(super) fn end_all() {
    loop {
        let children = children();
        if children.is_empty() {
            return;
        }
        for pid in children {
            // A child that is not collected yet keeps its id, so this cannot
            // hit a stranger.
            let _ = kill_process(pid, Signal::KILL);
            let _ = waitpid(Some(pid), WaitOptions::empty());
        }
    }
}

/// The processes whose parent this one is.
pub(super) fn children() -> Vec<Pid> {
    let me = getpid();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter(|&pid| parent(pid) == Some(me))
        .collect()
}

fn parent(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    Pid::from_raw(parent_in_stat(&stat)?)
}

/// The fourth field of proc_pid_stat(5). The second, the program's name, is in
/// parentheses and may hold blanks and parentheses itself.
fn parent_in_stat(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_whatever_the_program_is_called() {
        assert_eq!(parent_in_stat("7 (sh) S 3 7 7 0"), Some(3));
        assert_eq!(parent_in_stat("7 (a) S 9 (b) R 3 7 7 0"), Some(3));
        assert_eq!(parent_in_stat(""), None);
    }

    #[test]
    fn we_know_our_own_parent() {
        assert_eq!(parent(getpid()), rustix::process::getppid());
    }
}
