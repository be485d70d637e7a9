//! The life of an installation, whatever manages its services.

use super::control::Operator;
use super::machine::{Machine, State};
use crate::failure::{Result, failed};

/// What a host with the packages looks like: path, owner and mode, as stat(1)
/// prints them.
pub(super) const INSTALLED: [(&str, &str); 6] = [
    ("/usr/bin/pilot", "root:root 755"),
    ("/usr/bin/art", "root:root 755"),
    ("/etc/pilot", "root:piloth 2770"),
    ("/etc/pilot/pilot.conf", "root:piloth 640"),
    ("/var/lib/pilot", "piloth:piloth 700"),
    ("/usr/share/man/man1/pilot.1.gz", "root:root 644"),
];

/// A folder that is called as those of more agents are, and is somebody else's.
const OF_OTHERS: &str = "/var/lib/pilot-notes";

/// Installs the agent, which waits.
///
/// # Errors
/// When something is not where it should be, or it does not wait.
pub(super) fn install(machine: &Machine) -> Result<()> {
    println!("Installing");
    machine.run(&format!("mkdir {OF_OTHERS}; echo mine > {OF_OTHERS}/file"))?;
    machine.run("dpkg -i /root/host-pilot-art_*.deb /root/host-pilot_*.deb")?;
    for (path, expected) in INSTALLED {
        let found = machine.run(&format!("stat -c '%U:%G %a' {path}"))?;
        if found.trim() != expected {
            return failed(format!("{path} is {}, not {expected}", found.trim()));
        }
    }
    machine.wait_for_agent(State::Waiting)
}

/// Has the agent enrol by a file, and returns the host's id.
///
/// # Errors
/// When it does not.
pub(super) fn enrol(machine: &Machine, operator: &Operator) -> Result<String> {
    println!("Enrolling with a first-boot file");
    machine.write("/etc/pilot/enrol", "piloth", &operator.first_boot())?;
    machine.wait_for_agent(State::Connected)?;
    machine.wait("test ! -e /etc/pilot/enrol")?;
    let id = machine.run("runuser -u piloth -- pilot config host-uuid")?;
    Ok(id.trim().to_owned())
}

/// To a newer version and back while a job runs; what was configured stays.
///
/// # Errors
/// When the agent is not another one then, or the job is.
pub(super) fn upgrade(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    machine.run("echo '# of this host' >> /etc/pilot/pilot.conf")?;
    machine.run(
        "dpkg-deb -R /root/host-pilot_*.deb /root/newer && \
         sed -i 's/^Version: .*/Version: 99.0-1/' /root/newer/DEBIAN/control && \
         dpkg-deb -Zgzip -z1 -b /root/newer /root/newer.deb",
    )?;
    println!("Upgrading while a job runs, and downgrading");
    let job = operator.post("endless", host);
    let shim = machine.shim()?;
    for package in ["/root/newer.deb", "/root/host-pilot_*.deb"] {
        another_agent(machine, &shim, &format!("dpkg -i {package}"))?;
    }
    machine.run("grep -x '# of this host' /etc/pilot/pilot.conf")?;
    operator.cancel(job);
    operator.wait_for(job, "cancelled")
}

/// Does what replaces the agent, and nothing else.
///
/// # Errors
/// When it does not come back, or the job did not outlive it.
pub(super) fn another_agent(machine: &Machine, shim: &str, line: &str) -> Result<()> {
    let agent = machine.agent()?;
    machine.run(line)?;
    machine.wait_for_agent(State::Connected)?;
    if machine.agent()? == agent {
        return failed(format!("{line}: the agent is the one before"));
    }
    let now = machine.shim()?;
    if now != shim {
        return failed(format!(
            "{line}: the job did not outlive that ({shim} is {now})"
        ));
    }
    Ok(())
}

/// Takes the program away from under a job that runs.
///
/// # Errors
/// When a process is left, or the state is not.
pub(super) fn remove(machine: &Machine, post_endless: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("Removing while a job runs");
    post_endless()?;
    machine.shim()?;
    machine.run("dpkg -r host-pilot")?;
    machine.run("! pgrep -u piloth")?;
    machine.run("test -e /var/lib/pilot/identity -a -e /etc/pilot/pilot.conf")?;
    Ok(())
}

/// Takes everything away that was the packages'. Of paths that `kept` names,
/// nothing is lost.
///
/// # Errors
/// What is left, or lost.
pub(super) fn purge(machine: &Machine, packages: &str, kept: &[&str]) -> Result<()> {
    println!("Purging");
    machine.run(&format!("dpkg -P {packages}"))?;
    machine.run(&format!("grep -x mine {OF_OTHERS}/file"))?;
    for path in kept {
        machine.run(&format!("test -e {path}"))?;
    }
    let left = machine.run(&format!(
        "find / -xdev \\( -path /proc -o -path /root -o -path /var/log -o -path {OF_OTHERS} -o -path /etc/pilotctl \\) -prune \
         -o \\( -name '*pilot*' -o -nouser -o -nogroup \\) -print; \
         find /etc/pilotctl -nouser -o -nogroup; \
         getent passwd piloth pilotctl; getent group piloth pilotctl; true",
    ))?;
    match left.trim() {
        "" => Ok(()),
        left => failed(format!("the packages left behind:\n{left}")),
    }
}
