//! How a host holds the processes of a job together.

use rustix::process::geteuid;
use std::fs;
use std::process::Command;

/// An unprivileged user that every system has.
const SOMEBODY: &str = "nobody";

/// One of the ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In a cgroup, as root.
    Cgroup,
    /// In a cgroup, as another user than the agent.
    OtherUser,
    /// By their descent.
    Descent,
    /// As the host allows who is not root.
    Unprivileged,
}

impl Way {
    /// Those that there are here.
    pub(super) fn possible() -> Vec<Self> {
        if !geteuid().is_root() {
            println!("left out, because they need root: cgroups, another user");
            return vec![Self::Unprivileged];
        }
        let mut ways = vec![Self::Descent];
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        if mounts.contains(" - cgroup2 ") {
            ways.extend([Self::Cgroup, Self::OtherUser]);
        } else {
            println!("left out, because there is no cgroup of version 2 here: cgroups");
        }
        ways
    }

    /// Whether the processes of a job are counted: here, where the first version of
    /// cgroups does that.
    pub(super) fn bounds_processes(self) -> bool {
        let has_cgroup = matches!(self, Self::Cgroup | Self::OtherUser);
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let counts = |line: &str| line.contains(" - cgroup ") && line.ends_with(",pids");
        has_cgroup && mounts.lines().any(counts)
    }

    /// What executes the agent, if it is not started as it is: in a mount namespace
    /// of its own, there are no cgroups for it.
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

    /// What the agent's configuration says of it.
    pub(super) fn settings(self) -> String {
        match self {
            Self::OtherUser => format!("PILOT_JOB_USER={SOMEBODY}\n"),
            Self::Cgroup | Self::Descent | Self::Unprivileged => String::new(),
        }
    }

    /// What results say of it, where that is known before.
    pub(super) fn containment(self) -> Option<&'static str> {
        match self {
            Self::Cgroup | Self::OtherUser => Some("cgroup"),
            Self::Descent => Some("sweep"),
            Self::Unprivileged => None,
        }
    }
}

/// The cgroups of a job, of whatever version.
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
