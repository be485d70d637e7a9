//! The life of an installation, whatever manages its services.

use super::control::Operator;
use super::machine::Machine;
use super::manager::State;
use release::failure::{Result, failed};

/// What a host with the packages looks like: path, owner and mode, as stat(1)
/// prints them.
const INSTALLED: [(&str, &str); 6] = [
    ("/usr/bin/pilot", "root:root 755"),
    ("/usr/bin/art", "root:root 755"),
    ("/etc/pilot", "root:piloth 750"),
    ("/etc/pilot/enrol.d", "piloth:piloth 700"),
    ("/etc/pilot/pilot.conf", "root:piloth 640"),
    ("/var/lib/pilot", "piloth:piloth 700"),
];

/// A folder that is called as those of more agents are, and is somebody else's.
const OF_OTHERS: &str = "/var/lib/pilot-notes";

/// Installs the agent.
///
/// # Errors
/// When something is not where it should be.
pub(super) fn install(machine: &Machine) -> Result<()> {
    println!("Installing");
    machine.run(&format!("mkdir {OF_OTHERS}; echo mine > {OF_OTHERS}/file"))?;
    machine.run(machine.packager.install)?;
    check_files(machine)?;
    machine.run(machine.packager.verify)?;
    Ok(())
}

fn check_files(machine: &Machine) -> Result<()> {
    let page = (machine.packager.page, "root:root 644");
    for (path, expected) in INSTALLED.into_iter().chain([page]) {
        let found = machine.run(&format!("stat -c '%U:%G %a' {path}"))?;
        if found.trim() != expected {
            return failed(format!("{path} is {}, not {expected}", found.trim()));
        }
    }
    Ok(())
}

/// Has the agent enrol by a file, and returns the host's id.
///
/// # Errors
/// When it does not.
pub(super) fn enrol(machine: &Machine, operator: &Operator) -> Result<String> {
    println!("Enrolling with a first-boot file");
    machine.wait_for_agent(State::Waiting)?;
    let file = "/etc/pilot/enrol.d/enrol";
    machine.write(file, "piloth", &operator.first_boot())?;
    machine.wait_for_agent(State::Connected)?;
    machine.wait(&format!("test ! -e {file}"))?;
    let id = machine.run("runuser -u piloth -- pilot config host-uuid")?;
    Ok(id.trim().to_owned())
}

/// To a newer version and back while a job runs; what was configured stays.
///
/// # Errors
/// When the agent is not another one then, or the job is.
pub(super) fn upgrade(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    machine.run("echo '# of this host' >> /etc/pilot/pilot.conf")?;
    println!("Upgrading while a job runs, and downgrading");
    let job = operator.post("endless", host);
    let shim = machine.shim()?;
    for line in [machine.packager.upgrade, machine.packager.downgrade] {
        another_agent(machine, &shim, line)?;
        machine.run("grep -x '# of this host' /etc/pilot/pilot.conf")?;
        check_files(machine)?;
    }
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

/// Sends the agent a signal (`KILL`, `STOP`) after which it does nothing more:
/// whatever watches it ends it, if that is left to do, and starts it again.
///
/// # Errors
/// As [`another_agent`].
pub(super) fn disabled(machine: &Machine, shim: &str, signal: &str) -> Result<()> {
    let agent = machine.agent()?;
    let line = format!(
        "kill -{signal} {0}; while [ -e /proc/{0} ]; do sleep 0.1; done",
        agent.trim()
    );
    another_agent(machine, shim, &line)
}

/// Takes the program away from under a job that runs.
///
/// # Errors
/// When a process is left, or the state is not.
pub(super) fn remove(machine: &Machine, post_endless: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("Removing while a job runs");
    post_endless()?;
    machine.shim()?;
    machine.run(machine.packager.remove)?;
    machine.wait_for_end_of("piloth")?;
    machine.run("test -e /var/lib/pilot/identity -a ! -e /usr/bin/pilot")?;
    machine.run(&format!(
        "grep -x '# of this host' {}",
        machine.packager.kept
    ))?;
    Ok(())
}

/// Has the packages back: the host is the one that it was.
///
/// # Errors
/// When it is not connected again.
pub(super) fn come_back(machine: &Machine, host: &str) -> Result<()> {
    println!("Installing again");
    machine.run(machine.packager.install_again)?;
    check_files(machine)?;
    machine.wait_for_agent(State::Connected)?;
    let id = machine.run("runuser -u piloth -- pilot config host-uuid")?;
    match id.trim() == host {
        true => Ok(()),
        false => failed(format!("host {host} came back as {id}")),
    }
}

/// Takes everything away that was the packages'. Of paths that `kept` names,
/// nothing is lost.
///
/// # Errors
/// What is left, or lost.
pub(super) fn purge(machine: &Machine, packages: &str, kept: &[&str]) -> Result<()> {
    println!("Purging");
    machine.run(&format!("dpkg -P {packages}"))?;
    nothing_left(machine, kept, &["/etc/pilotctl"])?;
    machine
        .run(
            "! getent passwd piloth pilotctl && ! getent group piloth pilotctl && \
             { [ ! -e /etc/pilotctl ] || ! find /etc/pilotctl -nouser -o -nogroup | grep .; }",
        )
        .map(drop)
}

/// Looks for what is the packages', outside of these folders. Of paths that `kept`
/// names, nothing is lost, and of those of others neither.
///
/// # Errors
/// What is left, or lost.
pub(super) fn nothing_left(machine: &Machine, kept: &[&str], folders: &[&str]) -> Result<()> {
    machine.run(&format!("grep -x mine {OF_OTHERS}/file"))?;
    for path in kept {
        machine.run(&format!("test -e {path}"))?;
    }
    let mut line = "find / -xdev \\( -path /proc -o -path /root -o -path /var/log".to_owned();
    for folder in folders.iter().chain([&OF_OTHERS]).chain(kept) {
        line += &format!(" -o -path {folder}");
    }
    line += " \\) -prune -o \\( -name '*pilot*' -o -nouser -o -nogroup \\) -print";
    match machine.run(&line)?.trim() {
        "" => Ok(()),
        left => failed(format!("the packages left behind:\n{left}")),
    }
}
