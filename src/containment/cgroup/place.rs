//! Where the cgroups of a process are (cgroups(7), proc(5)).

use std::fs;
use std::path::{Path, PathBuf};

/// A process's cgroups and mounts, read from /proc.
pub(crate) struct Places {
    groups: String,
    mounts: String,
}

impl Places {
    /// Those of this process.
    pub(crate) fn own() -> Self {
        Self::of("self")
    }

    /// Those of a process, by its id or as `self`.
    pub(crate) fn of(process: &str) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            groups: read(&format!("/proc/{process}/cgroup")),
            mounts: read("/proc/self/mountinfo"),
        }
    }

    /// The folder of the cgroup of the second version.
    pub(crate) fn unified(&self) -> Option<PathBuf> {
        let path = |line: &str| line.strip_prefix("0::").map(PathBuf::from);
        let path = self.groups.lines().find_map(path)?;
        self.folder(&path, |kind| kind.starts_with("cgroup2 "))
    }

    /// The folder of the cgroup in which processes are counted, where the first
    /// version does that.
    pub(crate) fn counting(&self) -> Option<PathBuf> {
        let has_pids = |list: &str| list.split(',').any(|name| name == "pids");
        let path = |line: &str| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            has_pids(controllers).then(|| PathBuf::from(path))
        };
        let path = self.groups.lines().find_map(path)?;
        self.folder(&path, |kind| {
            let options = kind
                .strip_prefix("cgroup ")
                .and_then(|rest| rest.split(' ').nth(1));
            options.is_some_and(has_pids)
        })
    }

    /// A hierarchy may be mounted anywhere, whole or in part.
    fn folder(&self, path: &Path, is_it: impl Fn(&str) -> bool) -> Option<PathBuf> {
        self.mounts.lines().find_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            is_it(kind).then_some(())?;
            let mut fields = mount.split(' ').skip(3);
            let (root, point) = (fields.next()?, fields.next()?);
            Some(Path::new(point).join(path.strip_prefix(root).ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
        30 29 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
        31 29 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    fn places(groups: &str, mounts: &str) -> Places {
        let [groups, mounts] = [groups, mounts].map(str::to_owned);
        Places { groups, mounts }
    }

    #[test]
    fn cgroups_are_found_wherever_they_are_mounted() {
        let own = "8:pids:/x\n0::/system.slice/pilot.service\n";
        assert_eq!(
            places(own, HYBRID).unified().unwrap(),
            Path::new("/sys/fs/cgroup/unified/system.slice/pilot.service")
        );
        let part = "31 29 0:28 /system.slice /c rw shared:4 - cgroup2 none rw\n";
        assert_eq!(
            places(own, part).unified().unwrap(),
            Path::new("/c/pilot.service")
        );
        assert_eq!(places("8:pids:/x\n", HYBRID).unified(), None);
        let none = "1 2 0:3 / /proc rw - proc proc rw\n";
        assert_eq!(places(own, none).unified(), None);
    }

    #[test]
    fn processes_are_counted_by_the_first_version_where_it_does_that() {
        let own = "8:cpu,pids:/x\n0::/y\n";
        assert_eq!(
            places(own, HYBRID).counting().unwrap(),
            Path::new("/sys/fs/cgroup/pids/x")
        );
        assert_eq!(places("8:cpu:/x\n", HYBRID).counting(), None);
        let unified = "31 29 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(places(own, unified).counting(), None);
    }
}
