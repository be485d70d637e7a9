//! How much memory a process and its children take.

use std::fs;
use std::io;
use std::process::{Child, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Looks, until it is dropped, at the largest memory that children of a process
/// have ever had.
pub struct Watch {
    ended: Arc<AtomicBool>,
    most: Arc<AtomicU64>,
}

impl Watch {
    pub fn over_children_of(pid: u32) -> Self {
        let watch = Self {
            ended: Arc::default(),
            most: Arc::default(),
        };
        let (ended, most) = (Arc::clone(&watch.ended), Arc::clone(&watch.most));
        thread::spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
                for child in children.unwrap_or_default().split_whitespace() {
                    most.fetch_max(peak_kib(child), Ordering::SeqCst);
                }
                thread::sleep(Duration::from_millis(5));
            }
        });
        watch
    }

    /// The most so far; 0 when none was seen.
    pub fn most_kib(&self) -> u64 {
        self.most.load(Ordering::SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
    }
}

/// Waits for the end of a process; returns what it said, and the most memory that it
/// has had, in kibibytes. What it says has to fit into a pipe.
pub fn measured(mut child: Child) -> io::Result<(Output, u64)> {
    let (pid, mut most) = (child.id().to_string(), 0);
    while child.try_wait()?.is_none() {
        most = most.max(peak_kib(&pid));
        thread::sleep(Duration::from_millis(2));
    }
    Ok((child.wait_with_output()?, most))
}

/// Kibibytes that are a process's share: its own pages, and its part of those
/// that it has in common with others (Pss of proc_pid_smaps(5)). For agents, which
/// keep debuggers away, that takes root.
pub fn pss_kib(pid: u32) -> io::Result<u64> {
    rolled_up(pid, "Pss:")
}

/// Kibibytes of heap and stacks that are a process's share: of its programs' files
/// it may have more or less in memory, as the kernel pleases (Pss_Anon of
/// proc_pid_smaps(5)). Who may ask is as with [`pss_kib`].
pub fn anonymous_kib(pid: u32) -> io::Result<u64> {
    rolled_up(pid, "Pss_Anon:")
}

fn rolled_up(pid: u32, field: &str) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(field));
    let number = value.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
    // A process that is ending has none.
    number.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The most that a process has had (VmHWM of proc_pid_status(5)); 0 when it is
/// not there.
pub fn peak_kib(pid: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
