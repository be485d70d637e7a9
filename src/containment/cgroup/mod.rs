//! The cgroup of a job: what holds its processes together, however they try to
//! get away (cgroups(7), the kernel's `cgroup-v2.rst`).
//!
//! It lies below the agent's own cgroup of the second version, where that may be
//! written. No controller is switched on there: a service manager could not
//! start a service again whose cgroup distributes any. Where processes are counted by
//! the first version, the job has one there as well, and is bounded by it.

pub(crate) mod place;

use crate::sys::pidfd;
use crate::sys::process::Pid;
use crate::sys::signals::SIGKILL;
use place::Places;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How the names of these cgroups begin.
const PREFIX: &str = "pilot-job-";

/// A cgroup that has one job's processes and no others.
#[derive(Clone, Debug)]
pub(crate) struct Cgroup {
    folder: PathBuf,
    /// The one of the first version that counts them, where there is one.
    counter: Option<PathBuf>,
}

impl Cgroup {
    /// Makes one for a job, below this process's own; `None` where there is no
    /// cgroup of the second version, or it may not be written.
    pub(crate) fn make(job: i64) -> Option<Self> {
        let places = Places::own();
        // With the id of its shim, no other agent of this host makes the same.
        let name = format!("{PREFIX}{job}-{}", Pid::own());
        let made = |own: PathBuf| {
            let folder = own.join(&name);
            fs::create_dir(&folder).is_ok().then_some(folder)
        };
        Some(Self {
            folder: places.unified().and_then(made)?,
            counter: places.counting().and_then(made),
        })
    }

    /// The one that was recorded.
    pub(crate) fn recorded(folder: PathBuf) -> Self {
        let counting = Places::own().counting();
        let counter = counting.and_then(|own| Some(own.join(folder.file_name()?)));
        Self { folder, counter }
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a process; what that forks from then on is in the cgroup too.
    ///
    /// # Errors
    /// EACCES where the cgroup is not delegated.
    pub(crate) fn add(&self, pid: Pid) -> io::Result<()> {
        let pid = pid.to_string();
        if let Some(counter) = &self.counter {
            // Not counted, it is held together all the same.
            let _ = write(&counter.join("cgroup.procs"), &pid);
        }
        self.write("cgroup.procs", &pid)
    }

    /// Bounds the number of its processes and threads, where the host counts them.
    pub(crate) fn limit_processes(&self, most: u64) {
        // Without the controller there is no such file, and what bounds the user or
        // the service holds alone.
        for folder in self.counter.iter().chain([&self.folder]) {
            let _ = write(&folder.join("pids.max"), &most.to_string());
        }
    }

    /// Kills all processes in it, also those of other users. A process that is stuck in the
    /// kernel ends when it comes free.
    pub(crate) fn kill(&self) {
        if self.write("cgroup.kill", "1").is_err() {
            self.kill_one_by_one();
        }
    }

    /// Before Linux 5.14: frozen, nothing forks; frozen processes can be killed. Before
    /// 5.2 nothing can be frozen, and the caller has to repeat this until it is empty.
    fn kill_one_by_one(&self) {
        let _ = self.write("cgroup.freeze", "1");
        for folder in all_folders(&self.folder) {
            for pid in members(&folder) {
                pidfd::signal(pid, SIGKILL, || members(&folder).contains(&pid));
            }
        }
        let _ = self.write("cgroup.freeze", "0");
    }

    /// Whether no living process is in it.
    pub(crate) fn is_empty(&self) -> bool {
        // A missing cgroup has no processes.
        let events = fs::read_to_string(self.folder.join("cgroup.events"));
        events.map_or(true, |events| events.contains("populated 0"))
    }

    /// The processes in it.
    pub(crate) fn members(&self) -> Vec<i32> {
        let folders = all_folders(&self.folder).into_iter();
        folders.flat_map(|folder| members(&folder)).collect()
    }

    /// Removes it, if it is empty, with those that the job made below it.
    pub(crate) fn remove(&self) {
        for top in self.counter.iter().chain([&self.folder]) {
            for folder in all_folders(top).iter().rev() {
                // What still has processes stays.
                let _ = fs::remove_dir(folder);
            }
        }
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        write(&self.folder.join(file), text)
    }
}

/// Removes those that are empty by now and whose shim is gone: of jobs that left
/// something behind, and of shims that were killed.
pub(crate) fn remove_abandoned() {
    let places = Places::own();
    for own in places.unified().iter().chain(&places.counting()) {
        for entry in fs::read_dir(own).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(is_abandoned) {
                let (folder, counter) = (entry.path(), None);
                Cgroup { folder, counter }.remove();
            }
        }
    }
}

/// Whether a name is that of a job's cgroup, and the process that made it is gone.
fn is_abandoned(name: &str) -> bool {
    let numbers = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('-'));
    let shim = numbers.and_then(|(_, shim)| shim.parse::<u32>().ok());
    shim.is_some_and(|shim| !Path::new("/proc").join(shim.to_string()).exists())
}

/// A folder and those below it, each before those below it.
fn all_folders(top: &Path) -> Vec<PathBuf> {
    let mut all = vec![top.to_owned()];
    let mut next = 0;
    while let Some(folder) = all.get(next) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        let below: Vec<_> = folders.map(|entry| entry.path()).collect();
        all.extend(below);
        next += 1;
    }
    all
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    // Never created: outside of a cgroup file system there is no such file.
    let mut file = fs::File::options().write(true).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

fn members(folder: &Path) -> Vec<i32> {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let pids = text.lines().filter_map(|line| line.parse().ok());
    pids.filter(|pid| *pid > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_shim_made_is_abandoned() {
        let own = Pid::own();
        assert!(!is_abandoned(&format!("pilot-job-7-{own}")));
        assert!(
            is_abandoned("pilot-job-7-4194999"),
            "no process has such an id"
        );
        for other in ["pilot-job-7", "pilot-job-7-x", "system.slice"] {
            assert!(!is_abandoned(other), "{other}");
        }
    }

    #[test]
    fn a_recorded_cgroup_that_is_gone_is_empty_and_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let cgroup = Cgroup::recorded(folder.path().join("gone"));
        cgroup.kill();
        assert!(cgroup.is_empty());
        cgroup.remove();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
