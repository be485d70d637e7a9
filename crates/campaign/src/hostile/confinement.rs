//! How a host confines the processes of a job.

use rustix::process::geteuid;
use std::fs;
use std::process::Command;

/// An unprivileged user that every system has.
const SOMEBODY: &str = "nobody";

/// A way to confine them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confinement {
    /// In a cgroup, as root.
    Cgroup,
    /// In a cgroup, as another user than the agent.
    OtherUser,
    /// By their descent.
    Descent,
    /// As far as the host allows without root.
    Unprivileged,
}

impl Confinement {
    /// Those that this machine supports.
    pub(super) fn possible() -> Vec<Self> {
        if !geteuid().is_root() {
            println!("skipped, because they need root: cgroups, another user");
            return vec![Self::Unprivileged];
        }
        let mut ways = vec![Self::Descent];
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        if mounts.contains(" - cgroup2 ") {
            ways.extend([Self::Cgroup, Self::OtherUser]);
        } else {
            println!("skipped, because this machine has no cgroups of version 2: cgroups");
        }
        ways
    }

    /// Whether the number of a job's processes is limited.
    pub(super) fn bounds_processes(self) -> bool {
        let has_cgroup = matches!(self, Self::Cgroup | Self::OtherUser);
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let counts = |line: &str| line.contains(" - cgroup ") && line.ends_with(",pids");
        has_cgroup && mounts.lines().any(counts)
    }

    /// The command that starts the agent in a mount namespace without cgroups, if needed.
    pub(super) fn wrapper(self) -> Vec<String> {
        const HIDE: &str = "umount --all --types cgroup2 && exec \"$@\"";
        let words: &[&str] = match self {
            Self::Descent => &[
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                HIDE,
                "sh",
            ],
            Self::Cgroup | Self::OtherUser | Self::Unprivileged => &[],
        };
        words.iter().map(|&word| word.to_owned()).collect()
    }

    /// The settings of the agent for it.
    pub(super) fn settings(self) -> String {
        match self {
            Self::OtherUser => format!("PILOT_JOB_USER={SOMEBODY}\n"),
            Self::Cgroup | Self::Descent | Self::Unprivileged => String::new(),
        }
    }

    /// The containment in results, if it is certain.
    pub(super) fn containment(self) -> Option<&'static str> {
        match self {
            Self::Cgroup | Self::OtherUser => Some("cgroup"),
            Self::Descent => Some("sweep"),
            Self::Unprivileged => None,
        }
    }
}

/// The cgroups of a job, of either version.
pub(super) fn cgroups_of(job: i64) -> String {
    let name = format!("pilot-job-{job}-*");
    let found = Command::new("find")
        .args(["/sys/fs/cgroup", "-name", &name])
        .output();
    found.map_or_else(
        |_| String::new(),
        |found| String::from_utf8_lossy(&found.stdout).into_owned(),
    )
}
