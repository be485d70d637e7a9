//! The life of an installation, under any service manager.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::State;
use super::second::Control;
use super::{Packages, managing};
use release::failure::{Result, failed};
use std::path::Path;

/// The installed files: path, owner and mode, as stat(1) prints them.
const INSTALLED: [(&str, &str); 6] = [
    ("/usr/bin/pilot", "root:root 755"),
    ("/usr/bin/art", "root:root 755"),
    ("/etc/pilot", "root:piloth 750"),
    ("/etc/pilot/enrol.d", "piloth:piloth 700"),
    ("/etc/pilot/pilot.conf", "root:piloth 640"),
    ("/var/lib/pilot", "piloth:piloth 700"),
];

/// A folder of another program, whose name is like those of further agents.
const OF_OTHERS: &str = "/var/lib/pilot-notes";

/// Boots a machine, starts a control service beside it, and installs the agent.
///
/// # Errors
/// When a tool is missing, the machine does not boot, or a file is not as it should be.
pub(super) fn begin(
    kind: &Kind,
    checkout: &Path,
    packages: &Packages,
) -> Result<(Machine, Operator)> {
    let machine = Machine::boot(kind, checkout, packages)?;
    let operator = Operator::new(&packages.folder);
    install(&machine)?;
    Ok((machine, operator))
}

/// Enrols the agent, disturbs and upgrades it while jobs run, and has jobs manage the host while
/// the agent runs as its own user and as root. Returns the host's id.
///
/// # Errors
/// When a job is lost, or the agent does not connect again.
pub(super) fn in_use(
    machine: &Machine,
    operator: &Operator,
    disturb: impl FnOnce(&Machine, &Operator, &str) -> Result<()>,
) -> Result<String> {
    let host = enrol(machine, operator)?;
    run_a_job(operator, &host)?;
    disturb(machine, operator, &host)?;
    upgrade(machine, operator, &host)?;
    managing::as_both_users(machine, operator, &host)?;
    Ok(host)
}

/// Runs a job of the control in this machine. Then removes the agent, installs it again and
/// removes it again, removes control, and purges all packages.
///
/// # Errors
/// The files that are left, or lost.
pub(super) fn end(machine: &Machine, control: &Control<'_>, host: &str) -> Result<()> {
    control.run("greet", host)?;
    remove(machine, || control.post("endless", host))?;
    reinstall(machine, host)?;
    remove(machine, || control.post("endless", host))?;
    control.remove()?;
    purge(
        machine,
        "host-pilot host-pilot-art host-pilot-control",
        &["/etc/pilotctl/job_key.pgp"],
    )
}

/// Installs the agent.
///
/// # Errors
/// When a file is not as it should be.
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

/// Enrols the agent with a first-boot file, and returns the host's id.
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

/// Upgrades to a newer version and back while a job runs; the configuration stays.
///
/// # Errors
/// When the agent was not replaced, or the job was interrupted.
pub(super) fn upgrade(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    machine.run("echo '# of this host' >> /etc/pilot/pilot.conf")?;
    println!("Upgrading while a job runs, and downgrading");
    with_a_job(machine, operator, host, |shim| {
        for line in [machine.packager.upgrade, machine.packager.downgrade] {
            replace_agent(machine, shim, line)?;
            machine.run("grep -x '# of this host' /etc/pilot/pilot.conf")?;
            check_files(machine)?;
        }
        Ok(())
    })
}

/// Does something while a job runs, with the process id of its shim; then cancels the job.
///
/// # Errors
/// When that fails, or the job is not cancelled.
pub(super) fn with_a_job(
    machine: &Machine,
    operator: &Operator,
    host: &str,
    work: impl FnOnce(&str) -> Result<()>,
) -> Result<()> {
    let job = operator.post("endless", host);
    work(&machine.shim()?)?;
    operator.cancel(job);
    operator.wait_for(job, "cancelled")
}

/// Runs a job to its end.
///
/// # Errors
/// When it does not succeed.
pub(super) fn run_a_job(operator: &Operator, host: &str) -> Result<()> {
    println!("Running a job");
    operator.run("greet", host).map(drop)
}

/// Runs a command that replaces the agent, and checks that it affects nothing else.
///
/// # Errors
/// When no new agent is connected, or the job was interrupted.
pub(super) fn replace_agent(machine: &Machine, shim: &str, line: &str) -> Result<()> {
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

/// Sends the agent a signal (`KILL`, `STOP`), after which its supervisor has to replace it.
///
/// # Errors
/// As [`another_agent`].
pub(super) fn restart_after(machine: &Machine, shim: &str, signal: &str) -> Result<()> {
    let agent = machine.agent()?;
    let line = format!(
        "kill -{signal} {0}; while [ -e /proc/{0} ]; do sleep 0.1; done",
        agent.trim()
    );
    replace_agent(machine, shim, &line)
}

/// Removes the agent while a job runs.
///
/// # Errors
/// When a process is left, or the state is lost.
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

/// Installs the packages again: the host keeps its identity.
///
/// # Errors
/// When it is not connected again.
pub(super) fn reinstall(machine: &Machine, host: &str) -> Result<()> {
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

/// Purges the packages. The paths in `kept` must survive.
///
/// # Errors
/// The files that are left, or lost.
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

/// Checks that no files of the packages are left outside these folders, and that the paths in
/// `kept` and the folder of another program still exist.
///
/// # Errors
/// The files that are left, or lost.
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
