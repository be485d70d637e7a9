//! What the kernel offers.

use super::report::Finding;
use crate::child::sandbox::{InForce, Sandbox};
use crate::config::Config;
use crate::containment::cgroup::place::Places;
use crate::home;
use crate::sys::pidfd::PidFd;
use crate::sys::user::{self, Access};
use std::fs;
use std::io;
use std::path::Path;

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
        signals(PidFd::open(std::process::id().cast_signed())),
        containment(agent),
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

/// How what a job started is ended where it has no cgroup.
fn signals(opened: io::Result<PidFd>) -> Finding {
    const CHECK: &str = "signals";
    match opened {
        Ok(_) => Finding::ok(CHECK, "processes are signalled by descriptors"),
        Err(error) => Finding::warn(
            CHECK,
            format_args!("processes are signalled by their numbers: {error}"),
            "a kernel with descriptors for processes (pidfd_open: 5.3) rules out that a number was just given to another process; \
             the agent works without, and looks first when the process began",
        ),
    }
}

/// How a job's processes will be held together: in a cgroup below the agent's own, or
/// by their descent.
fn containment(agent: Option<u32>) -> Finding {
    const CHECK: &str = "containment";
    let process = agent.map_or("self".to_owned(), |pid| pid.to_string());
    let places = Places::of(&process);
    let found = places.unified();
    let Some(place) = found.filter(|place| user::may(place, Access::Write)) else {
        let text = "jobs have no cgroup: what they start is found by its descent";
        let remedy = "what another user owns cannot be ended then: give the agent a cgroup of version 2 \
             that it may write (Delegate=yes)";
        return Finding::warn(CHECK, text, remedy);
    };
    let whose = if agent.is_some() {
        "the agent's"
    } else {
        "this command's"
    };
    let counted = if places.counting().is_some() || has_pids(&place) {
        "counted"
    } else {
        "not counted"
    };
    let text = format_args!(
        "jobs have cgroups below {whose}, {}; their processes are {counted}",
        place.display()
    );
    Finding::ok(CHECK, text)
}

/// Whether cgroups below this one count processes.
fn has_pids(place: &Path) -> bool {
    let controllers = read(place.join("cgroup.subtree_control"));
    controllers
        .split_ascii_whitespace()
        .any(|name| name == "pids")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;

    #[test]
    fn an_old_kernel_is_reported() {
        assert_eq!(version("4.9.0-19-amd64\n").level, Level::Ok);
        assert_eq!(version("6.1.0").level, Level::Ok);
        assert_eq!(version("4.4.302+").level, Level::Warn);
    }

    #[test]
    fn missing_parts_of_the_sandbox_are_reported() {
        let finding = |landlock, filter| sandbox(Ok(InForce { landlock, filter }));
        assert_eq!(finding(Some(7), true).level, Level::Ok);
        assert!(
            finding(Some(7), true)
                .to_string()
                .contains("(version 7) and seccomp")
        );
        assert!(
            finding(None, true)
                .to_string()
                .contains("seccomp, without Landlock")
        );
        assert!(
            finding(Some(1), false)
                .to_string()
                .contains("without seccomp")
        );
        assert_eq!(finding(None, false).level, Level::Warn);
        let refused = sandbox(Err(io::Error::from_raw_os_error(1)));
        assert_eq!(refused.level, Level::Fail);
    }
}
