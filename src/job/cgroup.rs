//! The cgroup of a job: what holds its processes together, however they try to
//! get away (cgroups(7), the kernel's `cgroup-v2.rst`).
//!
//! It lies below the agent's own cgroup of the second version, where that may be
//! written. No controller is switched on there: a service manager could not
//! start a service again whose cgroup distributes any.

use crate::sys::pidfd::PidFd;
use crate::sys::process::Pid;
use crate::sys::signals::SIGKILL;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A cgroup that has one job's processes and no others.
#[derive(Clone, Debug)]
pub(crate) struct Cgroup {
    folder: PathBuf,
}

impl Cgroup {
    /// Makes one for a job, below this process's own; `None` where there is no
    /// cgroup of the second version, or it may not be written.
    pub(crate) fn make(job: i64) -> Option<Self> {
        let own = own_folder()?;
        // With the id of its shim, no other agent of this host makes the same.
        let folder = own.join(format!("pilot-job-{job}-{}", Pid::own()));
        fs::create_dir(&folder).ok()?;
        Some(Self { folder })
    }

    /// The one that was recorded.
    pub(crate) fn recorded(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Moves a process into it; what that forks from then on is in it too.
    ///
    /// # Errors
    /// EACCES where the cgroup is not delegated.
    pub(crate) fn admit(&self, pid: Pid) -> io::Result<()> {
        self.write("cgroup.procs", &pid.to_string())
    }

    /// Bounds the number of its processes, where the host counts them.
    pub(crate) fn limit_processes(&self, most: u64) {
        // Without the controller there is no such file, and the limit of the
        // user holds alone.
        let _ = self.write("pids.max", &most.to_string());
    }

    /// Kills all that is in it, also what belongs to other users. What is stuck
    /// in the kernel ends when it comes free.
    pub(crate) fn kill(&self) {
        if self.write("cgroup.kill", "1").is_err() {
            self.kill_one_by_one();
        }
    }

    /// Before Linux 5.14: frozen, nothing forks; frozen processes can be killed.
    fn kill_one_by_one(&self) {
        let _ = self.write("cgroup.freeze", "1");
        for folder in self.all_folders() {
            for pid in members(&folder) {
                // It may have ended since it was listed, and another have its id.
                if let Ok(process) = PidFd::open(pid)
                    && members(&folder).contains(&pid)
                {
                    let _ = process.signal(SIGKILL);
                }
            }
        }
        let _ = self.write("cgroup.freeze", "0");
    }

    /// Whether no living process is in it.
    pub(crate) fn is_empty(&self) -> bool {
        // What is not there has no processes.
        let events = fs::read_to_string(self.folder.join("cgroup.events"));
        events.map_or(true, |events| events.contains("populated 0"))
    }

    /// Removes it, if it is empty, with those that the job made below it.
    pub(crate) fn remove(&self) {
        for folder in self.all_folders().iter().rev() {
            // What still has processes stays.
            let _ = fs::remove_dir(folder);
        }
    }

    /// Itself and those below it, each before those below it.
    fn all_folders(&self) -> Vec<PathBuf> {
        let mut all = vec![self.folder.clone()];
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

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        // Never created: outside of a cgroup file system there is no such file.
        let mut options = fs::File::options();
        let mut file = options.write(true).open(self.folder.join(file))?;
        io::Write::write_all(&mut file, text.as_bytes())
    }
}

fn members(folder: &Path) -> Vec<i32> {
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    let pids = text.lines().filter_map(|line| line.parse().ok());
    pids.filter(|pid| *pid > 0).collect()
}

/// The folder of this process's own cgroup of the second version.
fn own_folder() -> Option<PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    folder_of(&own, &mounts)
}

/// `own` is `/proc/self/cgroup`, `mounts` is `/proc/self/mountinfo`
/// (proc(5)): the second version may be mounted anywhere, whole or in part.
fn folder_of(own: &str, mounts: &str) -> Option<PathBuf> {
    let own = Path::new(own.lines().find_map(|line| line.strip_prefix("0::"))?);
    mounts.lines().find_map(|line| {
        let (mount, kind) = line.split_once(" - ")?;
        kind.starts_with("cgroup2 ").then_some(())?;
        let mut fields = mount.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        Some(Path::new(point).join(own.strip_prefix(root).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_cgroup_is_found_wherever_it_is_mounted() {
        let hybrid = "30 29 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
            31 29 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
        let own = "8:pids:/x\n0::/system.slice/pilot.service\n";
        assert_eq!(
            folder_of(own, hybrid).unwrap(),
            Path::new("/sys/fs/cgroup/unified/system.slice/pilot.service")
        );
        let part = "31 29 0:28 /system.slice /c rw shared:4 - cgroup2 none rw\n";
        assert_eq!(folder_of(own, part).unwrap(), Path::new("/c/pilot.service"));
        assert_eq!(folder_of("8:pids:/x\n", hybrid), None);
        assert_eq!(folder_of(own, "1 2 0:3 / /proc rw - proc proc rw\n"), None);
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
