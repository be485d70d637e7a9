//! What the kernel offers.

use super::report::Finding;
use crate::config::Config;
use crate::home;
use crate::sandbox::{InForce, Sandbox};
use crate::sys::user::{self, Access};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The oldest that the agent is made for.
const OLDEST: (u32, u32) = (4, 9);

pub(super) fn check(config: Option<&Config>) -> Vec<Finding> {
    let agent = config.and_then(|config| home::agent(&config.home));
    vec![
        version(&read("/proc/sys/kernel/osrelease")),
        // This runs in such a process.
        Finding::ok(
            "child processes",
            "give up privileges, files and core dumps",
        ),
        cgroup(agent),
        // Last, for there is no way out of it.
        sandbox(Sandbox::Sealed.enter()),
    ]
}

/// What else they give up depends on the kernel.
fn sandbox(entered: io::Result<InForce>) -> Finding {
    const CHECK: &str = "sandbox";
    let without = |what, which| {
        let remedy = "a kernel with it (Landlock: 5.13, seccomp: 3.5) keeps what parses answers away from files and programs; the agent works without";
        Finding::warn(CHECK, format_args!("{which}, without {what}"), remedy)
    };
    match entered {
        Ok(InForce {
            landlock: Some(version),
            filter: true,
        }) => Finding::ok(
            CHECK,
            format_args!("Landlock (version {version}) and seccomp"),
        ),
        Ok(InForce {
            landlock: Some(version),
            filter: false,
        }) => without("seccomp", format!("Landlock (version {version})")),
        Ok(InForce { filter: true, .. }) => without("Landlock", "seccomp".to_owned()),
        Ok(_) => without("Landlock and seccomp", "limits alone".to_owned()),
        Err(error) => Finding::fail(
            CHECK,
            format_args!("the kernel has it and refuses it: {error}"),
            "look whether a container or a security module denies landlock, seccomp or capset",
        ),
    }
}

fn version(release: &str) -> Finding {
    const CHECK: &str = "kernel";
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(|n| n.parse().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        let text = format_args!("{} is older than {}.{}", release.trim(), OLDEST.0, OLDEST.1);
        return Finding::warn(
            CHECK,
            text,
            "the agent is not tested there: run a newer one",
        );
    }
    Finding::ok(CHECK, format_args!("Linux {}", release.trim()))
}

/// Where jobs run: in the agent's group, or in one below it.
fn cgroup(agent: Option<u32>) -> Finding {
    const CHECK: &str = "cgroup";
    let whose = agent.map_or("self".to_owned(), |pid| pid.to_string());
    let place = folder(
        &read(format!("/proc/{whose}/cgroup")),
        &read("/proc/self/mountinfo"),
    );
    let Some(place) = place else {
        return Finding::ok(
            CHECK,
            "there is no version 2 here; what a job leaves is found by its descent",
        );
    };
    let delegated = if user::may(&place, Access::Write) {
        ""
    } else {
        "not "
    };
    let kill = if place.join("cgroup.kill").exists() {
        ""
    } else {
        "out"
    };
    let whose = if agent.is_some() {
        "the agent's"
    } else {
        "this command's"
    };
    let text = format_args!(
        "version 2, {whose} {}, {delegated}writable, with{kill} cgroup.kill",
        place.display()
    );
    Finding::ok(CHECK, text)
}

/// The folder of a process's group of version 2: its line in `/proc/PID/cgroup`
/// is `0::PATH`, and the hierarchy is of type cgroup2 among the mounts
/// (cgroups(7), proc(5)).
fn folder(groups: &str, mounts: &str) -> Option<PathBuf> {
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
    let mut fields = mount.split(' ').skip(3);
    let (root, point) = (fields.next()?, fields.next()?);
    let below = Path::new(path).strip_prefix(root).ok()?;
    Some(Path::new(point).join(below))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;

    #[test]
    fn an_old_kernel_is_told_of() {
        assert_eq!(version("4.9.0-19-amd64\n").level, Level::Ok);
        assert_eq!(version("6.1.0").level, Level::Ok);
        assert_eq!(version("4.4.302+").level, Level::Warn);
    }

    #[test]
    fn what_the_sandbox_lacks_is_told() {
        let told = |landlock, filter| sandbox(Ok(InForce { landlock, filter }));
        assert_eq!(told(Some(7), true).level, Level::Ok);
        assert!(
            told(Some(7), true)
                .to_string()
                .contains("(version 7) and seccomp")
        );
        assert!(
            told(None, true)
                .to_string()
                .contains("seccomp, without Landlock")
        );
        assert!(told(Some(1), false).to_string().contains("without seccomp"));
        assert_eq!(told(None, false).level, Level::Warn);
        let refused = sandbox(Err(io::Error::from_raw_os_error(1)));
        assert_eq!(refused.level, Level::Fail);
    }

    #[test]
    fn the_group_is_found_in_both_layouts() {
        let groups = "12:pids:/x\n0::/system.slice/piloth.service\n";
        let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
        let found = folder(groups, unified).unwrap();
        assert_eq!(
            found,
            Path::new("/sys/fs/cgroup/system.slice/piloth.service")
        );
        let hybrid = "33 24 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let found = folder(groups, hybrid).unwrap();
        assert!(found.starts_with("/sys/fs/cgroup/unified/system.slice"));
        assert_eq!(folder("1:cpu:/x\n", hybrid), None);
    }
}
